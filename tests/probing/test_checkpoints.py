"""Which files are checkpoints, and in which order they are probed."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.probing import ProbeError
from healthlint.probing.checkpoints import checkpoints


def names(folder: Path, *files: str) -> list[str]:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return [one.name for one in checkpoints([str(folder)])[0]]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            ["checkpoint_epoch_10.pth", "checkpoint_epoch_9.pth", "phoneme_processor.pkl"],
            ["checkpoint_epoch_9.pth", "checkpoint_epoch_10.pth"],
        ),
        (["G_8000.pth", "G_900.pth", "D_900.pth", "DUR_900.pth"], ["G_900.pth", "G_8000.pth"]),
        (
            ["epoch=10-step=90.ckpt", "epoch=9-step=80.ckpt"],
            ["epoch=9-step=80.ckpt", "epoch=10-step=90.ckpt"],
        ),
        (
            ["checkpoint-500/model.safetensors", "checkpoint-1000/model.safetensors"],
            ["checkpoint-500", "checkpoint-1000"],
        ),
        (
            ["checkpoints/epoch_005.pt", "checkpoints/epoch_010.pt", "logs.jsonl"],
            ["epoch_005.pt", "epoch_010.pt"],
        ),
        (["epoch_1.pt", "epoch_2.pt", "best.pt"], ["epoch_1.pt", "epoch_2.pt", "best.pt"]),
    ],
)
def test_a_course(tmp_path: Path, files: list[str], expected: list[str]) -> None:
    assert names(tmp_path, *files) == expected


@pytest.mark.parametrize(
    "files",
    [
        ["model.pth", "config.json"],
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
        ["checkpoint_epoch_9.pth", "phoneme_processor.pkl"],
    ],
)
def test_one_model(tmp_path: Path, files: list[str]) -> None:
    assert names(tmp_path, *files) == [tmp_path.name]


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="the folder is empty"):
        names(tmp_path)


def test_nothing_named() -> None:
    with pytest.raises(ProbeError, match="no model named"):
        checkpoints([])
