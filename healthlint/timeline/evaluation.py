"""What a kind of condition is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers, Series, Timeline
from healthlint.timeline.bins import Bins, Grid, Windows, bin_width, condense, windows
from healthlint.timeline.change import Change, change_over
from healthlint.timeline.clock import Clock
from healthlint.timeline.describe import EVIDENCE_POINTS, up_to
from healthlint.timeline.kind import Kind
from healthlint.timeline.looks import Looks, kept, look_at
from healthlint.timeline.quantities import Length, Number, Percent, Span, Values
from healthlint.timeline.reference import Reference
from healthlint.timeline.truth import FOREVER, TRUE, UNKNOWN, Truth, held
from healthlint.timeline.waking import WHOLE, Stretch, is_loss, stretches, wakings, without_zeros

PARTNER = "partner"
"""Name of the same quantity in the other split, where a kind compares with it."""


class Missing(Exception):
    """Something that a condition needs is not there: a metric or a position in a unit.

    Attributes:
        what: What is missing, in words that complete "not judged: ".
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Inapplicable(Missing):
    """The run is not of the kind that a condition is for: there is nothing to be judged."""


class Metric(str):
    """Name of a metric as a pack writes it: ``mel``, ``train/mel``, or ``epoch``, ``step``."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Metric:
        """Return the name.

        Raises:
            ValueError: It is not a text.
        """
        if not isinstance(value, str) or not value:
            raise ValueError(f"expected the name of a metric, not `{value}`")
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a name."""
        words = "a name of `metrics:`, also `train/name` or `val/name`; or `epoch`, `step`"
        return {"type": "string", "pattern": r"^((train|val)/)?[^/\s]+$", "description": words}

    @property
    def placeholder(self) -> str:
        """Return the name that messages use for it (``train_mel``)."""
        return self.replace("/", "_")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shown:
    """Points of one metric that explain a decision.

    Attributes:
        metric: Name as the pack writes it.
        series: The series looked at.
        index: Indices of the points in the series, shape ``(k,)``.
        values: Values as judged (a bin's median), shape ``(k,)``.
        change: Relative change over them, as a fraction, None where it has no meaning.
        needs: What was asked of it, in words.
    """

    metric: str
    series: Series
    index: Integers
    values: Floats
    change: float | None = None
    needs: str = ""

    @classmethod
    def logged(
        cls, series: Series, index: Integers, needs: str, change: float | None = None
    ) -> Shown:
        """Return points of a metric with the values that were logged."""
        values, key = series.values[index], series.key
        return cls(
            metric=key, series=series, index=index, values=values, change=change, needs=needs
        )

    @classmethod
    def until(cls, series: Series, last: int, needs: str, points: int = EVIDENCE_POINTS) -> Shown:
        """Return the latest points up to one, so many, with the values that were logged."""
        return cls.logged(series, up_to(last, points), needs)

    def thinned(self) -> Shown:
        """Return at most 12 of the points, first and last included."""
        n = len(self.index)
        if n <= EVIDENCE_POINTS:
            return self
        keep = np.linspace(0, n - 1, EVIDENCE_POINTS).round().astype(int)
        return replace(self, index=self.index[keep], values=self.values[keep])


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a condition came to its state at one record.

    Attributes:
        facts: Values for the message, by placeholder.
        shown: Points by metric.
        margin: How far beyond its bound the deciding number is, None where there is no such.
        lacks: What is missing for it to be true, in words; empty where nothing, or unknown.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    shown: Sequence[Shown] = ()
    margin: float | None = None
    lacks: str = ""

    @classmethod
    def merge(cls, parts: Sequence[Explanation]) -> Explanation:
        """Return all parts as one; what several parts say of one placeholder is put together.

        Where they say different things, the first part counts.
        """
        facts: dict[str, object] = {}
        for part in reversed(parts):
            for name, value in part.facts.items():
                known = facts.get(name)
                is_both = isinstance(known, Mapping) and isinstance(value, Mapping)
                facts[name] = {**known, **value} if is_both else value  # type: ignore[dict-item]
        margins = [part.margin for part in parts if part.margin is not None]
        shown = [one for part in parts for one in part.shown]
        lacks = "; ".join(part.lacks for part in parts if part.lacks)
        return cls(facts, shown, min(margins) if margins else None, lacks)


