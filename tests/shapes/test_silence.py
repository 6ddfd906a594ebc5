"""Healthy logs of every shape raise nothing at warning or above; faults are named.

Seeds 0 to 9,999 belong to these tests, from 10,000 to those who tune bounds; the figures in
docs/alarms.md come from others (``python benchmarks/alarms.py``).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from alarms import judge, loud, search, silence
from examples import IS_THOROUGH
from intervals import lower, upper
from rivals import Rivals, table
from shapes.draw import Draw
from shapes.faults import FAULTS
from shapes.healthy import HEALTHY, appended

SEEDS = range(5 if IS_THOROUGH else 2)
FAULTY_SEEDS = range(3 if IS_THOROUGH else 2)
KNOWN = {"outlying_validation": {3}}
"""Logs that are accused: a dip among the first looks, before the noise is known, is their best."""


@pytest.fixture
def nobody(tmp_path: Path) -> Rivals:
    return Rivals("", tmp_path / "tables")


@pytest.mark.parametrize("shape", HEALTHY)
def test_a_healthy_shape_is_silent(shape: str, tmp_path: Path, nobody: Rivals) -> None:
    found = silence(shape, SEEDS, tmp_path, "default", nobody)
    assert found.noisy <= KNOWN.get(shape, set())
    assert found.unjudged == 0
    # silence is no ignorance: most of the rules whose metrics are there came to a verdict
    assert found.passed > (0.45 if shape == "short_log" else 0.6) * found.judged
    assert found.judged > 0.25 * found.verdicts


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(name: str, tmp_path: Path, nobody: Rivals) -> None:
    found = search(name, FAULTY_SEEDS, tmp_path, nobody)
    assert len(found.delays) >= len(FAULTY_SEEDS) - 1
    assert found.early == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_log_of_32_runs_is_judged_on_its_last(seed: int, tmp_path: Path) -> None:
    """31 runs that stop somewhere, then one that was resumed three times: no spike, no climb."""
    report = judge(tmp_path, appended(Draw("appended", seed), 32, resumes=3), "all")
    assert report.run is not None
    assert (report.run.number, report.run.attempts) == (32, 4)
    assert [run.number for run in report.other_runs] == list(range(1, 32))
    said = {finding.rule for finding in report.findings}
    assert not said & {"core/loss-spike", "core/divergence", "core/overfit", "core/lr-jump"}
    assert loud(report) == set()


def test_bounds_of_shares_are_exact() -> None:
    """None of 59 is the least that shows 95 % at 95 %; scipy.stats.beta gives the others."""
    assert round(upper(0, 59), 4) == 0.0495
    assert round(upper(3, 100), 5) == 0.07571
    assert round(lower(97, 100), 5) == 0.92429
    assert upper(5, 5) == 1.0


def test_other_tools_get_the_rows_of_training_with_validation_beside() -> None:
    text = (
        '{"_type":"run"}\n'
        '{"step":1,"train/total_loss":2.0,"train/mel_loss":1.5,"lr":0.1}\n'
        '{"step":1,"val/total_loss":1.75}\n'
        '{"step":2,"train/total_loss":1.0,"lr":0.1,"grad_norm":3.0}\n'
    )
    expected = (
        "step,loss,eval_loss,learning_rate,grad_norm\r\n1,2.0,1.75,0.1,\r\n2,1.0,,0.1,3.0\r\n"
    )
    assert table(text) == expected
