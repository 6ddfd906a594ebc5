"""Which run it is, how far, and on what it trains."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import LogReport, RunSummary
from healthlint.reporters._facts import facts
from healthlint.reporters._style import Style
from healthlint.reporters._text import packed, wrapped
from healthlint.reporters._words import plural, span

_GAP = "   "


def opening(log: LogReport, run: RunSummary, style: Style) -> Iterator[str]:
    """Yield the run's facts, and below them how the log was read."""
    items = list(filter(None, facts(log, run)))
    yield from (f"  {line}" for line in packed(items, style.width - 2, _GAP))
    for note in run.notes:
        for number, line in enumerate(wrapped(note, style.width - 8)):
            yield style.paint(f"{'        ' if number else '  note: '}{line}", "dim")


def other_runs(log: LogReport, style: Style) -> Iterator[str]:
    """Yield one line a run that was not judged, and how to judge it."""
    if not log.other_runs:
        return
    yield style.paint("  other runs (--run N judges one, --run all each):", "dim")
    for run in log.other_runs:
        said = [span(run.first, run.last), plural(run.records, "record")]
        said += [f"ended: {run.status}"] if run.status else []
        said += ["a stub"] if run.is_stub else []
        yield style.paint(f"    run {run.number}   {_GAP.join(said)}", "dim")
