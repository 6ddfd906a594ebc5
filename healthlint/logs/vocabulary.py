"""The grammar of names in real logs: which words tell the split, the quantity, or nothing.

A name is cut into words; it means a quantity only if *every* word of it is explained: by the
split, by the quantity, or as an aggregate or a group that says nothing. ``mel_lr`` or
``loss_scale_window`` therefore mean nothing here and are kept as they are. What the words mean is
data: ``rules/trainers/any.yaml`` for every trainer, a file beside it for each (``families``), and
what a user says of his own log (``naming``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from healthlint.logs.model import Split
from healthlint.logs.shipped import ANY, entries, words

_SAID = words()
QUANTITIES: tuple[str, ...] = tuple(_SAID["quantities"])
"""The quantities that the shipped rules know by name; trainers' files add others."""


LONGEST = 256
"""Characters of the longest name that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What a logged name means.

    Attributes:
        metric: Canonical quantity, or the name without its split where it is unknown.
        split: ``train``, ``val`` (also for eval, dev, test) or ``""``.
        is_known: True when ``metric`` is a canonical quantity.
        scale: Scale that the name itself tells (``loss/g/mel`` is 45 times L1), else None.
        rank: Which of two names of the same metric is the metric itself: the lower one.
    """

    metric: str
    split: Split
    is_known: bool = False
    scale: Mapping[str, object] | None = None
    rank: int = 0


class Meaning(NamedTuple):
    """What a name of a trainer's file means.

    Attributes:
        metric: The canonical quantity.
        scale: What the file says of its scale, as declarations hold it; empty where nothing.
    """

    metric: str
    scale: Mapping[str, object]

    @classmethod
    def of(cls, said: object) -> Meaning:
        """Return the meaning that a file gives: a quantity, or ``{is: quantity, kind: l1, ...}``.

        Raises:
            ValueError: It is neither.
        """
        if isinstance(said, str) and said:
            return cls(said, {})
        if isinstance(said, Mapping) and isinstance(said.get("is"), str) and said["is"]:
            scale = {str(name): value for name, value in said.items() if name != "is"}
            return cls(said["is"], MappingProxyType(scale))
        raise ValueError(f"`{said}` names no quantity; write `mel_loss` or `{{is: mel_loss}}`")


ToldSplit = Literal["train", "val", "test", ""]
"""The split that a record or a line tells."""
_SPLITS: dict[str, Split] = {
    word: split for split, names in _SAID["splits"].items() for word in names
}
_GROUPS = frozenset(_SAID["groups"])
_AGGREGATES = frozenset(_SAID["aggregates"])
_LATE = frozenset({"postnet", "after"})
_KINDS = {"l1": "l1", "mae": "l1", "mse": "mse", "l2": "mse", "huber": "huber"}
_KINDS |= {"ce": "ce", "bce": "bce"}
_OPTIMIZER = frozenset(_SAID["optimizer"])

_WORD = re.compile(r"[/._\-:| ]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])")
_ENDS = "|".join(_SPLITS)
_PREFIX = re.compile(rf"(?i)^({_ENDS})[/._\- ]+(?=.)")
_SUFFIX = re.compile(rf"(?i)(?<=.)[/._\- ]+({_ENDS})$")
_BEHIND_EMA = re.compile(r"(?i)(?<=^ema[ _/])(val|valid|validation|eval)[ _/](?=.)")


@lru_cache(maxsize=16_384)
def recognise(name: str) -> Name:
    """Return what a logged name means whoever logs it; an unknown one is kept, without its split.

    >>> recognise("val/mel_loss").metric, recognise("t_dur_loss").split
    ('mel_loss', 'train')
    >>> recognise("mel_lr").is_known
    False
    """
    if len(name) > LONGEST:
        return Name(metric=name, split="")
    words, split = words_of(name)
    if split is None:
        return Name(metric=name, split="")
    meaning = _quantity(words)
    if meaning is None or not is_of_training(meaning.metric):
        return unknown(name)
    return named(name, meaning, split)


def named(name: str, meaning: Meaning, split: Split) -> Name:
    """Return a logged name with its meaning."""
    rank = _rank(name, split_words(name), meaning.metric)
    return Name(
        metric=meaning.metric, split=split, is_known=True, scale=meaning.scale or None, rank=rank
    )


def unknown(name: str) -> Name:
    """Return a logged name that means nothing here: it is kept, without its split."""
    for end in (_PREFIX, _SUFFIX, _BEHIND_EMA):
        match = end.search(name)
        if match:
            return Name(metric=end.sub("", name), split=_SPLITS[match[1].lower()])
    return Name(metric=name, split="")


def is_of_training(metric: str) -> bool:
    """Return whether a quantity is one that only a training logs: accuracy or memory is not."""
    return metric in QUANTITIES or metric.endswith("_loss")


def split_words(name: str) -> list[str]:
    """Return the lower-case words of a name, cut at separators and humps.

    >>> split_words("Loss/valMel-Loss")
    ['loss', 'val', 'mel', 'loss']
    """
    return [word for word in _WORD.split(_CAMEL.sub("_", name).lower()) if word]


