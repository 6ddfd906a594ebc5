"""What is in a log, before anything is judged: format, runs, metrics and what cannot be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from healthlint.logs import Log, Problem, Run, Series, Split
from healthlint.logs.families import find_family, quantities
from healthlint.logs.model import Event, Floats
from healthlint.logs.naming import LOOKED, Vocabulary, remark
from healthlint.logs.scales import contradiction, resolve
from healthlint.logs.vocabulary import QUANTITIES, recognise
from healthlint.looking import fault
from healthlint.readers import all_formats, read

CURVE = 400
"""Points of a curve that are kept for showing it."""
FIRST = 5
"""Values of validation beside which training is looked at."""
APART = 4.0
"""Factor between training and validation from which on they are not on one scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedSeries:
    """One series of a run.

    Attributes:
        metric: Canonical quantity, or the name as logged where it is unknown.
        split: ``train``, ``val`` or empty.
        name: The name as logged.
        is_known: True for a canonical quantity.
        likely: What a metric of unknown meaning probably is, empty where nothing is near.
        points: Number of values.
        nonfinite: How many of them are NaN or infinite.
        zeros: How many of them are exactly 0.
        every: Typical distance between two values.
        unit: What it counts: ``step``, ``epoch``, or empty where neither is known.
        first: First value.
        last: Last value.
        low: Lowest finite value, None without one.
        scale: On which scale it is, empty where that is not known or makes no difference.
        source: Where the scale is from: ``declared``, ``trainer``, ``name``, ``assumed``, or empty.
        assumed: Which fields of it nothing told: ``kind``, ``space``.
        doubt: What of its first values that scale cannot give, empty where nothing is.
        curve: Some of its values, for showing it.
    """

    metric: str
    split: Split
    name: str
    is_known: bool
    likely: str
    points: int
    nonfinite: int
    zeros: int
    every: float
    unit: str
    first: float
    last: float
    low: float | None
    scale: str
    source: str
    assumed: Sequence[str]
    doubt: str
    curve: Sequence[float]


@dataclass(frozen=True, slots=True)
class Announced:
    """What the trainer announced, of one kind.

    Attributes:
        kind: The kind (``failed_batch``).
        count: How often.
        line: 1-based line of the first one, None where the format has no lines.
        words: The first one in the trainer's words, empty where it left none.
    """

    kind: str
    count: int
    line: int | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run.

    Attributes:
        number: 1-based number.
        id: Its id, None without one.
        facts: What is known beside its series; scales of metrics left out.
        notes: How it was read and told apart.
        records: Number of its records, abandoned ones included.
        resumed: Step of each resume, NaN where it is not known.
        abandoned: Records that a resume went back behind.
        duplicates: Values logged again at a step of their series.
        undecided: Records at the end that follow a rewind and are too few to tell what it is.
        steps: First and last step, None where there are none.
        epochs: First and last epoch, None where there are none.
        seconds: Time between the first and the last value, None where no clock was logged.
        metrics: Its series, known ones first.
        announced: What its trainer announced, in the order of the first of each kind.
    """

    number: int
    id: str | None
    facts: Mapping[str, object]
    notes: Sequence[str]
    records: int
    resumed: Sequence[float]
    abandoned: int
    duplicates: int
    undecided: int
    steps: tuple[float, float] | None
    epochs: tuple[float, float] | None
    seconds: float | None
    metrics: Sequence[InspectedSeries]
    announced: Sequence[Announced] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One log.

    Attributes:
        path: Where it is.
        format: Name of its format, empty where it has none.
        unseen: What cannot be seen in this format, or of this trainer.
        runs: Its runs.
        problems: What could not be read.
    """

    path: str
    format: str
    unseen: Sequence[str]
    runs: Sequence[RunFacts]
    problems: Sequence[Problem]


def inspect(path: str, facts: Mapping[str, object] | None = None) -> Inspection:
    """Return what is in a log.

    Args:
        path: A file or a folder.
        facts: What is known of its runs; outranks what the log says.
    """
    try:
        return describe(read(path, facts))
    except Exception as error:  # our own fault: told at its file, the others are shown
        return describe(Log(path=path, format="", problems=(fault(error),)))


def describe(log: Log) -> Inspection:
    """Return what is in a log that has been read."""
    unseen = next((reader.UNSEEN for reader in all_formats() if log.format == reader.FORMAT), ())
    family = find_family(log.runs[-1].facts.get("trainer")) if log.runs else None
    more = [hidden for hidden in family.cannot_show if hidden not in unseen] if family else []
    runs = [_run(run) for run in log.runs]
    return Inspection(
        path=log.path, format=log.format, unseen=(*unseen, *more), runs=runs, problems=log.problems
    )