Explain = Callable[[int], Explanation]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What a condition came to.

    Attributes:
        truth: Its states at the records where it was evaluated.
        explain: Returns the explanation of the state at a record.
        missing: What it could not look at, in words.
        waiting: What an undecided condition waits for, in words; empty where nothing special.
        parts: What the conditions inside it came to, in the order of its parameters.
        is_applicable: False where the run is not of the kind that the condition is for.
    """

    truth: Truth
    explain: Explain = lambda _: Explanation()
    missing: tuple[str, ...] = ()
    waiting: str = ""
    parts: tuple[Outcome, ...] = ()
    is_applicable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A kind with its parameters, and what holds for every kind.

    Attributes:
        name: Name of the kind.
        kind: The kind.
        params: Its parameters, an instance of ``kind.params``.
        held: How long it must be true (``for``).
        after: Evaluations before this point are unknown.
        until: Evaluations after this point are unknown.
    """

    name: str
    kind: Kind
    params: Any
    held: Span | None = None
    after: Span | None = None
    until: Span | None = None

    def __hash__(self) -> int:
        """Return a hash of what tells most conditions apart; one of the whole tree is slow."""
        return hash((self.name, getattr(self.params, "metric", None)))


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """How a derived metric was made.

    Attributes:
        sources: The metrics that it was made of.
        has_scale: Whether its values depend on their scales; those of a quotient do not.
    """

    sources: Sequence[Series]
    has_scale: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Context:
    """What a condition may look at.

    Attributes:
        timeline: The timeline that is judged.
        clock: Positions of all its records.
        values: ``let:`` values and facts.
        bound: Series by name as the pack writes it; several for a group.
        lacking: Why a name has no series, by name.
        anchor: Ordinal of the record that ``since: once`` counts from.
        cache: What the rules of one timeline share.
        made: How derived metrics were made, by name as the pack writes it.
        reference: Good runs to compare with, None where none are given.
        stretch: Records that may be compared with each other: no loss woke up between them.
    """

    timeline: Timeline
    clock: Clock
    values: Values
    bound: Mapping[str, Sequence[Series]]
    lacking: Mapping[str, str]
    anchor: int | None = None
    cache: dict[object, Any] = field(default_factory=dict)
    made: Mapping[str, Made] = field(default_factory=dict)
    reference: Reference | None = None
    stretch: Stretch = WHOLE[0]

    def looks(self, series: Series, least: int = 1) -> Looks:
        """Return the looks of a series, each at least so many values."""
        key = ("looks", series.key, series.name, self.stretch, least)
        return kept(self.cache, key, lambda: look_at(series, self.clock, least))

    def apart(self, series: Series, name: str) -> list[tuple[Series, Context]]:
        """Return a series in stretches that may be compared, each with what may be looked at."""
        settled, stretches = self._settled(series, self.made.get(name))
        return [(each.cut(settled), replace(self, stretch=each)) for each in stretches]

    def beside(self, series: Series, name: str) -> Series:
        """Return a metric of the pack in the stretch of a series; or its ``partner``.

        The partner is the same quantity in the other split; where that is not logged, what shows
        progress there.

        Raises:
            Missing: The log does not have it.
        """
        partner = self._partner(series) if name == PARTNER else self.series(name)
        settled, _ = self._settled(partner, self.made.get(name))
        return self.stretch.cut(settled)

    def _partner(self, series: Series) -> Series:
        others = ("train", "") if series.split == "val" else ("val",)
        known = self.timeline.series
        names = (series.metric, "total_loss", "mel_loss")
        keys = [f"{split}/{name}" if split else name for name in names for split in others]
        candidates = [known[key] for key in keys if key in known and len(known[key])]
        candidates += [
            one for one in known.values() if one.split in others and is_loss(one) and len(one)
        ]
        if not candidates:
            where = "training" if series.split == "val" else "validation"
            raise Missing(f"no loss of {where} in this log")
        # the first of them that had begun when the series did, else the first that begins: what
        # begins later still could not be chosen by who saw no more
        begun = self.clock.moments(np.array([one.records[0] for one in (series, *candidates)]))
        return candidates[int(np.argmin(np.maximum(begun[1:], begun[0])))]

    def bins(self, series: Series, length: Length) -> Bins:
        """Return the series in bins for windows of a length."""
        key = ("bins", series.key, series.name, length.unit, bin_width(length))

        def condensed() -> Bins:
            grid = self._grid(series.records, length)
            return condense(series, grid, has_ended=self.timeline.has_ended)

        return kept(self.cache, key, condensed)

    def _grid(self, records: Integers, length: Length) -> Grid:
        """Return where bins lie; series that were logged together share their records and it."""
        key = ("grid", id(records), length.unit, bin_width(length))
        made: tuple[Integers, Grid] = kept(
            self.cache, key, lambda: (records, Grid.of(records, length, self.clock))
        )
        return made[1]  # with the records, whose id is good only while they live

    def change(self, series: Series, length: Length) -> tuple[Bins, Windows, Change]:
        """Return bins, the windows that end at each, and the change over them."""
        key = ("change", series.key, series.name, length)

        def changes() -> tuple[Bins, Windows, Change]:
            bins = self.bins(series, length)
            found = windows(bins, length.amount)
            with np.errstate(all="ignore"):
                return bins, found, change_over(bins, found)

        return kept(self.cache, key, changes)

    def series(self, metric: str) -> Series:
        """Return the series of a metric.

        Raises:
            Missing: The log does not have it.
        """
        return self.group(metric)[0]

    def group(self, metric: str) -> Sequence[Series]:
        """Return all series of a metric or group, at least one.

        Raises:
            Missing: The log has none of them.
        """
        members = [series for series in self.bound.get(metric, ()) if len(series)]
        if not members:
            raise Missing(self.lacking.get(metric, f"no {metric} in this log"))
        return members

    def with_means(self, metric: str) -> Sequence[Series]:
        """Return the series of a group and the epoch means logged beside them, in that order.

        A trainer that leaves bad batches out logs them nowhere but in the mean of their epoch.

        Raises:
            Missing: The log has none of them.
        """
        found = self.group(metric)
        means = [self.timeline.mean_of(series) for series in found]
        return [*found, *(mean for mean in means if mean is not None and len(mean))]

    def number(self, number: Number | Percent) -> float:
        """Return the value of a number, or of a percentage as a fraction."""
        return number.resolve(self.values)

    def length(self, span: Span) -> Length:
        """Return the length of a span.

        Raises:
            Missing: The log has no positions in its unit.
        """
        length = span.resolve(self.values)
        if not self.clock.has(length.unit):
            hint = "; pass --fact steps_per_epoch=N" if length.unit == "epochs" else ""
            raise Missing(f"this log has no {length.unit}{hint}")
        return length

    def truth(self, records: Integers, states: NDArray[Any]) -> Truth:
        """Return a truth on this timeline's clock."""
        return self.clock.truth(records, states)

    def shown(
        self, metric: str, index: Integers, values: Floats, needs: str, change: float | None = None
    ) -> Shown:
        """Return points of a metric with the values that were judged."""
        series = self.series(metric)
        return Shown(
            metric=metric, series=series, index=index, values=values, change=change, needs=needs
        )

    def outcome(
        self,
        records: Integers,
        states: NDArray[Any],
        explain: Callable[[int], Explanation],
        waiting: str = "",
    ) -> Outcome:
        """Return the outcome of states at some records, each explained by its index."""
        return Outcome(
            truth=self.truth(records, states),
            explain=lambda record: explain(latest(records, record)),
            waiting=waiting,
        )

    def evaluate(self, condition: Condition) -> Outcome:
        """Return the outcome of a condition with its ``for``, ``after`` and ``until``."""
        try:
            with np.errstate(all="ignore"):  # what overflows is not finite, so unknown
                outcome = self._early(condition)._judged(condition)
        except Missing as missing:
            is_applicable = not isinstance(missing, Inapplicable)
            what = (missing.what,)
            return Outcome(truth=Truth.empty(), missing=what, is_applicable=is_applicable)
        try:
            truth = self._held(self._within(outcome.truth, condition), condition)
        except Missing as missing:  # evaluated where it would have been, with nothing to say
            unknown = np.full(len(outcome.truth), UNKNOWN, np.int8)
            lacking = (*outcome.missing, missing.what)
            return Outcome(truth=outcome.truth.with_states(unknown), missing=lacking)

        def explain(record: int) -> Explanation:
            if latest(outcome.truth.records, record) < 0:
                return Explanation()
            with np.errstate(all="ignore"):
                return outcome.explain(record)

        return Outcome(  # of every condition: `replace` takes five times as long
            truth=truth,
            explain=explain,
            missing=outcome.missing,
            waiting=outcome.waiting,
            parts=outcome.parts,
            is_applicable=outcome.is_applicable,
        )

    def _early(self, condition: Condition) -> Context:
        """Return the same context with no more values than ``until`` counts, and one.

        Nothing looks ahead: the million that may follow cannot change what is said of them.
        """
        metric: str = getattr(condition.params, "metric", "")
        until = condition.until
        if metric not in self.bound or until is None or until.unit != "points":
            return self
        if not until.amount.is_constant:
            return self
        most = slice(0, int(self.length(until).amount) + 1)
        early = [series.take(most) for series in self.bound[metric]]
        return replace(self, bound={**self.bound, metric: early}, cache=self._of_all())

    def _of_all(self) -> dict[object, Any]:
        """Return a cache of what does not depend on how much of a metric is looked at."""
        of_all = kept(self.cache, "wakings", lambda: wakings(self.timeline.series, self.clock))
        return {"wakings": of_all}

    def _judged(self, condition: Condition) -> Outcome:
        """Return the outcome of a kind: without a loss' zeros, apart before and after a waking."""
        kind, params = condition.kind, condition.params
        metric = getattr(params, "metric", None)
        if metric is None or kind.as_logged:
            return kind.evaluate(params, self)
        logged = self.series(metric)
        series, stretches = self._settled(logged, self.made.get(metric))
        if stretches is WHOLE and series is logged:
            return kind.evaluate(params, self)
        cuts = [(stretch, cut) for stretch in stretches if len(cut := stretch.cut(series))]
        parts = [kind.evaluate(params, self._within_stretch(metric, *each)) for each in cuts]
        waiting = f"{series.key} is judged once it is above 0 for a while"
        if stretches and stretches[-1].last == FOREVER and parts:
            waiting = parts[-1].waiting
        return self._joined(series, [stretch for stretch, _ in cuts], parts, waiting)

    def _settled(self, series: Series, made: Made | None) -> tuple[Series, tuple[Stretch, ...]]:
        """Return a metric without exact zeros of a loss, and its stretches."""
        key = ("settled", series.key, series.name)

        def settled() -> tuple[Series, tuple[Stretch, ...]]:
            quiet = stretches(made.sources if made else [series], self._of_all()["wakings"])
            return series if made else without_zeros(series), quiet

        return kept(self.cache, key, settled)

    def _within_stretch(self, metric: str, stretch: Stretch, cut: Series) -> Context:
        """Return the same context with a metric cut to a stretch, as if the log ended with it."""
        cache = self.cache.setdefault((stretch, cut.key, cut.name), {})
        timeline = self.timeline
        if stretch.last < FOREVER:
            timeline = replace(timeline, has_ended=False)
        return replace(self, timeline=timeline, bound={**self.bound, metric: [cut]}, cache=cache)

    def _joined(
        self, series: Series, stretches: Sequence[Stretch], parts: Sequence[Outcome], waiting: str
    ) -> Outcome:
        """Return the outcomes of stretches as one; it is unknown between them."""
        inside = [part.truth for part in parts]
        is_out = np.ones(len(series), bool)
        for stretch in stretches:
            is_out &= (series.records < stretch.first) | (series.records > stretch.last)
        out = series.records[is_out]
        records = np.concatenate([out, *(truth.records for truth in inside)])
        unknown = np.full(len(out), UNKNOWN)
        states = np.concatenate([unknown, *(truth.states for truth in inside)])
        order = np.argsort(records, kind="stable")

        def explain(record: int) -> Explanation:
            at = sum(stretch.first <= record for stretch in stretches) - 1
            is_known = at >= 0 and latest(parts[at].truth.records, record) >= 0
            return parts[at].explain(record) if is_known else Explanation()

        missing = tuple(what for part in parts for what in part.missing)
        truth = self.truth(records[order], states[order])
        return Outcome(truth=truth, explain=explain, missing=missing, waiting=waiting)

    def _held(self, truth: Truth, condition: Condition) -> Truth:
        """Return the truth of its ``for``."""
        if condition.held is None or not len(truth):
            return truth
        length = self.length(condition.held)
        if length.unit in ("points", "looks") and not (truth.states == TRUE).any():
            return truth
        if length.unit == "points":  # of a moment, in however many records it is written
            moments = self.clock.moments(truth.records)
            return held(truth, moments.astype(np.float64), length.amount, counts="moments")
        axis = self.clock.axis(length.unit, truth.records)
        return held(truth, axis, length.amount, counts="looks" if length.unit == "looks" else "")

    def _within(self, truth: Truth, condition: Condition) -> Truth:
        if condition.after is None and condition.until is None:
            return truth
        is_in = np.ones(len(truth), bool)
        for span, is_start in ((condition.after, True), (condition.until, False)):
            if span is not None:
                length = self.length(span)
                axis = self.clock.axis(length.unit, truth.records)
                # the first is point 1
                position = axis + 1 if length.unit in ("points", "looks") else axis
                is_in &= position > length.amount if is_start else position <= length.amount
        return truth.with_states(np.where(is_in, truth.states, UNKNOWN).astype(np.int8))


def latest(records: Integers, record: int) -> int:
    """Return the index of the last of rising records at or before a record, -1 where none is."""
    return int(records.searchsorted(record, side="right")) - 1