def words_of(name: str) -> tuple[list[str], Split | None]:
    """Return the words of a name without those of its split, and the split; None for two splits.

    >>> words_of("t_mel_loss"), words_of("train_val_loss")[1]
    ((['mel', 'loss'], 'train'), None)
    """
    words = split_words(name)
    if words[:1] == ["t"] and len(words) > 1:
        words[0] = "train"
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    if len(splits) > 1 and "/" in name:  # `train/valid_loss`: the folder says less than the name
        splits = {_SPLITS[word] for word in split_words(name.rpartition("/")[2]) if word in _SPLITS}
    kept = ["loss" if word == "losses" else word for word in words if word not in _SPLITS]
    return kept, None if len(splits) > 1 else next(iter(splits), "")


def core_of(words: Iterable[str]) -> frozenset[str]:
    """Return the words that say something: no group, no aggregate; ``loss/g/`` is the word loss."""
    said = list(words)
    is_of_generator = said[:2] == ["loss", "g"] and len(said) == 3 and not said[2].isdigit()
    kept = frozenset(said) - _GROUPS - _AGGREGATES
    return kept - {"g"} if is_of_generator else kept


def mark_of(name: str) -> frozenset[str]:
    """Return the words by which a name tells its trainer: all but split, groups and aggregates.

    >>> sorted(mark_of("TrainEpochStats/avg_loss_mel")), sorted(mark_of("t_mel_loss"))
    (['loss', 'mel'], ['loss', 'mel', 't'])
    """
    return frozenset(split_words(name)) - frozenset(_SPLITS) - _GROUPS - _AGGREGATES


def split_of(word: object) -> Split:
    """Return the split that one word names (``valid`` is ``val``), ``""`` for any other value."""
    return _SPLITS.get(word.strip().lower(), "") if isinstance(word, str) else ""


def told_split(word: object) -> ToldSplit:
    """Return the split that one word names, a test set apart from those of validation."""
    is_test = isinstance(word, str) and word.strip().lower() == "test"
    return "test" if is_test else split_of(word)


def told_name(name: str, told: ToldSplit) -> tuple[str, Split]:
    """Return name and split of a metric for which its record tells the split.

    A test set says so in the name: beside a validation it is another measure, alone it stands for
    one.

    >>> told_name("loss", "val"), told_name("loss", "test"), told_name("val_loss", "test")
    (('loss', 'val'), ('test/loss', ''), ('val_loss', ''))
    """
    if told != "test":
        return name, told
    return (name if recognise(name).split else f"test/{name}"), ""


def in_words(words: Iterable[str]) -> Meaning | None:
    """Return what words mean for every trainer, measures such as accuracy included."""
    return _quantity(list(words))


class _Tables(NamedTuple):
    """What sets of words mean for every trainer: as they are, and with the kind of error apart."""

    bags: Mapping[frozenset[str], Meaning]
    of_kinds: Mapping[frozenset[str], Meaning]


@cache
def _tables() -> _Tables:
    names = entries()[ANY]["names"]
    bags = {frozenset(phrase.split()): Meaning.of(name) for phrase, name in names.items()}
    # "mel_l1", "loss_mel_ce": the kind of error stands in for "loss".
    of_kinds = {
        bag - {"loss"}: meaning
        for bag, meaning in bags.items()
        if len(bag) > 1 and "loss" in bag and _is_of_one_head(meaning)
    }
    return _Tables(bags, of_kinds)


def _is_of_one_head(meaning: Meaning) -> bool:
    is_loss = meaning.metric.endswith("_loss") and meaning.metric != "total_loss"
    return is_loss and not meaning.scale


def _quantity(words: list[str]) -> Meaning | None:
    """Return what words mean, with the kind of error that they tell."""
    tables, whole = _tables(), frozenset(words)
    if exact := tables.bags.get(whole):
        return exact
    bag = core_of(words)
    for core in (bag, bag - _LATE, _without_numbers(bag)):
        if meaning := tables.bags.get(core):
            # Tacotron's mel, refined
            is_of_mel = meaning.metric == "total_loss" and "postnet" in bag
            return Meaning("mel_loss", {}) if is_of_mel else meaning
    kinds = [_KINDS[word] for word in bag if word in _KINDS]
    meant = tables.of_kinds.get(bag - frozenset(_KINDS) - _LATE - {"loss"})
    # `pitch_mae` is a measure in Hz as likely as a loss; of mel there is no such measure.
    is_loss = "loss" in bag or "mae" not in bag
    if len(kinds) == 1 and meant is not None and (is_loss or meant.metric == "mel_loss"):
        return Meaning(meant.metric, MappingProxyType({"kind": kinds[0]}))
    return None


def _without_numbers(words: frozenset[str]) -> frozenset[str]:
    """Return the words of an optimizer's first group (``current_lr_0``, ``lr_encoder``)."""
    if words & {"lr", "learning", "lr0"}:
        return words - _OPTIMIZER - {"0", "encoder"}
    return words - _OPTIMIZER - {"0"} if "grad" in words else words


def _rank(name: str, words: list[str], metric: str) -> int:
    """Return 0 for the canonical name, more for aliases, averages, later stages, test sets."""
    said = set(words)
    rank = 0 if name in {metric, f"train/{metric}", f"val/{metric}"} else 1
    rank += 1 if said & _AGGREGATES else 0
    rank += 2 if said & (_LATE | {"post"}) else 0
    # beside an adversarial loss, `generator_loss` is a sum with mel and all else in it
    rank += 1 if metric == "gen_loss" and not said & {"adv", "adversarial"} and rank else 0
    return rank + (4 if "test" in said else 0)
