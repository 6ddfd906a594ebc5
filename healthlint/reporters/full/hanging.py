"""Words behind a head: the further lines stand below the first of them."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, wrapped


def hanging(head: str, wide: int, words: str, width: int) -> Iterator[str]:
    """Yield words behind a head that is so many columns wide, in lines of a width.

    >>> list(hanging("note: ", 6, "a curve", 12))
    ['note: a', '      curve']
    """
    for number, line in enumerate(wrapped(words, width - wide)):
        yield (" " * wide if number else head) + line


def labelled(label: str, words: str, style: Style) -> Iterator[str]:
    """Yield words that want to be seen, behind their label."""
    head = style.paint(f"{label}:", "bold", "yellow")
    return hanging(f"{head} ", columns(label) + 2, words, style.width)


def advice(label: str, words: str, style: Style) -> Iterator[str]:
    """Yield what is to be known of the lines above, behind its label."""
    head = f"{style.paint('   =', 'blue')} {style.paint(f'{label}:', 'bold')} "
    return hanging(head, len(label) + 7, words, style.width)
