"""What is read of a zip file is what ``torch.load`` reads of it, or the file is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gating.zip_tricks import TRICKS, write

from healthlint.checkpoints import CheckpointError, read
from healthlint.checkpoints.arrays import array

REFUSED_BY_US_ALONE = 12
"""Tricks at least that torch reads in silence, one way of several."""
LOADS = """
import json, sys, torch
said = {}
for name, path in json.load(sys.stdin).items():
    try:
        said[name] = torch.load(path, weights_only=True)["w"].tolist()
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}"[:100]
print(json.dumps(said))
"""


def test_reading_is_that_of_torch_or_none(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    files = write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADS],
        input=json.dumps({name: str(path) for name, path in files.items()}),
        capture_output=True,
        text=True,
        check=True,
    )
    by_torch = json.loads(done.stdout)
    ours = {name: _read(path) for name, path in files.items()}
    table = "\n".join(f"{name}: {ours[name]} | {by_torch[name]}" for name in files)
    differing = [
        name for name in files if isinstance(ours[name], list) and ours[name] != by_torch[name]
    ]
    assert differing == [], table
    alone = [n for n in files if isinstance(by_torch[n], list) and isinstance(ours[n], str)]
    assert len(alone) >= REFUSED_BY_US_ALONE, table


@pytest.mark.parametrize("name", ["plain", "local extra", "long table", "wrong checksum"])
def test_what_all_readers_see_alike_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(TRICKS[name]())
    assert _read(path) == [1.0, 1.0, 1.0]


def _read(path: Path) -> list[float] | str:
    try:
        own = read(str(path))
    except CheckpointError as error:
        return f"refused: {error}"
    if own.classes:
        return f"foreign: {own.classes}"
    return array(own.weights["w"]).tolist()
