"""Families of trainers: what each calls things, on which scale, and how it is told from others.

A family is one YAML file: ``rules/trainers/<name>.yaml`` of this project, or a file in a folder
``trainers`` beside a user's packs; ``docs/trainers.md`` has the fields.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Literal, cast

from healthlint.logs.nearest import nearest
from healthlint.logs.shipped import ANY, entries
from healthlint.logs.vocabulary import Meaning, core_of, mark_of, split_words, words_of

Standing = Literal["guide", "converted", "none"]
"""What the guide's phases, budget and sounds are worth: as they are, converted, or nothing."""
Words = frozenset[str]
_SPOKEN = 1.5
_LOWER = frozenset({"wer", "cer", "per", "ter", "mae", "mse", "rmse", "perplexity", "ppl", "error"})
_RANKS = frozenset({"pos", "position", "rank"})
_NO_GAIN = frozenset({"loss", "losses", "error", "err", "errors"})


@dataclass(frozen=True)
class Family:
    """One family of trainers.

    Attributes:
        name: Its name, as the fact ``trainer`` gives it.
        said: What its file says, field by field.
    """

    name: str
    said: Mapping[str, Any]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return other names of it."""
        return tuple(self.said.get("aliases", ()))

    @property
    def note(self) -> str:
        """Return what a reader of the table has to know."""
        return str(self.said.get("note", ""))

    @property
    def standing(self) -> Standing:
        """Return what the guide's phases are worth for its losses."""
        return cast("Standing", self.said.get("standing", "none"))

    @property
    def first_epoch(self) -> int | None:
        """Return the number that it gives its first epoch, None where that is not known."""
        first: int | None = self.said.get("axes", {}).get("epoch")
        return first

    @property
    def step_is(self) -> str:
        """Return what its step counts: ``iteration``, ``within-epoch`` or ``epoch``."""
        return str(self.said.get("axes", {}).get("step", "iteration"))

    @property
    def cannot_show(self) -> tuple[str, ...]:
        """Return what cannot be seen in its logs, whatever the training did."""
        return tuple(self.said.get("cannot_show", ()))

    @property
    def names(self) -> Mapping[str, Meaning]:
        """Return what its names mean, as its file spells them."""
        return {name: Meaning.of(said) for name, said in self.said.get("names", {}).items()}

    @cached_property
    def scales(self) -> Mapping[str, Mapping[str, object]]:
        """Return the scale of each quantity, as its file declares it first."""
        declared: dict[str, Mapping[str, object]] = {}
        for meaning in self.names.values():
            if meaning.scale:
                declared.setdefault(meaning.metric, meaning.scale)
        return declared

    @cached_property
    def _by_words(self) -> Mapping[Words, Meaning]:
        named = [(words_of(name)[0], meaning) for name, meaning in self.names.items()]
        cores = {core_of(words): meaning for words, meaning in reversed(named) if core_of(words)}
        return cores | {frozenset(words): meaning for words, meaning in named}

    def meaning(self, words: list[str]) -> Meaning | None:
        """Return what words of a name, without its split, mean to this family alone."""
        return self._by_words.get(frozenset(words)) or self._by_words.get(core_of(words))

    @cached_property
    def _marks(self) -> tuple[frozenset[Words], ...]:
        return tuple(
            frozenset(map(mark_of, [group] if isinstance(group, str) else group))
            for group in self.said.get("marks", {}).get("names", ())
        )

    def told_by(self, marks: frozenset[Words]) -> int:
        """Return how many names tell it together: those of its largest group that is all there."""
        return max((len(group) for group in self._marks if group <= marks), default=0)

    @cached_property
    def _console(self) -> tuple[bytes, ...]:
        return tuple(words.encode() for words in self.said.get("marks", {}).get("console", ()))

    def is_spoken_in(self, text: bytes) -> bool:
        """Return whether words of its console are in a text."""
        return any(words in text for words in self._console)


_added: dict[str, Family] = {}


@cache
def _shipped() -> Mapping[str, Family]:
    told = {name: Family(name, entry) for name, entry in entries().items() if name != ANY}
    return MappingProxyType(told)


def families() -> Mapping[str, Family]:
    """Return all families by name: those that were added, then those that ship."""
    return {**_added, **{name: _shipped()[name] for name in _shipped() if name not in _added}}


def add(more: Iterable[Family]) -> None:
    """Add families of a user, for the rest of the process; one of a shipped name replaces it."""
    _added.update({family.name: family for family in more})
    _by_key.cache_clear()
    _higher.cache_clear()


def find_family(trainer: object) -> Family | None:
    """Return the family that a fact ``trainer`` names, None where there is none.

    Case, separators and a model in brackets do not matter.

    >>> find_family("FastSpeech2 (ming024)").name
    'fastspeech2-ming024'
    """
    return _by_key().get(_key(trainer)) if isinstance(trainer, str) else None


def told_by(names: Iterable[str], spoken: Container[str] = ()) -> Family | None:
    """Return the family that most of such names tell together, None where they tell nothing.

    Splits and averages in a name do not matter.

    Args:
        names: Logged names.
        spoken: Families whose console it may be; that tells more than one name, less than two.

    >>> told_by(["train/slm_loss", "train/dur_loss"]).name
    'styletts2'
    >>> told_by(["train/mel_loss", "val/duration_loss"]) is None
    True
    """
    marks = frozenset(map(mark_of, names))
    weighed = [
        (max(family.told_by(marks), _SPOKEN if name in spoken else 0.0), family)
        for name, family in families().items()
    ]
    weight, family = max(weighed, key=lambda entry: entry[0])
    return family if weight else None


def spoken_in(text: bytes) -> tuple[str, ...]:
    """Return the names of the families whose console a text may be."""
    return tuple(name for name, family in families().items() if family.is_spoken_in(text))


def nearest_family(trainer: object) -> str:
    """Return the family whose name is spelt most like a trainer's, empty where none is near."""
    key = _key(str(trainer))
    begun = (known for known in _by_key() if key and known.startswith(key))
    near = next(begun, "") or nearest(key, _by_key())
    return _by_key()[near].name if near else ""


def quantities() -> frozenset[str]:
    """Return every canonical quantity: of the names of every trainer, and of each family."""
    said = (names for entry in entries().values() for names in entry.get("names", {}).values())
    own = (meaning.metric for family in _added.values() for meaning in family.names.values())
    return frozenset((*(Meaning.of(meant).metric for meant in said), *own))


def is_higher_better(metric: str) -> bool:
    """Return whether more of a metric is better, as of accuracy, so that rules turn its sign.

    >>> is_higher_better("val_accuracy"), is_higher_better("mel_loss"), is_higher_better("acc_loss")
    (True, False, False)
    """
    words = split_words(metric)
    if _NO_GAIN & set(words):
        return False
    return metric in _higher() or not _higher().isdisjoint(words)


def has_direction(metric: str) -> bool:
    """Return whether the name of a measure tells which way is better; a rank may be either.

    >>> has_direction("wer"), has_direction("acc_top1"), has_direction("acc_mean_pos")
    (True, True, False)
    """
    words = set(split_words(metric))
    return not words & _RANKS and (is_higher_better(metric) or bool(words & _LOWER))


@cache
def _higher() -> frozenset[str]:
    said = (entry.get("higher_is_better", ()) for entry in entries().values())
    own = (family.said.get("higher_is_better", ()) for family in _added.values())
    return frozenset(word for words in (*said, *own) for word in words)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())


@cache
def _by_key() -> Mapping[str, Family]:
    known = families().values()
    return {_key(name): family for family in known for name in (family.name, *family.aliases)}
