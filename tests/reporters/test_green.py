"""No format is green where a rule that matters most could not look, on any log."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reporters.canonical import HEALTHY, REPORTS

import healthlint
from healthlint.report import LogReport, Report
from healthlint.reporters import Style, formats, render
from healthlint.rulebook import load

ODD = Path(__file__).parents[2] / "fixtures" / "scars"
SCARS = sorted(one for one in ODD.iterdir() if one.suffix != ".yaml")[::3]
PLACES = [parent / "shared" / "data" / "real-logs" for parent in Path(__file__).parents]
REAL = next((one for one in PLACES if one.is_dir()), PLACES[0])
VITAL = {rule.id for rule in load().rules if rule.vital}
FEWEST = 8


def _is_passed(text: str) -> bool:
    parts = next(ET.fromstring(text).iter("testcase"))
    return {part.tag for part in parts} <= {"system-out"}


# What shows each format to be green; the others show nothing that is.
GREENS: dict[str, Callable[[str], bool]] = {
    "badge": lambda text: "#3c8d40" in text,
    "concise": lambda text: "\x1b[1;32m" in text,
    "full": lambda text: "\x1b[1;32m" in text,
    "html": lambda text: 'class="pill good"' in text or 'class="banner good"' in text,
    "json": lambda text: '"is_green": true' in text,
    "jsonl": lambda text: '"is_green":true' in text,
    "junit": _is_passed,
    "line": lambda text: "\x1b[1;32m" in text,
    "markdown": lambda text: "🟢" in text,
    "sarif": lambda text: '"isGreen": true' in text,
}
REMARKS = {"github", "gitlab", "rdjsonl"}
"""Formats of remarks, in which nothing is green but silence."""


def green_in(report: Report) -> set[str]:
    """Return the formats that show a report as green."""
    shown = {name for name, is_green in GREENS.items() if is_green(_rendered(report, name))}
    notebook = {"notebook"} if "#17703f" in report._repr_html_() else set()
    silent = {name for name in REMARKS if _is_silent(_rendered(report, name))}
    return shown | notebook | silent


def _rendered(report: Report, name: str) -> str:
    return render(report, name, Style(color=True))


def _is_silent(text: str) -> bool:
    return text.strip() in ("", "[]") or text.startswith("GO ON")


def test_every_format_is_known_here() -> None:
    assert {*GREENS, *REMARKS} == set(formats())


def test_what_is_as_wanted_is_green_in_every_format() -> None:
    report = replace(REPORTS["healthy"], logs=[replace(HEALTHY, unseen={})])
    assert green_in(report) >= {*GREENS, "notebook"}


def test_what_a_vital_rule_did_not_see_is_green_in_none() -> None:
    answer = replace(HEALTHY.answer, is_green=False)
    blind = replace(HEALTHY, answer=answer, unseen={"core/overfit": "no val/total_loss"})
    assert green_in(replace(REPORTS["healthy"], logs=[blind])) == set()


def is_blind(log: LogReport) -> bool:
    """Return whether a rule that matters most could not look at a log, or too little is there."""
    unseen = [one for one in log.verdicts if one.rule in VITAL and _is_open(one.state)]
    is_short = log.run is None or log.run.records < FEWEST
    return bool(unseen) or is_short or bool(log.no_verdict)


def _is_open(state: str) -> bool:
    return state in ("pending", "not_judged", "error")


def judged(paths: list[Path]) -> Iterator[Report]:
    for path in paths:
        yield healthlint.check(path)


def test_no_odd_log_is_green_where_something_vital_was_not_seen() -> None:
    reports = list(judged(SCARS))
    blind = [one for one in reports if is_blind(one.logs[0])]
    assert len(blind) > 5
    assert [one.logs[0].path for one in blind if one.logs[0].answer.is_green] == []
    assert {name for one in blind[:5] for name in green_in(one)} == set()


@pytest.mark.skipif(not REAL.is_dir(), reason="the real logs are not here")
def test_no_real_log_is_green_where_something_vital_was_not_seen() -> None:
    import yaml

    cases = yaml.safe_load((REAL / "index.yaml").read_text())["cases"]
    reports = list(judged([REAL / case["path"] for case in cases]))
    blind = [one for one in reports if any(map(is_blind, one.logs))]
    assert blind
    assert {name for one in blind for name in green_in(one)} == set()