def _run(run: Run) -> RunFacts:
    series = list(run.series.values())
    known = run.facts
    last, ordered = run.timelines[-1], sorted(series, key=_order)
    words = Vocabulary(family=find_family(known.get("trainer")))
    unread = [one.name for one in ordered if one.metric not in quantities()][:LOOKED]
    likely = {name: words.likely(name) for name in unread}
    metrics = [_metric(one, known, likely.get(one.name, "")) for one in ordered]
    told = {remark(metric.metric, metric.likely) for metric in metrics if metric.likely}
    times = _range([one.times for one in series])
    return RunFacts(
        number=run.number,
        id=run.id,
        facts={name: value for name, value in known.items() if name != "metrics"},
        notes=(*(note for note in run.notes if note not in told), *_incomparable(run.series)),
        records=last.last_record - run.timelines[0].first_record + 1,
        resumed=[
            float("nan") if timeline.resumed_from is None else timeline.resumed_from
            for timeline in run.timelines[1:]
        ],
        abandoned=_abandoned(run),
        duplicates=sum(_duplicates(one) for one in series),
        undecided=run.provisional,
        steps=_range([one.steps for one in series]),
        epochs=_range([one.epochs for one in series]),
        seconds=times[1] - times[0] if times else None,
        metrics=metrics,
        announced=_announced(run.events),
    )


def _announced(events: Sequence[Event]) -> list[Announced]:
    counts = Counter(event.kind for event in events)
    first = {event.kind: event for event in reversed(events)}
    return [
        Announced(kind, count, first[kind].line or None, str(first[kind].fields.get("text", "")))
        for kind, count in counts.items()
    ]


def _order(series: Series) -> tuple[int, str, str]:
    known = QUANTITIES.index(series.metric) if series.metric in QUANTITIES else len(QUANTITIES)
    return known, {"val": "0", "train": "1"}.get(series.split, "2"), series.name


def _incomparable(series: Mapping[str, Series]) -> Iterator[str]:
    """Yield what is said of losses whose training values carry a factor that validation has not."""
    for key, val in series.items():
        train = series.get(f"train/{val.metric}", series.get(val.metric))
        if val.split != "val" or train is None or not val.metric.endswith("_loss"):
            continue
        at = np.searchsorted(train.records, val.records[:FIRST], side="right") - 1
        pairs = [(train.values[i], x) for i, x in zip(at, val.values, strict=False) if i >= 0]
        ratios = sorted(float(a / b) for a, b in pairs if a > 0 and b > 0 and a < np.inf > b)
        ratio = ratios[len(ratios) // 2] if len(ratios) > FIRST // 2 else 1.0
        if not 1 / APART < ratio < APART:
            times = f"{ratio:.3g} times" if ratio > 1 else f"1/{1 / ratio:.3g} of"
            yield (
                f"{train.key} is about {times} {key} from the start: a weight or gradient "
                "accumulation is in one of them; only their directions compare"
            )


def _abandoned(run: Run) -> int:
    """Return how many records are in an earlier attempt and not in the current one."""
    *earlier, current = (
        {record for series in timeline.series.values() for record in series.records.tolist()}
        for timeline in run.timelines
    )
    return len(set().union(*earlier) - current)


def _duplicates(series: Series) -> int:
    known = series.steps[np.isfinite(series.steps)]
    return len(known) - len(np.unique(known))


def _range(arrays: Sequence[Floats]) -> tuple[float, float] | None:
    numbers = np.concatenate([np.zeros(0), *arrays])
    known = numbers[np.isfinite(numbers)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _metric(series: Series, facts: Mapping[str, object], likely: str) -> InspectedSeries:
    values = series.values
    finite = values[np.isfinite(values)]
    every, unit = _cadence(series)
    is_known = series.metric in quantities()
    scale, source, assumed, doubt = _scale(series, facts) if is_known else ("", "", (), "")
    at = np.linspace(0, len(values) - 1, min(len(values), CURVE)).astype(int)
    return InspectedSeries(
        metric=series.metric,
        split=series.split or recognise(series.name).split,
        name=series.name,
        is_known=is_known,
        likely=likely,
        points=len(values),
        nonfinite=len(values) - len(finite),
        zeros=int(np.count_nonzero(values == 0)),
        every=every,
        unit=unit,
        first=float(values[0]),
        last=float(values[-1]),
        low=float(finite.min()) if len(finite) else None,
        scale=scale,
        source=source,
        assumed=assumed,
        doubt=doubt,
        curve=values[at].tolist(),
    )


def _cadence(series: Series) -> tuple[float, str]:
    """Return the median distance of two values, and of what."""
    for axis, unit in ((series.steps, "step"), (series.epochs, "epoch")):
        gaps = np.diff(axis[np.isfinite(axis)])
        rising = np.sort(gaps[gaps > 0])
        if len(rising):
            return float(rising[len(rising) // 2]), unit
    return 0.0, ""


def _scale(series: Series, facts: Mapping[str, object]) -> tuple[str, str, Sequence[str], str]:
    """Return the scale of a series, where it is from, what of it is assumed, and what doubts it."""
    resolved = resolve(series, facts)
    if not resolved.scale.kind:
        return "", "", (), ""
    doubt = contradiction(series, resolved.scale, is_assumed=bool(resolved.assumed))
    return str(resolved.scale), resolved.source, resolved.assumed, doubt
