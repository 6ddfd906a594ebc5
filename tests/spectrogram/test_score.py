"""The score: what may move it, what may not, and that any array gets a number or a reason."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from spectrogram.voices import RATE, voice

from healthlint.spectrogram import Front, SpectrogramError, log_mel, sharpness
from healthlint.spectrogram.inputs import Settings, of_array
from healthlint.spectrogram.judging import baseline, judge
from healthlint.spectrogram.structure import NEPER_DB

FRONT = Front()
MELS = [log_mel(voice(seed), FRONT) for seed in range(4)]
GAP_DB = 2.6  # recordings to over-smoothed systems, on real speech


def total(mel: np.ndarray, front: Front = FRONT) -> float:
    return sharpness(mel, front).total_db


def blurred(mel: np.ndarray, time: float, frequency: float) -> np.ndarray:
    ndimage = pytest.importorskip("scipy.ndimage")
    return ndimage.gaussian_filter(mel, (frequency, time))


@pytest.mark.parametrize("axes", [(1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("mel", MELS)
def test_more_blur_is_never_sharper(mel: np.ndarray, axes: tuple[int, int]) -> None:
    sigmas = (0.0, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
    totals = [total(blurred(mel, s * axes[0], s * axes[1])) for s in sigmas]
    assert totals == sorted(totals, reverse=True)
    assert totals[0] - totals[4] > GAP_DB


@pytest.mark.parametrize("mel", MELS)
def test_blur_lowers_the_number_of_its_axis_most(mel: np.ndarray) -> None:
    sharp = sharpness(mel, FRONT)
    in_time, in_frequency = (sharpness(blurred(mel, *s), FRONT) for s in ((1, 0), (0, 1)))
    assert in_time.fast_db - sharp.fast_db < -1.0
    assert in_frequency.detail_db - sharp.detail_db < -1.5
    assert (
        in_time.frequency_db - sharp.frequency_db > in_frequency.frequency_db - sharp.frequency_db
    )
    assert in_time.static_db < sharp.static_db


@pytest.mark.parametrize("mel", MELS)
def test_a_gain_changes_nothing(mel: np.ndarray) -> None:
    for decibels in (-20, 20):
        assert total(mel + decibels / NEPER_DB) == pytest.approx(total(mel), abs=0.01 * GAP_DB)


@pytest.mark.parametrize("mel", MELS)
def test_time_reversal_changes_nothing(mel: np.ndarray) -> None:
    assert total(mel[:, ::-1]) == pytest.approx(total(mel), abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_silence_at_both_ends_hardly_matters(seed: int) -> None:
    wave = voice(seed)
    quiet = 2e-5 * np.random.default_rng(9).standard_normal(RATE)
    padded = log_mel(np.concatenate([quiet, wave, quiet]), FRONT)
    assert total(padded) == pytest.approx(total(MELS[seed]), abs=0.15 * GAP_DB)


@pytest.mark.parametrize("seed", range(4))
def test_static_never_reads_sharp(seed: int) -> None:
    rng = np.random.default_rng(seed)
    speckle = rng.standard_normal(MELS[seed].shape)
    for decibels in (4, 8):
        for base in (MELS[seed], blurred(MELS[seed], 1.5, 1.5)):
            found = sharpness(base + speckle * decibels / NEPER_DB, FRONT)
            assert found.static_db > 0.15
            assert found.total_db < total(MELS[seed])


@pytest.mark.parametrize("snr", [30, 20, 10])
@pytest.mark.parametrize("seed", range(4))
def test_noise_never_makes_blur_sharp(seed: int, snr: int) -> None:
    soft = blurred(MELS[seed], 1.0, 1.0)
    rng = np.random.default_rng(seed)
    level = np.sqrt(np.mean(voice(seed) ** 2) / 10 ** (snr / 10))
    hiss = log_mel(level * rng.standard_normal(4 * RATE), FRONT)[:, : soft.shape[1]]
    mixed = np.logaddexp(2 * soft[:, : hiss.shape[1]], 2 * hiss) / 2
    assert total(mixed) < total(MELS[seed])


def test_white_noise_is_noise() -> None:
    wave = 0.05 * np.random.default_rng(1).standard_normal(3 * RATE)
    found = sharpness(log_mel(wave, FRONT), FRONT)
    assert abs(found.noise_db) < 0.5
    assert found.total_db < min(map(total, MELS))


def test_another_front_end_tells_nearly_the_same() -> None:
    for seed in range(2):
        wave = voice(seed, 4.0, 24000)
        wide = Front(sample_rate=24000, n_fft=2048, window=1200, hop=300, fmin=80.0, fmax=7600.0)
        usual = Front(sample_rate=24000)
        assert total(log_mel(wave, wide), wide) == pytest.approx(
            total(log_mel(wave, usual), usual), abs=0.5 * GAP_DB
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"sample_rate": 16000, "window": 800, "hop": 200},
        {"sample_rate": 16000},
        {"sample_rate": 24000, "hop": 300, "n_fft": 2048, "window": 1200},
        {"bands": 64},
        {"bands": 100},
    ],
)
def test_the_shift_of_a_front_end_is_taken_off(changes: dict[str, int]) -> None:
    signal = pytest.importorskip("scipy.signal")
    front = replace(FRONT, **changes)
    moved = []
    for seed in range(4):
        wave = signal.resample_poly(voice(seed), front.sample_rate // 50, RATE // 50)
        moved.append(total(log_mel(wave, front), front) - total(MELS[seed]))
    assert abs(np.mean(moved)) < 0.2 * GAP_DB


@pytest.mark.parametrize("mel", [np.zeros((80, 50)), np.full((80, 200), -11.5), MELS[0][:, :1]])
def test_silence_and_a_single_frame_have_no_numbers(mel: np.ndarray) -> None:
    found = sharpness(mel, FRONT)
    assert math.isnan(found.total_db)
    assert math.isnan(found.overall)


@pytest.mark.parametrize(
    ("mel", "words"),
    [
        (np.zeros((0, 0)), "shape (0, 0)"),
        (np.zeros((80, 0)), "shape (80, 0)"),
        (np.zeros(80), "shape (80,)"),
        (np.zeros((79, 50)), "79 rows"),
        (
            np.where(np.eye(80) > 0, np.nan, 0.0),
            "80 of 6400 values are not finite, the first in band 0",
        ),
        (np.zeros((80, 50), complex), "complex128"),
        (np.full((80, 50), 1e6), "no logarithms"),
    ],
)
def test_what_is_no_mel(mel: np.ndarray, words: str) -> None:
    with pytest.raises(SpectrogramError) as error:
        sharpness(mel, FRONT)
    assert words in str(error.value)


@pytest.mark.parametrize("bands", [16, 40, 64, 128, 256])
def test_other_numbers_of_bands(bands: int) -> None:
    front = replace(FRONT, bands=bands, n_fft=2048 if bands > 128 else 1024)
    mel = log_mel(voice(0), front)
    found = sharpness(mel, front)
    assert math.isfinite(found.total_db)
    assert len(found.by_band) == bands
    assert total(blurred(mel, 2.0, 2.0 * bands / 80), front) < found.total_db


def test_sound_without_high_bands_is_refused() -> None:
    with pytest.raises(SpectrogramError, match="between 3 and"):
        sharpness(np.zeros((80, 50)), Front(sample_rate=6000))


@given(
    st.integers(1, 40),
    st.sampled_from([0.0, 1e-9, 1.0, 5.0, 300.0]),
    st.integers(0, 3),
)
@examples(60, derandomize=True)
def test_any_array_gets_a_number_or_nan(frames: int, spread: float, seed: int) -> None:
    mel = spread * np.random.default_rng(seed).standard_normal((80, frames))
    found = sharpness(mel, FRONT)
    assert math.isnan(found.overall) or 0.0 <= found.overall <= 1.0
    assert repr(found) == repr(sharpness(mel, FRONT))


@pytest.mark.parametrize("seed", range(4))
def test_polarity_gain_and_reversal_of_the_wave_change_no_verdict(seed: int) -> None:
    known = baseline([sharpness(mel, FRONT) for mel in MELS])
    wave = voice(seed)
    usual = sharpness(log_mel(wave, FRONT), FRONT)
    for other in (-wave, 0.1 * wave, 3.0 * wave, wave[::-1]):
        found = sharpness(log_mel(other, FRONT), FRONT)
        assert found.total_db == pytest.approx(usual.total_db, abs=0.1 * GAP_DB)
        assert str(judge(found, known)) == str(judge(usual, known))


@pytest.mark.parametrize("colour", ["white", "pink"])
@pytest.mark.parametrize("seed", range(4))
def test_noise_never_raises_the_verdict(seed: int, colour: str) -> None:
    """Whatever noise is laid over blur: it is never called sharp."""
    known = baseline([sharpness(mel, FRONT) for mel in MELS])
    rng = np.random.default_rng(seed)
    hiss = np.fft.rfft(rng.standard_normal(4 * RATE))
    if colour == "pink":
        hiss /= np.sqrt(np.arange(len(hiss)) + 1.0)
    noise = np.fft.irfft(hiss)
    noise *= np.sqrt(np.mean(voice(seed) ** 2) / np.mean(noise**2))
    for width in (1.0, 1.5, 2.0):
        soft = blurred(MELS[seed], width, width)
        assert judge(sharpness(soft, FRONT), known).name == "blurred"
        for snr in (40, 30, 20, 10, 0):
            loud = log_mel(noise * 10 ** (-snr / 20), FRONT)[:, : soft.shape[1]]
            mixed = np.logaddexp(2 * soft[:, : loud.shape[1]], 2 * loud) / 2
            assert judge(sharpness(mixed, FRONT), known).name != "sharp"


@pytest.mark.parametrize("seed", range(4))
def test_digital_silence_at_both_ends_hardly_matters(seed: int) -> None:
    padded = np.concatenate([np.zeros(RATE), voice(seed), np.zeros(RATE)])
    assert total(log_mel(padded, FRONT)) == pytest.approx(total(MELS[seed]), abs=0.15 * GAP_DB)


def test_a_moment_is_not_called_silent() -> None:
    assert not sharpness(log_mel(voice(0)[:100], FRONT), FRONT).is_silent
    assert sharpness(np.full((80, 200), -11.5), FRONT).is_silent


@given(
    npst.arrays(
        dtype=st.sampled_from([np.float16, np.float32, np.float64, np.int16, np.uint8, np.bool_]),
        shape=npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=90),
        elements=None,
    )
)
@examples(150, derandomize=True)
def test_any_array_of_any_kind_gets_a_number_or_a_clear_error(mel: np.ndarray) -> None:
    try:
        given_mel = of_array(mel, Settings(), {})
        found = sharpness(given_mel.mel, given_mel.front)
    except SpectrogramError as error:
        assert len(str(error)) > 10
        return
    assert math.isnan(found.overall) or 0.0 <= found.overall <= 1.0
    assert str(judge(found))


def narrowed(seed: int, hertz: float) -> np.ndarray:
    signal = pytest.importorskip("scipy.signal")
    sections = signal.butter(12, hertz, fs=RATE, output="sos")
    return log_mel(signal.sosfiltfilt(sections, voice(seed)), FRONT)


@pytest.mark.parametrize("seed", range(4))
def test_a_band_without_sound_is_in_no_gate(seed: int) -> None:
    """Telephone sound is neither static nor blurred: nothing above 3.4 kHz is looked at."""
    found = sharpness(narrowed(seed, 3400.0), FRONT)
    assert 2500.0 < found.reach_hz < 3800.0
    assert all(math.isnan(one) for one in found.by_band[-10:])
    assert found.static_db < 0.0
    assert judge(found).name == "cannot tell"


@pytest.mark.parametrize(("hertz", "within"), [(7000.0, 0.3), (5000.0, 0.6)])
def test_narrow_sound_is_measured_on_the_bands_it_has(hertz: float, within: float) -> None:
    moved = [total(narrowed(seed, hertz)) - total(MELS[seed]) for seed in range(4)]
    assert abs(np.mean(moved)) < within * GAP_DB


def test_bands_above_all_sound_change_nothing() -> None:
    wide = Front(sample_rate=44100, n_fft=2048, hop=512, bands=128, fmax=22050.0)
    for seed in range(2):
        signal = pytest.importorskip("scipy.signal")
        found = sharpness(log_mel(signal.resample_poly(voice(seed), 2, 1), wide), wide)
        assert found.reach_hz < 12000.0
        assert found.total_db == pytest.approx(total(MELS[seed]), abs=0.5 * GAP_DB)


@pytest.mark.parametrize("seed", range(4))
def test_a_mel_that_hardly_moves_is_no_sharp_one(seed: int) -> None:
    still = MELS[seed].mean(axis=1, keepdims=True) + 0.05 * (
        MELS[seed] - MELS[seed].mean(axis=1)[:, None]
    )
    found = sharpness(still + 0.0, FRONT)
    assert math.isnan(found.total_db) or found.total_db < total(MELS[seed]) - 2 * GAP_DB
