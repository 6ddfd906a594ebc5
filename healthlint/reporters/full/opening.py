"""The opening line: which log and run, how far it is, on what it trains."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import LogReport, RunSummary
from healthlint.reporters._style import Style
from healthlint.reporters._text import packed, wrapped
from healthlint.reporters._words import moment, ordinal, plural, span

_GAP = "   "


def opening(log: LogReport, run: RunSummary, style: Style) -> Iterator[str]:
    """Yield the path with the run's facts behind it, and below it how the log was read."""
    items = [log.path, *filter(None, _facts(log, run))]
    first, *rest = packed(items, style.width - 2, _GAP)
    yield style.paint(log.path, "bold") + first.removeprefix(log.path)
    for line in rest:
        yield f"  {line}"
    for note in run.notes:
        for number, line in enumerate(wrapped(note, style.width - 8)):
            yield style.paint(f"{'        ' if number else '  note: '}{line}", "dim")


def _facts(log: LogReport, run: RunSummary) -> Iterator[str]:
    yield _which(run, len(log.other_runs) + 1)
    yield _progress(run)
    yield " ".join(str(run.facts[name]) for name in ("device", "precision") if name in run.facts)
    yield _utterances(run.facts.get("utterances"))
    yield f"ended: {run.status}" if run.status not in (None, "ok") else ""


def _which(run: RunSummary, runs: int) -> str:
    """Return which run it is and where it was resumed, empty for the only, unbroken one."""
    resumed = f"resumed at {', '.join(moment(place) for place in run.resumed)}"
    if runs == 1:
        return resumed if run.resumed else ""
    return f"run {run.number} of {runs}" + (f" ({resumed})" if run.resumed else "")


def _progress(run: RunSummary) -> str:
    if run.epoch is None:
        return moment(run.last)
    planned = "" if run.planned_epochs is None else f" of {ordinal(run.planned_epochs)}"
    return f"epoch {ordinal(run.epoch)}{planned}"


def _utterances(count: object) -> str:
    if isinstance(count, int | float) and not isinstance(count, bool):
        return plural(round(count), "utterance") if count == count else ""
    return ""


def other_runs(log: LogReport, style: Style) -> Iterator[str]:
    """Yield one line a run that was not judged, and how to judge it."""
    if not log.other_runs:
        return
    yield style.paint("  other runs (--run N judges one, --run all each):", "dim")
    for run in log.other_runs:
        facts = [span(run.first, run.last), plural(run.records, "record")]
        facts += [f"ended: {run.status}"] if run.status else []
        yield style.paint(f"    run {run.number}   {_GAP.join(facts)}", "dim")
