"""A report shows itself in a notebook: a few kilobytes, escaped, worst first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reporters.canonical import REPORTS, SICK

from healthlint.report import Report


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_takes_a_few_kilobytes_and_runs_nothing(name: str) -> None:
    text = REPORTS[name]._repr_html_()
    assert len(text.encode()) < 6000
    assert "<script" not in text
    assert "\x1b" not in text


def test_one_log_is_told_in_full() -> None:
    text = Report(version="0", fail_on="error", logs=[SICK])._repr_html_()
    assert text == SICK._repr_html_()
    assert "over-smoothing since epoch 25" in text
    assert "error tts/over-smoothing" in text


def test_of_many_logs_the_worst_come_first() -> None:
    names = [f"runs/{number}/logs.jsonl" for number in range(30)]
    report = replace(REPORTS["healthy"], logs=[replace(SICK, path=name) for name in names])
    healthy = replace(REPORTS["healthy"].logs[0], path="runs/well/logs.jsonl")
    text = replace(report, logs=[healthy, *report.logs])._repr_html_()
    assert "31 logs: 30 stop, 1 go on (the worst 20)" in text
    assert text.count("<tr>") == 20
    assert "well" not in text
    assert len(text.encode()) < 8000
