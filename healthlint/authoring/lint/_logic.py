"""Whether conditions can be true together: intervals of values, and claims about one window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, product
from math import inf, prod
from typing import Any

from healthlint.authoring.lint._subject import Subject
from healthlint.engine.binding import spelled
from healthlint.rulebook.model import Pack, Rule
from healthlint.timeline.evaluation import Condition
from healthlint.timeline.quantities import Number

MOST = 200
"""Most ways in which a condition may come true that are looked at."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Values between two ends, each included or not.

    Attributes:
        low: Lower end.
        high: Upper end.
        has_low: Whether the lower end belongs to it.
        has_high: Whether the upper end does.
    """

    low: float = -inf
    high: float = inf
    has_low: bool = True
    has_high: bool = True

    @property
    def is_empty(self) -> bool:
        """Return whether no value lies in it."""
        is_point = self.low == self.high
        return self.low > self.high or (is_point and not (self.has_low and self.has_high))

    def meet(self, other: Interval) -> Interval:
        """Return the values that lie in both."""
        low = max((self.low, not self.has_low), (other.low, not other.has_low))
        high = min((self.high, self.has_high), (other.high, other.has_high))
        return Interval(low[0], high[0], not low[1], high[1])


@dataclass(frozen=True, slots=True)
class Claim:
    """One condition that must be true, or false, for a whole to be true.

    Attributes:
        condition: The condition, a leaf; or any that only its limits are looked at of.
        is_true: Which of the two.
        is_limit: Whether only its ``after`` and ``until`` are claimed.
    """

    condition: Condition
    is_true: bool = True
    is_limit: bool = False


Way = tuple[Claim, ...]


class _TooMany(Exception):
    """A condition comes true in more ways than are looked at."""


def _ways(condition: Condition, is_true: bool) -> list[Way]:
    """Return the ways in which a condition comes true (or false).

    Raises:
        _TooMany: There are too many.
    """
    has_limits = any((condition.held, condition.after, condition.until))
    if not is_true and has_limits:
        return [()]  # false, or merely not long enough: nothing is claimed
    limit: Way = (Claim(condition, is_limit=True),) if has_limits else ()
    if condition.name == "not":
        inner = _ways(condition.params.condition, not is_true)
    elif condition.name in ("all", "any"):
        parts = [_ways(part, is_true) for part in condition.params.conditions]
        if (condition.name == "all") != is_true:
            inner = [way for part in parts for way in part]
        elif prod(map(len, parts)) > MOST:
            raise _TooMany
        else:
            inner = [tuple(chain.from_iterable(chosen)) for chosen in product(*parts)]
    else:
        inner = [(Claim(condition, is_true),)]
    return [(*limit, *way) for way in inner]


def _values_clash(way: Way, subject: Subject, ranges: dict[str, Interval]) -> str:
    met: dict[tuple[str, int], Interval] = {}
    told: dict[tuple[str, int], list[str]] = {}
    for key, interval, words in _intervals(way, subject):
        known = met.get(key, ranges.get(key[0], Interval()))
        met[key] = known.meet(interval)
        told.setdefault(key, []).append(words)
        if met[key].is_empty:
            return f"{key[0]} cannot be {' and '.join(dict.fromkeys(told[key]))}"
    return ""


def _intervals(way: Way, subject: Subject) -> Iterator[tuple[tuple[str, int], Interval, str]]:
    for claim in way:
        if claim.is_limit:
            yield from _limits(claim.condition, subject)
        elif claim.condition.name == "value":
            params = claim.condition.params
            for interval, words in bounds(params, subject, is_true=claim.is_true):
                yield (str(params.metric), params.smooth), interval, words


def _limits(
    condition: Condition, subject: Subject
) -> Iterator[tuple[tuple[str, int], Interval, str]]:
    for span, is_after in ((condition.after, True), (condition.until, False)):
        if span is None or span.unit not in ("epochs", "steps"):
            continue
        value = subject.constant(Number(span.amount))
        if value is not None:
            interval = Interval(low=value, has_low=False) if is_after else Interval(high=value)
            words = f"{'above' if is_after else 'at most'} {value:g}"
            yield (span.unit[:-1], 1), interval, words


_SIDES = {
    "above": lambda b: Interval(low=b, has_low=False),
    "at_least": lambda b: Interval(low=b),
    "below": lambda b: Interval(high=b, has_high=False),
    "at_most": lambda b: Interval(high=b),
}
_OPPOSITE = {"above": "at_most", "at_least": "below", "below": "at_least", "at_most": "above"}


def bounds(
    params: Any, subject: Subject, *, is_true: bool = True
) -> Iterator[tuple[Interval, str]]:
    """Yield the intervals that a ``value`` claims, each in words; none where it is not constant."""
    named = {side: getattr(params, side) for side in _SIDES if getattr(params, side) is not None}
    if not is_true and len(named) > 1:
        return
    for side, bound in named.items():
        value = subject.constant(bound)
        if value is not None:
            claimed = side if is_true else _OPPOSITE[side]
            yield _SIDES[claimed](value), f"{claimed.replace('_', ' ')} {value:g}"


def _trends_clash(way: Way, subject: Subject) -> str:
    """Return which two trends over one window exclude each other."""
    claims: dict[tuple[str, str], dict[str, float]] = {}
    for claim in way:
        params = claim.condition.params
        if claim.condition.name != "trend" or not claim.is_true or claim.is_limit:
            continue
        name, size = params.bound
        value = subject.constant(size)
        if value is not None:
            window = params.over.text if params.over else str(params.since)
            claims.setdefault((str(params.metric), window), {})[name] = value
    for (metric, _), known in claims.items():
        if words := _excluded(known):
            return f"{metric} cannot {words} over the same window"
    return ""


def _excluded(known: dict[str, float]) -> str:
    if known.keys() >= {"down_by", "up_by"}:
        return "fall and rise"
    for verb, shown, excluded in (
        ("fall", "down_by", "not_down_by"),
        ("rise", "up_by", "not_up_by"),
    ):
        if known.keys() >= {shown, excluded} and known[excluded] <= known[shown]:
            fallen, excludes = (f"{known[name] * 100:.3g}%" for name in (shown, excluded))
            return f"{verb} by {fallen} and be shown not to {verb} by {excludes}"
    return ""


def _whole(rule: Rule) -> Condition:
    """Return the condition of a rule with the limits of the rule itself."""
    after, until = rule.after or rule.when.after, rule.until or rule.when.until
    return replace(rule.when, after=after, until=until)


def canonical(pack: Pack, metric: str) -> str:
    """Return what a metric of a pack is, with its split; of a derived one its formula."""
    split, slash, name = metric.rpartition("/")
    if name in pack.derived:
        return f"{split}{slash}{spelled(pack.derived[name].text, pack)}"
    return f"{split}{slash}{pack.metrics.get(name, name)}"


def all_clash(subject: Subject, ranges: dict[str, Interval], *, is_true: bool) -> str:
    """Return why a rule can never come true (or false), empty where it may.

    Args:
        subject: The rule.
        ranges: Values that metrics can have at all, by name.
        is_true: Which of the two.
    """
    try:
        ways = _ways(_whole(subject.rule), is_true)
    except _TooMany:
        return ""
    if len(ways) > MOST:
        return ""
    why = [_values_clash(way, subject, ranges) or _trends_clash(way, subject) for way in ways]
    return "; ".join(dict.fromkeys(why)) if all(why) else ""
