"""The six runs of ``docs/reading.md``: what each is, since when, what now, and its report."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sessions import ROOT, shown

import healthlint
from healthlint.terminal.words import moment

TWO = (
    '{"step": 100, "train/mel_loss": 1.21}\n'
    '{"step": 200, "train/mel_loss": 0.94}\n'
)  # fmt: skip
# Name, log, and the lines of its report before reports began with the answer.
RUNS = (
    ("Healthy", "fixtures/runs/healthy-espeak/logs.jsonl", 30),
    ("Over-smoothed", "fixtures/runs/over-smoothed/logs.jsonl", 42),
    ("Dead of NaN", "fixtures/runs/nan/logs.jsonl", 54),
    ("A VITS of somebody else", "fixtures/scars/vits.log", 52),
    ("Two lines", "two.jsonl", 38),
    ("Finished in Alien", "fixtures/runs/healthy-festvox/logs.jsonl", 29),
)


def reading_session() -> str:
    """Return a table of the answers, then each report."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "two.jsonl").write_text(TWO, encoding="utf-8")
        rows, reports = [], []
        for title, log, before in RUNS:
            folder = ROOT if (ROOT / log).exists() else Path(name)
            told = shown(["check", log], folder)
            answer = healthlint.check(folder / log).logs[0].answer
            since = moment(answer.since) if answer.since else ""
            now = len(told.splitlines()) - 2
            cells = [title, answer.state, answer.reason, since, answer.next, f"{before} → {now}"]
            rows.append(f"| {' | '.join(cells)} |")
            reports.append(f"## {title}\n\n```\n{told}```\n")
    head = "| run | answer | what it is | since | what now | lines, before → now |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows, "", *reports])
