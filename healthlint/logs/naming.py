"""What the names of one log mean: as its user says, as its trainer calls things, as words say.

The vocabulary of a log is fixed before anything is named, from what was told of it and from its
first records, and never changes later: what is said of the beginning of a log holds for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePath

from healthlint.logs.families import Family, families, find_family, quantities, told_by
from healthlint.logs.nearest import nearest
from healthlint.logs.records import Records
from healthlint.logs.shipped import words
from healthlint.logs.vocabulary import (
    LONGEST,
    QUANTITIES,
    Meaning,
    Name,
    core_of,
    in_words,
    named,
    recognise,
    split_words,
    unknown,
    words_of,
)

_NO_LOSS = frozenset(words()["no_loss"])
"""Words that say that a name with a head in it is no loss of it."""
LOOKED = 32
"""Names without a meaning that are looked at for what they may mean."""
FIRST = 64
"""Records by whose names the family of a log is told."""
NAMES = "names"
"""The fact under which a user's names travel to the reader."""
SPOKEN = "_spoken"
"""The fact under which the families travel whose console a text may be."""


@dataclass(slots=True)
class Vocabulary:
    """What the names of one log mean.

    Attributes:
        own: Quantity by the name that a user gave it, both as they are looked up.
        family: The family of its trainer, None where nothing tells it.
        is_bare: Whether heads are logged by their bare names: ``dur`` beside a ``mel``.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    family: Family | None = None
    is_bare: bool = False
    _known: dict[str, Name] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, records: Records, facts: Mapping[str, object]) -> Vocabulary:
        """Return the vocabulary of a log.

        Args:
            path: Where it is, for names that hold for some paths only.
            records: Its raw columns, of whose first records the names count.
            facts: What is told of it, with ``names`` and ``trainer`` where the user says so.
        """
        own = dict(_own(facts.get(NAMES), path))
        first = [column.name for column in records.columns if column.records[0] < FIRST]
        trainer = facts.get("trainer", _announced(records))
        spoken = facts.get(SPOKEN, ())
        spoken = spoken if isinstance(spoken, tuple) else ()
        family = find_family(trainer) if trainer else told_by(first, spoken)
        return cls(own, family, any(core_of(words_of(name)[0]) == {"mel"} for name in first))

    def name(self, logged: str) -> Name:
        """Return what a logged name means; an unknown one is kept, without its split."""
        if logged not in self._known:
            self._known[logged] = self._named(logged)
        return self._known[logged]

    def _named(self, logged: str) -> Name:
        if len(logged) > LONGEST:
            return Name(metric=logged, split="")
        words, split = words_of(logged)
        metric = self.own.get(_key(logged)) or self.own.get(" ".join(words))
        if metric is not None:
            return Name(metric=metric, split=split or "", is_known=True, scale=None, rank=-1)
        if split is None:
            return Name(metric=logged, split="")
        meaning = self.family.meaning(words) if self.family else None
        meaning = meaning or in_words(words) or self._sibling(words)
        return named(logged, meaning, split) if meaning else unknown(logged)

    def _sibling(self, words: list[str]) -> Meaning | None:
        """Return whose loss a bare name is where the log calls its mel loss ``mel``."""
        core = core_of(words)
        return in_words([*core, "loss"]) if self.is_bare and core else None

    def likely(self, logged: str) -> str:
        """Return what a name that means nothing here probably means, empty where nothing is near.

        >>> Vocabulary().likely("val/dur"), Vocabulary().likely("batch_size")
        ('duration_loss', '')
        """
        words = words_of(logged)[0]
        core = core_of(words)
        if not core or self.name(logged).is_known:
            return ""
        elsewhere = (family.meaning(words) for family in families().values())
        meaning = in_words([*core, "loss"]) or next(filter(None, elsewhere), None)
        return meaning.metric if meaning else _head_of(core) or _nearest(core)


def _announced(records: Records) -> object:
    """Return the trainer that the first header names, None where there is none."""
    headers = (mark.fields.get("meta") for mark in records.marks if mark.kind == "run")
    meta = next(headers, None)
    return meta.get("trainer") if isinstance(meta, Mapping) else None


def _key(name: str) -> str:
    return name.strip().lower()


def _own(names: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a user gave for a path, each with its quantity."""
    if not isinstance(names, Mapping):
        return
    for metric, logged in names.items():
        if isinstance(logged, Mapping):
            if _is_of(path, str(metric)):
                yield from _own(logged, path)
            continue
        called = logged if isinstance(logged, list | tuple) else [logged]
        for name in filter(None, map(str, called)):
            yield _key(name), str(metric)
            yield " ".join(words_of(name)[0]) or _key(name), str(metric)


def _is_of(path: str, pattern: str) -> bool:
    """Return whether a pattern is one of a path, or of a folder above it."""
    whole = PurePath(path)
    paths = [path.as_posix() for path in (whole, *whole.parents)]
    return any(fnmatchcase(path, pattern) for path in paths)


def _nearest(core: Iterable[str]) -> str:
    """Return the quantity whose words are spelt most like those of a name, empty without one."""
    spelled = " ".join(sorted(core))
    known = {" ".join(sorted(split_words(metric))): metric for metric in quantities()}
    return known.get(nearest(spelled, known, 0.85), "")


def remark(name: str, metric: str) -> str:
    """Return what a name probably means, with how to say so on the command line.

    >>> remark("my dur", "duration_loss")
    "`my dur` may be duration_loss: --name duration_loss='my dur'"
    """
    quoted = f"'{name}'" if " " in name else name
    return f"`{name}` may be {metric}: --name {metric}={quoted}"


def _head_of(core: frozenset[str]) -> str:
    """Return the loss of the one head that words name beside others, empty where they do not.

    >>> _head_of(frozenset({"dur", "pred"})), _head_of(frozenset({"dur", "weight"}))
    ('duration_loss', '')
    """
    if not core.isdisjoint(_NO_LOSS) or any(word.isdigit() for word in core):
        return ""
    told = filter(None, (in_words([word, "loss"]) for word in core - {"loss", "d", "g"}))
    heads = {meaning.metric for meaning in told} & set(QUANTITIES)
    return next(iter(heads)) if len(heads) == 1 else ""


def mistake_in(metric: str, logged: object) -> str:
    """Return what is wrong with a name that a user gave, empty where nothing is.

    >>> mistake_in("duration_loss", "dur"), mistake_in("dur", "duration_loss")
    ('', '`dur: duration_loss` is the wrong way round; write `duration_loss: dur`')
    """
    known = quantities()
    if isinstance(logged, str) and logged in known and metric not in known:
        return f"`{metric}: {logged}` is the wrong way round; write `{logged}: {metric}`"
    near = "" if metric in known else nearest(metric, known, 0.9)
    return f"no rule reads `{metric}`; did you mean `{near}`?" if near else ""


def meaning_of(name: str, trainer: object) -> tuple[Name, bool]:
    """Return what a name means in logs of a trainer, and whether its family says so.

    Args:
        name: The name as logged.
        trainer: The fact ``trainer``.
    """
    family = find_family(trainer)
    words, split = words_of(name)
    meaning = family.meaning(words) if family else None
    if meaning is None or split is None:
        return recognise(name), False
    return named(name, meaning, split), True
