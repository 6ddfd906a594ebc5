"""What keeps a checkpoint from being read."""

from __future__ import annotations


class CheckpointError(ValueError):
    """A file that is refused or cannot be read; the message says why and, if known, where.

    Attributes:
        hint: What to do about it, empty where nothing can be done.
        at: Byte within the file or pickle, None where the whole file is meant.
    """

    def __init__(self, message: str, hint: str = "", at: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.at = at

    def __str__(self) -> str:
        """Return the message with its place and hint."""
        place = f" (byte {self.at} of its pickle)" if self.at is not None else ""
        return f"{self.args[0]}{place}{f'; {self.hint}' if self.hint else ''}"
