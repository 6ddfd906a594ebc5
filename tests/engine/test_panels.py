"""Spectrograms of samples for reports: which are shown, on which scale, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from healthlint.engine import choose
from healthlint.engine.panels import MOST_SOUND, panels
from healthlint.readers import read
from healthlint.report import Panel
from healthlint.reporters import columns

RATE, HOP = 22050, 256


def mel(seed: int = 0, frames: int = 400, level: float = 0.0) -> np.ndarray:
    """Return ln-power of noise, shape (frames, 80)."""
    rng = np.random.default_rng(seed)
    return (level + rng.normal(0.0, 2.0, (frames, 80))).astype(np.float32)


def save(path: Path, values: np.ndarray) -> str:
    path.parent.mkdir(exist_ok=True)
    np.savez(path, mel=values, sample_rate=RATE, hop_length=HOP, scale="ln-power")
    return f"{path.parent.name}/{path.name}"


def shown(folder: Path, rows: list[dict[str, object]]) -> list[Panel]:
    lines: list[dict[str, object]] = []
    for row in rows:
        lines.append({"step": row["step"], "epoch": row["epoch"], "mel_loss": 0.5})
        lines.append({"_type": "event", "event": "sample", **row})
    path = folder / "logs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    log = read(str(path), {})
    return panels(log, choose(log, "last"))


def row(folder: Path, epoch: int, clip: str = "one", **more: object) -> dict[str, object]:
    name = save(folder / "samples" / f"{clip}-{epoch}.npz", mel(epoch))
    return {"step": epoch * 10, "epoch": epoch, "clip": clip, "mel": name, **more}


def test_epochs_are_spread_and_the_recording_is_last(tmp_path: Path) -> None:
    target = save(tmp_path / "samples" / "target.npz", mel(99))
    rows = [row(tmp_path, at, target_mel=target, text="мама") for at in range(1, 12)]
    (panel,) = shown(tmp_path, rows)
    assert (panel.clip, panel.text) == ("one", "мама")
    assert [one.epoch for one in panel.pictures] == [1, 3, 6, 9, 11, None]
    assert [one.is_recording for one in panel.pictures] == [False] * 5 + [True]
    assert all(0 < one.sharpness <= 1 for one in panel.pictures[:5])
    seconds = panel.pictures[0].width * HOP / RATE
    assert seconds == pytest.approx(3.0, abs=HOP / RATE)


def wave_file(path: Path, size: int, head: bytes = b"RIFF....WAVE") -> str:
    path.write_bytes(head + bytes(size - len(head)))
    return f"{path.parent.name}/{path.name}"


def test_what_was_announced_can_be_heard_where_it_is_short_enough(tmp_path: Path) -> None:
    target = save(tmp_path / "samples" / "target.npz", mel(99))
    folder = tmp_path / "samples"
    sounds = {
        1: wave_file(folder / "1.wav", MOST_SOUND),
        2: wave_file(folder / "2.wav", MOST_SOUND + 1),
        3: wave_file(folder / "3.wav", 99, head=b"ID3"),
        4: "samples/absent.wav",
        5: wave_file(tmp_path.parent / "outside.wav", 99),
    }
    more = {"target_mel": target, "target_wav": wave_file(folder / "t.wav", 44)}
    rows = [row(tmp_path, at, wav=name, **more) for at, name in sounds.items()]
    (panel,) = shown(tmp_path, rows)
    assert [len(one.sound) for one in panel.pictures] == [MOST_SOUND, 0, 0, 0, 0, 44]


def test_levels_are_decibels_under_the_recording_the_highest_band_first(tmp_path: Path) -> None:
    bands = np.zeros((300, 80), np.float32)
    bands[:, 79] = np.log(10.0) * 2  # ln of power: 20 dB over the others
    bands[:, 0] = -np.log(10.0) * 9  # 90 dB under them
    target = save(tmp_path / "samples" / "target.npz", bands)
    quieter = save(tmp_path / "samples" / "quiet.npz", bands - np.log(10.0) * 1.2)  # 12 dB
    rows = [{"step": 1, "epoch": 1, "mel": quieter, "target_mel": target}]
    (panel,) = shown(tmp_path, rows)
    sample, recording = (
        np.frombuffer(one.pixels, np.uint8).reshape(one.height, one.width) for one in panel.pictures
    )
    assert recording.shape[0] == 80
    assert set(recording[0]) == {255}
    assert set(recording[40]) == {170}  # 20 of 60 dB down
    assert set(recording[79]) == {0}
    assert set(sample[0]) == {204}  # 12 of 60 dB down
    assert set(sample[40]) == {119}


def test_two_clips_at_most(tmp_path: Path) -> None:
    rows = [row(tmp_path, 1, clip) for clip in ("a", "b", "c")]
    assert [one.clip for one in shown(tmp_path, rows)] == ["a", "b"]


def test_without_a_recording_nothing_is_said_of_sharpness(tmp_path: Path) -> None:
    (panel,) = shown(tmp_path, [row(tmp_path, 1)])
    assert len(panel.pictures) == 1
    assert np.isnan(panel.pictures[0].sharpness)


@pytest.mark.parametrize("name", ["samples/none.npz", "../outside.npz", "samples/bad.npz"])
def test_what_cannot_be_read_is_left_out(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    save(tmp_path / "outside.npz", mel())
    (folder / "samples").mkdir()
    (folder / "samples" / "bad.npz").write_bytes(b"PK nothing")
    good = row(folder, 2)
    assert shown(folder, [{"step": 1, "epoch": 1, "clip": "x", "mel": name}]) == []
    (panel,) = shown(folder, [{"step": 1, "epoch": 1, "clip": "one", "mel": name}, good])
    assert [one.epoch for one in panel.pictures] == [2]


def test_only_formats_that_show_pictures_pay_for_them() -> None:
    assert columns(["html"]) > 0
    assert columns(["json"]) == columns(["full"]) == 0
