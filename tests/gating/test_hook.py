"""A git repository whose hooks the real pre-commit installed: a sick checkpoint stays out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from cli.harness import SCRIPT, rows, write_rows
from gating.making import checkpoint, torch_zip, weights
from gating.place import spoken

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


def hook() -> dict[str, object]:
    listed = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    return next(one for one in listed if one["id"] == "healthlint-gate")


@pytest.mark.parametrize(
    ("path", "is_taken"),
    [
        ("model.pt", True),
        ("runs/a/checkpoint_epoch_5.pth", True),
        ("last.ckpt", True),
        ("model-00001-of-00002.safetensors", True),
        ("hf/pytorch_model.bin", True),
        ("tokens.bin", False),
        ("hf/optimizer.pt", False),
        ("hf/rng_state_0.pth", False),
        ("notes.pt.md", False),
    ],
)
def test_files_of_the_hook(path: str, is_taken: bool) -> None:
    own = hook()
    taken = re.search(str(own["files"]), path) and not re.search(str(own["exclude"]), path)
    assert bool(taken) == is_taken


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    pytest.importorskip("pre_commit")
    if not shutil.which("git"):
        pytest.skip("git is missing")
    own = hook()
    words = shlex.split(str(own["entry"]))
    own |= {"language": "system", "entry": shlex.join([str(SCRIPT), *words[1:]])}
    del own["additional_dependencies"]  # of an environment that this test does not build
    config = {"repos": [{"repo": "local", "hooks": [own]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    write_rows(tmp_path / "logs.jsonl", map(spoken, rows(20)))
    _run(tmp_path, "git", "init", "-q")
    _run(tmp_path, sys.executable, "-m", "pre_commit", "install")
    assert _commit(tmp_path, ".").returncode == 0
    return tmp_path


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PRE_COMMIT_HOME": str(folder / ".git" / "pre-commit"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@example.org"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def _commit(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    _run(folder, "git", "add", path)
    return _run(folder, "git", "commit", "-qm", "one")


def test_a_sick_one_stays_out_and_a_healthy_one_gets_in(repository: Path) -> None:
    sick = weights()
    sick["encoder.bias"][2] = np.nan
    torch_zip(repository / "model.pt", checkpoint(20, model=sick))
    done = _commit(repository, "model.pt")
    assert done.returncode == 1
    assert "not finite: 1 in encoder.bias, the first at [2]" in done.stdout + done.stderr
    torch_zip(repository / "model.pt", checkpoint(20))
    done = _commit(repository, "model.pt")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _run(repository, "git", "ls-files", "model.pt").stdout == "model.pt\n"


def test_the_installed_command_needs_no_torch(tmp_path: Path) -> None:
    """It runs where torch cannot be imported, and says so in every format it has."""
    (tmp_path / "torch.py").write_text("raise ImportError('torch is not to be imported')")
    write_rows(tmp_path / "logs.jsonl", map(spoken, rows(20)))
    torch_zip(tmp_path / "model.pt", checkpoint(20))
    for form, said in (
        ("full", "ship: "),
        ("github", "::notice file=model.pt"),
        ("markdown", "### model.pt: ship"),
    ):
        done = subprocess.run(
            [str(SCRIPT), "gate", "-o", form, "model.pt"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout
