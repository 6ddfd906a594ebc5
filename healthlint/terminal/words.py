"""Places, findings and comparisons in words, spelled alike in every text report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from healthlint.report import ANSWERS, AnswerState, Comparison, Finding, LogReport, Place
from healthlint.terminal.numbers import number, ordinal, percent

SPLITS = {"val": "validation", "train": "training"}


def spot(path: str, line: int | None, column: int | None = None) -> str:
    """Return ``path:line:column`` as far as it is known, as editors read it.

    >>> spot("logs.jsonl", 7), spot("logs.jsonl", None)
    ('logs.jsonl:7', 'logs.jsonl')
    """
    parts = [path, line, column if line is not None else None]
    return ":".join(str(part) for part in parts if part is not None)


def where(place: Place) -> str:
    """Return a place by its epoch and step, by its line where it has neither.

    >>> where(Place(26, 1725.0, 25.0))
    'epoch 25 (step 1725)'
    """
    if place.epoch is not None and place.step is not None:
        return f"epoch {ordinal(place.epoch)} (step {ordinal(place.step)})"
    return moment(place)


def moment(place: Place) -> str:
    """Return a place by the first of epoch, step and line that it has.

    >>> moment(Place(26, 1725.0, None))
    'step 1725'
    """
    if place.epoch is not None:
        return f"epoch {ordinal(place.epoch)}"
    if place.step is not None:
        return f"step {ordinal(place.step)}"
    return f"line {place.line}" if place.line is not None else "the log"


def span(first: Place, last: Place) -> str:
    """Return the stretch between two places in the unit they share.

    >>> span(Place(3, 10.0, 1.0), Place(9, 70.0, 7.0))
    'epochs 1-7'
    """
    for unit in ("epoch", "step", "line"):
        ends = [getattr(place, unit) for place in (first, last)]
        if None in ends:
            continue
        start, stop = (ordinal(end) for end in ends)
        return f"{unit} {start}" if start == stop else f"{unit}s {start}-{stop}"
    return "the whole log"


def held(finding: Finding) -> str:
    """Return when the finding held, and whether it still does."""
    if finding.superseded:
        return f"{_stretch(finding)}, superseded: a resume went back behind it"
    if not finding.active:
        back = f", back since {moment(finding.ended)}" if finding.ended else ""
        return f"{_stretch(finding)}{back}"
    if finding.first == finding.last:
        return f"at {where(finding.first)}, the end of the log"
    return f"since {where(finding.first)}, still true at the end ({_end(finding)})"


def _stretch(finding: Finding) -> str:
    """Return the interval by epochs, with the step it began at."""
    if finding.first == finding.last:
        return f"at {where(finding.first)}"
    if finding.first.epoch is None or finding.first.step is None:
        return span(finding.first, finding.last)
    return f"{span(finding.first, finding.last)} (from step {ordinal(finding.first.step)})"


def _end(finding: Finding) -> str:
    """Return the last record by what tells it from the first."""
    if finding.last.epoch == finding.first.epoch and finding.last.step is not None:
        return f"step {ordinal(finding.last.step)}"
    return moment(finding.last)


def heads(places: Sequence[Place]) -> tuple[str, list[str]]:
    """Return the unit that tells the places apart, and each place in it."""
    for unit in ("epoch", "step", "line"):
        values = [getattr(place, unit) for place in places]
        if None in values:
            continue
        tops = [ordinal(value) for value in values]
        if len(set(tops)) == len(tops):
            return unit, tops
    return "", [""] * len(places)


def by_reason(unseen: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the rules of each reason.

    >>> by_reason({"core/overfit": "no val/mel", "tts/plateau": "no val/mel"})
    {'no val/mel': ['core/overfit', 'tts/plateau']}
    """
    found: dict[str, list[str]] = {}
    for rule, reason in unseen.items():
        found.setdefault(reason, []).append(rule)
    return found


def answers(logs: Iterable[LogReport]) -> str:
    """Return how many logs came to which answer, worst first, those that were not read last."""
    counts = Counter(log.answer.state if log.run else "not read" for log in logs)
    return ", ".join(
        f"{counts[state]} {state}" for state in (*ANSWERS, "not read") if counts[state]
    )


def beside(against: Comparison, state: AnswerState) -> str:
    """Return how a run does beside another one; a run that is to stop is never called better.

    An over-smoothed run has a lower mel than a healthy one: that is its fault, no gain.

    >>> better = Comparison(
    ...     name="run 1",
    ...     label="mel",
    ...     side="better",
    ...     now=0.61,
    ...     then=0.7,
    ...     change=-0.1286,
    ...     at=Place(None, None, 12.0),
    ... )
    >>> beside(better, "go on")
    'better than run 1: mel 0.610 against 0.700 at epoch 12 (-12.9%)'
    >>> beside(better, "stop")
    'ahead of run 1 in mel alone, no gain here: mel 0.610 against 0.700 at epoch 12 (-12.9%)'
    """
    name, change = against.name, percent(against.change)
    if against.at is None:
        return f"not compared with {name}: {against.reason}"
    values = f"{against.label} {number(against.now)} against {number(against.then)}"
    told = f"{values} at {moment(against.at)} ({change})"
    sides = {"better": "better than", "worse": "worse than", "alike": "no better or worse than"}
    if against.side == "unclear":
        return f"beside {name}: {told}, too few values to tell"
    if against.side == "better" and state == "stop":
        return f"ahead of {name} in {against.label} alone, no gain here: {told}"
    within = ", within noise" if against.side == "alike" else ""
    return f"{sides[against.side]} {name}: {told}{within}"


def told_apart(paths: Sequence[str]) -> list[str]:
    """Return paths without the folders and file names that all of them share.

    >>> told_apart(["runs/a/logs.jsonl", "runs/b/logs.jsonl"])
    ['a', 'b']
    >>> told_apart(["runs/a.jsonl", "runs/a.jsonl"]), told_apart(["/x/a/1.log", "/x/b/2.log"])
    (['runs/a.jsonl', 'runs/a.jsonl'], ['a/1.log', 'b/2.log'])
    """
    parts = [path.split("/") for path in paths]
    if len({*paths}) < len(paths):
        return list(paths)
    first = _shared(parts)
    last = _shared([each[first:][::-1] for each in parts])
    return ["/".join(each[first : len(each) - last]) for each in parts]


def _shared(parts: Sequence[Sequence[str]]) -> int:
    """Return how many leading parts all have in common, one of each left over at least."""
    most = min(map(len, parts), default=1) - 1
    return next((at for at in range(most) if len({each[at] for each in parts}) > 1), max(most, 0))
