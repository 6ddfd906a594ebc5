"""One scale and one order of axes for a set; contradictions are refused with both readings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from spectrogram.voices import voice

from healthlint.spectrogram import Front, SpectrogramError, log_mel
from healthlint.spectrogram.agreeing import side, sides
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.measuring import measured
from healthlint.spectrogram.scales import FACTORS

MELS = [log_mel(voice(seed), Front()) for seed in range(6)]
MATCHA = [(mel + 5.52) / 2.07 for mel in MELS]


def saved(folder: Path, name: str, mels: Sequence[np.ndarray]) -> list[str]:
    (folder / name).mkdir()
    paths = [folder / name / f"{number}.npy" for number in range(len(mels))]
    for path, mel in zip(paths, mels, strict=True):
        np.save(path, mel)
    return [str(path) for path in paths]


def whisper(mel: np.ndarray) -> np.ndarray:
    decades = 2 * mel / np.log(10)
    return np.asarray((np.maximum(decades, decades.max() - 8) + 4) / 4)


@pytest.mark.parametrize("scale", ["ln-amp", "ln-power", "log10-amp", "db", "styletts2"])
def test_a_scale_is_recognised_once_for_all(tmp_path: Path, scale: str) -> None:
    made = [(mel + (5.0 if scale == "styletts2" else 0.0)) / FACTORS[scale] for mel in MELS]
    first, second = sides(
        saved(tmp_path, "a", made[:3]), saved(tmp_path, "b", made[3:]), Settings()
    )
    assert first.scale == second.scale == ("z-scored" if scale == "styletts2" else scale)
    assert first.is_guess


def test_a_normalised_set_is_one_scale_though_its_files_differ(tmp_path: Path) -> None:
    mels = [mel + shift for mel, shift in zip(MATCHA, (-0.6, 0.5, 0.1, -0.2, 0.4, 0), strict=True)]
    first, second = sides(
        saved(tmp_path, "a", mels[:3]), saved(tmp_path, "b", mels[3:]), Settings()
    )
    assert (first.scale, second.scale) == ("z-scored", "z-scored")


def test_whisper_brings_its_front_end(tmp_path: Path) -> None:
    (path,) = saved(tmp_path, "a", [whisper(MELS[0])])
    settings = side([path], Settings()).settings
    assert (settings.scale, measured(path, settings).scale) == ("whisper", "whisper")


@pytest.mark.parametrize(
    ("others", "name"),
    [
        (MATCHA, "z-scored"),
        ([whisper(mel) for mel in MELS], "whisper"),
        ([mel * 8.686 for mel in MELS], "db"),
        ([mel / np.log(10) for mel in MELS], "log10-amp"),
        ([2 * mel for mel in MELS], "ln-power"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, others: list[np.ndarray], name: str) -> None:
    files = saved(tmp_path, "a", MELS), saved(tmp_path, "b", others)
    for references, rest in (files, files[::-1]):
        with pytest.raises(SpectrogramError) as error:
            sides(references, rest, Settings())
        assert "ln-amp" in str(error.value)
        assert name in str(error.value)
    assert sides(*files, Settings(scale="ln-amp"))[0] == Settings(scale="ln-amp", bands=80)


def test_one_file_of_another_scale_is_named(tmp_path: Path) -> None:
    files = saved(tmp_path, "a", [*MELS[:5], MELS[5] * 8.686])
    with pytest.raises(SpectrogramError, match=r"1 of 6 mels are read as db .*5\.npy"):
        side(files, Settings())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([np.clip(8 * (8.686 * mel + 80) / 100 - 4, -4, 4) for mel in MELS], "--scale rayhane"),
        ([np.clip((mel / 2.3026 + 6) / 7.5 * 2 - 1, -1, 1) for mel in MELS], "log10-amp"),
        ([np.exp(mel) for mel in MELS], "--scale amp or power"),
    ],
)
def test_what_is_in_no_unit_is_asked_for(
    tmp_path: Path, values: list[np.ndarray], words: str
) -> None:
    with pytest.raises(SpectrogramError, match=words):
        side(saved(tmp_path, "a", values), Settings())


@pytest.mark.parametrize("frames", [96, 100, 120, 128, 160, 192, 229, 256])
def test_transposed_mels_of_any_length_are_put_upright(tmp_path: Path, frames: int) -> None:
    mels = [mel[:, 20 : 20 + frames] for mel in MELS]
    (path,) = saved(tmp_path, "one", [mels[0].T])
    upright, lying = (measured(one, Settings(scale="ln-amp")) for one in (path, path))
    assert upright.sharpness is not None
    assert len(upright.sharpness.by_band) == 80
    assert lying.problem == ""
    settings = side(saved(tmp_path, "many", [mel.T for mel in mels]), Settings()).settings
    assert settings.bands == 80


def test_a_common_side_tells_the_bands(tmp_path: Path) -> None:
    mels = [mel[:, :frames].T for mel, frames in zip(MELS, (100, 80, 96, 23, 120, 64), strict=True)]
    assert side(saved(tmp_path, "a", mels), Settings()).settings.bands == 80


def test_sound_and_mels_with_a_unit_are_compared(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.wav", voice(0), 22050)
    sound = [str(tmp_path / "a.wav")]
    assert sides(sound, saved(tmp_path, "a", MELS), Settings())[1].scale == "ln-amp"
    with pytest.raises(SpectrogramError, match="the references are read as sound"):
        sides(sound, saved(tmp_path, "b", MATCHA), Settings())


def test_nothing_is_known_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"")
    assert sides([], [str(tmp_path / "a.npy")], Settings()) == (Settings(), Settings())
