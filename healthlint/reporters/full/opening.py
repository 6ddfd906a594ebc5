"""Which run it is, how far, and on what it trains."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import LogReport, RunSummary
from healthlint.reporters._facts import facts
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import cut, packed, wrapped
from healthlint.terminal.words import span

_GAP = "   "


def opening(log: LogReport, run: RunSummary, style: Style) -> Iterator[str]:
    """Yield the run's facts, and below them how the log was read: in full only where asked for."""
    items = list(filter(None, facts(log, run)))
    yield from (f"  {line}" for line in packed(items, style.width - 2, _GAP))
    notes = run.notes if style.detail > 1 else filter(None, ["; ".join(run.notes)])
    for note in notes:
        lines = wrapped(note, style.width - 8)
        if style.detail < 2 and len(lines) > 1:
            lines = [cut(note, style.width - 14, style.glyph("…", "..")) + "  (-v)"]
        for number, line in enumerate(lines):
            yield style.paint(f"{'        ' if number else '  note: '}{line}", "dim")


def other_runs(log: LogReport, style: Style) -> Iterator[str]:
    """Yield the runs that were not judged, and how to judge one: a line each where asked for."""
    if not log.other_runs:
        return
    if style.detail < 2:
        told = ", ".join(f"{run.number} ({_size(run)})" for run in log.other_runs)
        line = f"other runs: {told}; --run N judges one"
        yield style.paint(f"  {cut(line, style.width - 2, style.glyph('…', '..'))}", "dim")
        return
    yield style.paint("  other runs (--run N judges one, --run all each):", "dim")
    for run in log.other_runs:
        said = [span(run.first, run.last), _size(run)]
        said += [f"ended: {run.status}"] if run.status else []
        yield style.paint(f"    run {run.number}   {_GAP.join(said)}", "dim")


def _size(run: RunSummary) -> str:
    return plural(run.records, "record") + (", a stub" if run.is_stub else "")
