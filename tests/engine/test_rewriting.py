"""The verdict does not depend on how a run is written down: a part of benchmarks/rewriting.py.

Three real runs, each fault of another kind: a level that leaves its best, a rate, a number that is
none. The benchmark itself takes every real run at hand.
"""

from __future__ import annotations

from functools import cache
from math import isnan
from pathlib import Path

import pytest
from rewriting import ROOT, WAYS, WITHOUT_STEPS, Source, Way, asked, rewritten, source
from written import as_jsonl, values

RUNS = ("over-smoothed", "lr-jump", "nan")
LEFT_TO_THE_BENCHMARK = {"thinned by two", "names: coqui", "names: nemo", "names: parallel-wavegan"}


@cache
def real(name: str) -> Source:
    found = source(ROOT / f"fixtures/runs/{name}/logs.jsonl", name)
    assert found is not None
    return found


def test_the_runs_fail_by_rules_that_need_no_epochs() -> None:
    failed = [set(real(name).said) for name in RUNS]
    assert {"tts/over-smoothing"} <= failed[0]
    assert {"core/lr-jump"} <= failed[1]
    assert {"core/non-finite"} <= failed[2]
    assert "tts/detail-stalls" not in asked()


@pytest.mark.parametrize("way", sorted(WAYS.keys() - LEFT_TO_THE_BENCHMARK))
def test_the_same_rules_fail_at_the_same_place(way: str, tmp_path: Path) -> None:
    found = Way()
    for name in RUNS:
        has_steps = way not in WITHOUT_STEPS
        rewritten(real(name), WAYS[way], found, tmp_path / name, has_steps=has_steps)
    assert found.runs == len(RUNS)
    assert found.exceptions == []


def test_rows_hold_every_value_of_a_run() -> None:
    run = real("over-smoothed")
    assert len(run.rows) == 108
    assert values(run.rows[0])["train/total_loss"] == 4.306418


def test_a_rule_that_is_gone_is_an_exception(tmp_path: Path) -> None:
    """A rewriting that mends the fault would be seen."""
    found, run = Way(), real("nan")
    sound = [{key: 1.0 if isnan(v) else v for key, v in row.items()} for row in run.rows]
    rewritten(run, lambda _: as_jsonl(sound), found, tmp_path)
    assert any("`core/non-finite` is gone" in text for text in found.exceptions)
