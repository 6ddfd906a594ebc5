"""The known word that an unknown one is nearest to: what every refusal asks about."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return the known word that a word is nearest to, empty where none is as like it.

    Args:
        word: The word.
        known: Words that there are.
        likeness: How like it must be, from 0 to 1, where 1 is the same.
    """
    from difflib import get_close_matches  # only where something is wrong

    return next(iter(get_close_matches(word, [*known], 1, likeness)), "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", lead: str = "") -> str:
    """Return a question for the known word that a word is nearest to, else other words.

    Args:
        word: The word.
        known: Words that there are.
        otherwise: What is said where none is near.
        lead: What the question begins with.

    >>> did_you_mean("epocs", ["epochs", "steps"]), did_you_mean("x", ["epochs"], "use epochs")
    ('did you mean `epochs`?', 'use epochs')
    """
    near = nearest(word, known)
    return f"{lead}did you mean `{near}`?" if near else otherwise
