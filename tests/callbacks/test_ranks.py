"""A stop that one process reads ends all of them after the same step; none is left waiting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from callbacks.test_frameworks import STOPPED_AFTER, statuses

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("framework", ["transformers", "lightning", "accelerate"])
def test_all_ranks_stop_after_the_same_step(framework: str, tmp_path: Path) -> None:
    pytest.importorskip(framework)
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "torch.distributed.run",
                "--standalone",
                "--nproc_per_node",
                "2",
            ),
            *(str(Path(__file__).with_name("ranks.py")), framework, str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count(f"stopped after {STOPPED_AFTER}") == 2
    assert statuses(tmp_path / "logs.jsonl") == ["stopped"]
