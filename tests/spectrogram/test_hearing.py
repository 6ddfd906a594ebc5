"""What one sample says of itself: near misses on both sides of each bound."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from spectrogram.voices import voice

from healthlint.spectrogram import Front, log_mel
from healthlint.spectrogram.hearing import hear, references

soundfile = pytest.importorskip("soundfile")
RATE = 22050


def write(path: Path, wave: NDArray[np.floating]) -> Path:
    soundfile.write(path, wave, RATE, subtype="FLOAT")
    return path


def of_level(level_db: float) -> NDArray[np.float64]:
    wave = voice(1)
    return np.asarray(wave * 10 ** (level_db / 20) / np.sqrt(np.mean(wave**2)))


@pytest.mark.parametrize(("level", "is_silent"), [(-60.5, True), (-59.5, False)])
def test_silent_is_under_minus_60_db(tmp_path: Path, level: float, is_silent: bool) -> None:
    heard = hear(write(tmp_path / "a.wav", of_level(level)))
    assert heard.level_db == pytest.approx(level, abs=0.01)
    assert ("silent" in heard.troubles) is is_silent


@pytest.mark.parametrize(("many", "is_clipped"), [(9, False), (12, True)])
def test_clipped_is_one_sample_in_a_thousand(tmp_path: Path, many: int, is_clipped: bool) -> None:
    wave = 0.5 * voice(1)[: 10 * 1000] / np.abs(voice(1)).max()
    wave[:many] = 1.0
    heard = hear(write(tmp_path / "a.wav", wave))
    assert heard.clipped == many / 10_000
    assert ("clipped" in heard.troubles) is is_clipped


def test_pauses_and_rate(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(np.arange(2 * RATE))
    wave = np.concatenate([np.zeros(RATE // 2), tone, np.zeros(RATE)])
    heard = hear(write(tmp_path / "a.wav", wave), text="ab, cd 12!")
    assert heard.seconds == pytest.approx(3.5)
    assert heard.leading_seconds == pytest.approx(0.5, abs=0.02)
    assert heard.trailing_seconds == pytest.approx(1.0, abs=0.02)
    assert heard.speech_seconds == pytest.approx(2.0, abs=0.03)
    assert heard.rate == pytest.approx(3.0, rel=0.02)


def test_without_a_text_there_is_no_rate(tmp_path: Path) -> None:
    assert math.isnan(hear(write(tmp_path / "a.wav", voice(1))).rate)


def test_against_references(tmp_path: Path) -> None:
    for seed in range(5):
        np.save(tmp_path / f"{seed}.npy", log_mel(voice(seed), Front()))
    known = references([str(tmp_path)])
    assert known.problems == ()
    heard = hear(write(tmp_path / "new.wav", voice(6)), known.known)
    assert heard.verdict is not None and heard.verdict.name == "sharp"
    assert heard.troubles == ()
    assert heard.is_judged
    assert 0.7 < heard.share <= 1.0


def test_a_mel_has_a_length_and_no_level(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", log_mel(voice(1), Front()))
    heard = hear(tmp_path / "a.npy")
    assert heard.seconds == pytest.approx(len(voice(1)) / RATE, abs=0.03)
    assert math.isnan(heard.level_db) and math.isnan(heard.peak)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "the file is empty"), (b"RIFF nonsense", "no sound file that can be read")],
)
def test_what_is_no_sound(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    assert hear(tmp_path / "a.wav").problem.startswith(problem)


def test_no_file(tmp_path: Path) -> None:
    assert "no " in hear(tmp_path / "none.wav").problem


def test_a_folder_without_references_is_told(tmp_path: Path) -> None:
    found = references([str(tmp_path)])
    assert found.known is None
    assert found.problems == (f"{tmp_path}: no sound, array or image in this folder",)
