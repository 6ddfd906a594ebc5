"""Facts of a run: from its headers and from the user, flat, with the right types."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from healthlint.logs.model import Problem
from healthlint.logs.naming import NAMES, SPOKEN
from healthlint.logs.nearest import nearest
from healthlint.logs.records import Mark
from healthlint.logs.scales import declarations
from healthlint.logs.shipped import words

NUMBERS = frozenset(words()["numbers"])
"""Facts that are positive numbers."""
TEXTS = frozenset({"language", "device", "precision", "trainer", "fine_tuned_from", "durations"})
"""Facts that are text."""
_NEAR = 0.8
"""How alike two names are of which one is a slip of the pen."""


def collect(
    headers: Iterable[Mark], given: Mapping[str, object]
) -> tuple[dict[str, object], list[Problem]]:
    """Return the facts of a run and what is wrong with them; a fact of the wrong type is left out.

    Args:
        headers: Headers of the run; a later one adds to and corrects an earlier one.
        given: What the user says; outranks the headers.
    """
    facts: dict[str, object] = {}
    problems: list[Problem] = []
    for mark in headers:
        meta = mark.fields.get("meta")
        if isinstance(meta, Mapping):
            _take(facts, _flatten(meta), mark.line, problems)
        elif meta is not None:
            said = "`meta` of the header is no object, left out"
            problems.append(Problem(message=said, line=mark.line))
    _take(facts, _flatten(given), None, problems)
    return facts, problems


def misspelt(given: Mapping[str, object], known: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield each given fact that nobody knows and the known one that it looks like.

    Any other name is free: rules of one's own may ask for it.

    Args:
        given: What the user says.
        known: Facts that rules ask for, beside those that logs give.

    >>> list(misspelt({"utterences": 2200, "room": "A"}))
    [('utterences', 'utterances')]
    """
    names = sorted({*NUMBERS, *TEXTS, "metrics", *known})
    for name in given:
        near = nearest(name, names, _NEAR)
        if near and name not in names:
            yield name, near


def _take(
    facts: dict[str, object], more: Mapping[str, object], line: int | None, problems: list[Problem]
) -> None:
    for name, value in more.items():
        if name == "metrics":
            problems += [Problem(message=wrong, line=line) for wrong in _declare(facts, value)]
            continue
        fact = _checked(name, value)
        if fact is None and value is not None:
            wanted = "a positive number" if name in NUMBERS else "text"
            said = f"fact `{name}` is {value!r:.60}, not {wanted}; left out"
            problems.append(Problem(message=said, line=line))
        elif fact is not None:
            facts[name] = fact


def _checked(name: str, value: object) -> object:
    """Return a fact in its type, None where it cannot be."""
    if name in NUMBERS:
        return _positive(value)
    if name in TEXTS:
        return value if isinstance(value, str) else None
    return value


def _positive(value: object) -> float | int | None:
    if isinstance(value, str):
        with suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _declare(facts: dict[str, object], value: object) -> list[str]:
    """Add declared scales to the facts, field by field, and return what is wrong with them."""
    declared, mistakes = declarations(value)
    known = facts.get("metrics")
    merged = dict(known) if isinstance(known, dict) else {}
    for metric, fields in declared.items():
        merged[metric] = {**merged.get(metric, {}), **fields}
    if merged:
        facts["metrics"] = merged
    return mistakes


def _flatten(meta: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Return nested facts under dotted names; ``metrics`` and all below it stay one fact."""
    flat: dict[str, object] = {}
    scales: dict[str, object] = {}
    for key, value in meta.items():
        name = f"{prefix}{key}"
        if name in (NAMES, SPOKEN):
            continue  # of the log, not of a run: see ``naming``
        if name == "metrics" or name.startswith("metrics."):
            scales[name.partition(".")[2]] = value
        elif isinstance(value, Mapping):
            if prefix.count(".") < 8:
                flat.update(_flatten(value, f"{name}."))
        else:
            flat[name] = value
    return flat | ({"metrics": _joined(scales)} if scales else {})


def _joined(scales: Mapping[str, object]) -> object:
    """Return what stands under ``metrics`` and under dotted names below it as one mapping."""
    whole = scales.get("", {})
    if not isinstance(whole, Mapping):
        return whole
    return {**whole, **{name: value for name, value in scales.items() if name}}
