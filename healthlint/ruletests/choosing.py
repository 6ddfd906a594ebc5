"""Which tests a ``-k`` expression means: words joined by ``and``, ``or`` and ``not``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Choice = Callable[[str], bool]
_WORD = re.compile(r"\(|\)|\"[^\"]*\"|[^\s()]+")


class ChoiceError(ValueError):
    """A text is no such expression."""


def choice(text: str) -> Choice:
    """Return whether a text (name, rules, series of a test) is meant, whatever its case.

    Words that stand side by side are one phrase; quotes keep ``and``, ``or`` and ``not`` in it.

    >>> choice("energy and not stuck")("energy follows"), choice("two epochs")("for two epochs")
    (True, True)

    Raises:
        ChoiceError: The expression is empty, or a word or parenthesis is missing.
    """
    reading = _Reading(_WORD.findall(text))
    predicate = reading.alternatives()
    if reading.left:
        raise ChoiceError(f"`{reading.left[0]}` is not expected in `{text}`")
    return predicate


class _Reading:
    """Reads an expression from its words, left to right."""

    def __init__(self, words: list[str]) -> None:
        self.left = words

    def alternatives(self) -> Choice:
        return self._joined("or", any, lambda: self._joined("and", all, self._one))

    def _joined(
        self, word: str, join: Callable[[Iterable[bool]], bool], part: Callable[[], Choice]
    ) -> Choice:
        predicates = [part()]
        while self._takes(word):
            predicates.append(part())
        return lambda text: join(predicate(text) for predicate in predicates)

    def _one(self) -> Choice:
        if self._takes("not"):
            inner = self._one()
            return lambda text: not inner(text)
        if self._takes("("):
            inner = self.alternatives()
            if not self._takes(")"):
                raise ChoiceError("a parenthesis is not closed")
            return inner
        return self._phrase()

    def _phrase(self) -> Choice:
        words: list[str] = []
        while self.left and self.left[0] not in ("and", "or", "not", "(", ")"):
            words.append(self.left.pop(0).strip('"'))
        if not words:
            raise ChoiceError("a word is missing")
        phrase = " ".join(words).casefold()
        return lambda text: phrase in text.casefold()

    def _takes(self, word: str) -> bool:
        if self.left and self.left[0] == word:
            self.left.pop(0)
            return True
        return False
