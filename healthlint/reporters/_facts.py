"""What one wants to know of a run first: which one, how far it is, on what it trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from healthlint.report import Finding, LogReport, RunSummary
from healthlint.terminal.numbers import ordinal, plural
from healthlint.terminal.words import SPLITS, held, moment, spot

_HEADS = {"unreadable": "error", "nothing": "no verdict"}
_ENDLESS = 1e7
"""Planned epochs that stand for no plan: trainers that count steps write 9223372036854775807."""


def facts(log: LogReport, run: RunSummary) -> Iterator[str]:
    """Yield each fact in a few words, empty where it is not known."""
    yield _which(run, len(log.other_runs) + 1)
    yield _progress(run)
    yield " ".join(str(run.facts[name]) for name in ("device", "precision") if name in run.facts)
    yield _utterances(run.facts.get("utterances"))
    yield f"ended: {run.status}" if run.status not in (None, "ok") else ""


def why(log: LogReport) -> str:
    """Return the reason of an answer; of a log that was not read, what kept it from one."""
    if log.run is not None:
        return log.answer.reason
    return log.no_verdict or (log.problems[0].message if log.problems else "")


class Obstacle(NamedTuple):
    """What kept a log, or a part of it, from a verdict.

    Attributes:
        head: What it is: ``error``, ``problem``, ``no verdict`` or ``required``.
        place: Where it is in the log, or the rule that is required; empty for the whole log.
        words: What is wrong.
        hint: What to do, empty where that is not known.
    """

    head: str
    place: str
    words: str
    hint: str = ""


def obstacles(log: LogReport) -> Iterator[Obstacle]:
    """Yield the problems of a log, why it has no verdict, and which required rules have none."""
    for problem in log.problems:
        head = _HEADS.get(problem.kind, "problem")
        at = spot(log.path, problem.line, problem.column)
        more = f" ({problem.count:,} times)" if problem.count > 1 else ""
        yield Obstacle(head, at, f"{problem.message}{more}", problem.hint or "")
    if log.no_verdict and not any(problem.message == log.no_verdict for problem in log.problems):
        yield Obstacle("no verdict", "", log.no_verdict)
    for rule, reason in sorted((log.required or {}).items()):
        yield Obstacle("required", rule, reason)


def remarks(finding: Finding, since: str) -> Iterator[str]:
    """Yield when a finding held, where, since when it is known, and how sure it is."""
    confidence = "" if finding.confidence == "high" else f"{finding.confidence} confidence"
    split = SPLITS.get(finding.split, finding.split)
    return filter(None, (held(finding), split, since, confidence))


def _which(run: RunSummary, runs: int) -> str:
    """Return which run it is and where it was resumed, empty for the only, unbroken one."""
    resumed = f"resumed at {', '.join(moment(place) for place in run.resumed)}"
    if runs == 1:
        return resumed if run.resumed else ""
    return f"run {run.number} of {runs}" + (f" ({resumed})" if run.resumed else "")


def _progress(run: RunSummary) -> str:
    """Return how far it is, and of how many epochs, unless it is past them or none were meant."""
    planned = run.planned_epochs
    if run.epoch is not None and planned is not None and run.epoch <= planned < _ENDLESS:
        return f"epoch {ordinal(run.epoch)} of {ordinal(planned)}"
    return moment(run.last) if run.epoch is None else f"epoch {ordinal(run.epoch)}"


def _utterances(count: object) -> str:
    if isinstance(count, int | float) and not isinstance(count, bool):
        return plural(round(count), "utterance") if count == count else ""
    return ""
