"""Words and decimal signs of other languages than English, made plain before a line is parsed.

Whether a text has them is told by its beginning: an English one costs a look at that. The words
are those of axes, splits and measures; any other word stays the name that it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from healthlint.logs.shipped import words

Plain = Callable[[str], str]
"""Makes a line plain."""

_WORDS: Mapping[str, str] = {
    word: "|".join(patterns) for word, patterns in words(Path(__file__).parent)["languages"].items()
}
"""Patterns of a word by what it is in English; of what stands between two words too."""
_COUNTED = re.compile(
    r"第 {0,3}(\d{1,12}) ?(轮|步|エポック|ステップ)(?: ?[/,、(]? ?共 ?(\d{1,12}) ?\2\)?)?"
)
_BEFORE = re.compile(r"(?<![\w:])(\d{1,12}(?: ?/ ?\d{1,12})?)[ -]?(epoch|step)\b(?! *[:=]? *\d)")
"""A count before its axis: `3/14 エポック`."""
_FEWEST = 3
_ASCII = re.compile(r"epoca|epoche|epoka|epoque|verlust|schritt|perte|perd(?:a|ita|ida)|krok", re.I)
"""Some that have no letter beyond ASCII, each with one of which a training is told."""
_AS_DECIMAL = re.compile(
    r"(?:[:=.;] ?|\| {0,20}|[^\W\d] |  )(\d{1,12}),(\d{1,12})(?=[\s;|)%]|,\s|$)", re.MULTILINE
)
_AS_POINT = re.compile(r"(?:[:=.;] ?|\| {0,20}|[^\W\d] |  )\d{1,12}\.\d")
_DIGITS = re.compile(r"(\d+)")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_APART = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")
"""A blank between thousands that no line may break at."""
_THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")


def plain_of(head: bytes) -> Plain | None:
    """Return what makes the lines of a text plain, None where they are.

    Args:
        head: The first bytes.
    """
    has_comma = _has_decimal_comma(head)
    has_words = _may_be_foreign(head) and count_of_words(head.decode(errors="replace")) >= _FEWEST
    if not has_comma and not has_words:
        return None

    @lru_cache(maxsize=4_096)
    def said(line: str) -> Sequence[str]:
        line = _COMMA.sub(".", line) if has_comma else line
        return (in_english(line) if has_words else line).split("0")

    def plain(text: str) -> str:
        """Return a line made plain, as all are that differ in their digits alone."""
        if "\u202f" in text or "\xa0" in text:
            text = _APART.sub("", text)
        text = _THOUSANDS.sub("", text) if has_comma else text
        parts = _DIGITS.split(text)
        words = said("0".join(parts[::2]))
        if 2 * len(words) != len(parts) + 1:  # a number was of a word
            return in_english(text)
        parts[::2] = words
        return "".join(parts)

    return plain


def count_of_words(text: str) -> int:
    """Return how many words of trainings in other languages a text has, in any of its lines."""
    foreign = (line for line in text.splitlines() if not line.isascii() or _has_ascii_word(line))
    return sum(bool(_english(match)) for line in foreign for match in _pattern().finditer(line))


def _has_ascii_word(line: str) -> bool:
    return _ASCII.search(line) is not None


def in_english(text: str) -> str:
    """Return a line with its words in English.

    >>> in_english("Эпоха 3: потери на валидации = 0.5"), in_english("第3轮,训练损失:0.5")
    ('epoch 3: loss val = 0.5', 'epoch 3,train loss:0.5')
    """
    if "第" in text:
        text = _COUNTED.sub(_of_all, text)
    return _BEFORE.sub(r"\2 \1", _pattern().sub(_spaced, text))


def _of_all(match: re.Match[str]) -> str:
    axis = "epoch" if match[2] in "轮エポック" else "step"
    after = "," if match.string[match.end() : match.end() + 1].isalpha() else ""
    of = f"/{match[3]}" if match[3] else ""
    return f"{axis} {match[1]}{of}{after}"


def _spaced(match: re.Match[str]) -> str:
    """Return the English word, apart from the letters about it: some languages have no blanks."""
    word, text = _english(match), match.string
    before: str = text[max(0, match.start() - 1) : match.start()]
    after: str = text[match.end() : match.end() + 1]
    is_apart = before.isalpha() and (before.isascii() or word in ("epoch", "step"))
    apart = " " if word and is_apart else ""  # `Generatorverlust`, `通算ステップ`
    return f"{apart}{word} " if word and after.isalnum() else f"{apart}{word}"


def _english(match: re.Match[str]) -> str:
    return tuple(_WORDS)[(match.lastindex or 1) - 1]


@cache
def _pattern() -> re.Pattern[str]:
    # the rest of a word is letters: `эпоха_10` ends with a number
    words = (words.replace(r"\w*", r"[^\W\d_]*") for words in _WORDS.values())
    return re.compile("|".join(f"({each})" for each in words), re.IGNORECASE)


def _may_be_foreign(head: bytes) -> bool:
    return not head.isascii() or _has_ascii_word(head.decode())


def _has_decimal_comma(head: bytes) -> bool:
    """Return whether numbers have a comma before their fraction, and none a point.

    Three digits behind a comma may be thousands, but not behind a zero.
    """
    if b"," not in head:
        return False
    text = head.decode(errors="replace")
    found = _AS_DECIMAL.findall(text)
    sure: int = sum(whole == "0" or len(rest) != 3 for whole, rest in found)
    return sure >= _FEWEST and sure > len(_AS_POINT.findall(text))
