"""Logs that grow while a simulated clock runs."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from healthlint.checking.selection import selected
from healthlint.report import Finding
from healthlint.rulebook import Rulebook
from healthlint.watching import Event, Plan, Watched

ROOT = Path(__file__).parents[2] / "fixtures"
START = time.time()
SINK = "test"


@cache
def rulebook() -> Rulebook:
    return selected((), (), (), "default")


def plan() -> Plan:
    return Plan(rulebook=rulebook())


def lines_of(path: Path) -> list[bytes]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.splitlines(keepends=True)


def watched(path: Path, own: Plan | None = None) -> Watched:
    return Watched(str(path), own or plan(), frozenset({SINK}), frozenset({SINK}))


def taken(log: Watched) -> list[Event]:
    """Return what is to be told, as a sink that takes all of it."""
    events = log.owed(SINK)
    log.arrived([event.id for event in events], SINK)
    return events


def replayed(lines: list[bytes], path: Path, chunk: int, seconds: float = 5.0) -> list[Event]:
    """Return what a watch tells of a log to which some lines are added at a time."""
    log, told, now = watched(path), [], START
    with path.open("ab") as out:
        for at in range(0, len(lines), chunk):
            out.write(b"".join(lines[at : at + chunk]))
            out.flush()
            now += seconds
            log.look(now)
            told += taken(log)
    log.look(now, is_last=True)
    return told + taken(log)


def flat(findings: list[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from flat(list(finding.folded))
