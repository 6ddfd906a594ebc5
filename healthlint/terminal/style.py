"""How text is shown: width, colour and character set, decided once by the caller."""

from __future__ import annotations

from dataclasses import dataclass

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}

SEVERITY_INKS = {"error": ("bold", "red"), "warning": ("bold", "yellow"), "info": ("bold", "cyan")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a reporter shows text.

    Attributes:
        color: Whether terminal colours are written.
        width: Columns to fit into.
        unicode: Whether the stream can show more than ASCII.
        root: Folder that absolute paths are written relative to; empty for none.
        detail: How much is told: 0 the answer and the findings, 1 where it stands as well, 2 why
            each rule was not judged.
    """

    color: bool = False
    width: int = 100
    unicode: bool = True
    root: str = ""
    detail: int = 1

    def paint(self, text: str, *inks: str) -> str:
        r"""Return the text in the given inks, or as it is where colour is off.

        >>> Style(color=True).paint("failed", "bold", "red")
        '\x1b[1;31mfailed\x1b[0m'
        """
        if not self.color or not text or not inks:
            return text
        return f"\x1b[{';'.join(_CODES[ink] for ink in inks)}m{text}\x1b[0m"

    def glyph(self, fancy: str, plain: str) -> str:
        """Return the first spelling where the stream can show it, else the ASCII one."""
        return fancy if self.unicode else plain
