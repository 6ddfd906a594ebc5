"""What one wants to know of a run first: which one, how far it is, on what it trains."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import LogReport, RunSummary
from healthlint.reporters._words import moment, ordinal, plural


def facts(log: LogReport, run: RunSummary) -> Iterator[str]:
    """Yield each fact in a few words, empty where it is not known."""
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
