"""The front end: equal to librosa, and clear about what it does not take."""

from __future__ import annotations

import numpy as np
import pytest
from spectrogram.voices import RATE, voice

from healthlint.spectrogram import Front, SpectrogramError, log_mel
from healthlint.spectrogram.frontend import filters

FRONTS = (
    Front(),
    Front(sample_rate=24000, n_fft=2048, window=1200, hop=300, fmin=80.0, fmax=7600.0),
    Front(sample_rate=16000, window=800, hop=200),
    Front(mel="htk", is_normalised=False, bands=128),
    Front(sample_rate=48000, n_fft=4096, hop=512, fmax=24000.0, bands=256),
)


@pytest.mark.parametrize("front", FRONTS)
def test_filters_are_those_of_librosa(front: Front) -> None:
    librosa = pytest.importorskip("librosa")
    theirs = librosa.filters.mel(
        sr=front.sample_rate,
        n_fft=front.n_fft,
        n_mels=front.bands,
        fmin=front.fmin,
        fmax=front.top,
        htk=front.mel == "htk",
        norm="slaney" if front.is_normalised else None,
    )
    assert np.abs(filters(front) - theirs).max() < 1e-6 * theirs.max()


@pytest.mark.parametrize("front", FRONTS)
def test_mels_are_those_of_librosa(front: Front) -> None:
    librosa = pytest.importorskip("librosa")
    wave = voice(1, 1.0, front.sample_rate)
    theirs = librosa.feature.melspectrogram(
        y=wave,
        sr=front.sample_rate,
        n_fft=front.n_fft,
        win_length=front.window or front.n_fft,
        hop_length=front.hop,
        n_mels=front.bands,
        fmin=front.fmin,
        fmax=front.top,
        power=1.0,
        pad_mode="reflect",
        htk=front.mel == "htk",
        norm="slaney" if front.is_normalised else None,
    )
    ours = log_mel(wave, front)
    assert ours.shape == theirs.shape
    assert np.abs(ours - np.log(np.maximum(theirs, front.floor))).max() < 1e-3


def test_a_wave_shorter_than_a_window_has_a_frame() -> None:
    assert log_mel(np.ones(10), Front()).shape == (80, 1)


@pytest.mark.parametrize(
    ("wave", "words"),
    [
        (np.zeros(0), "shape (0,)"),
        (np.zeros((2, 9)), "shape (2, 9)"),
        (np.array([0.0, 1.0, np.nan]), "sample 2 is not finite"),
    ],
)
def test_what_is_no_wave(wave: np.ndarray, words: str) -> None:
    with pytest.raises(SpectrogramError) as error:
        log_mel(wave, Front())
    assert words in str(error.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"sample_rate": 0},
        {"hop": 0},
        {"n_fft": 8},
        {"window": 2000},
        {"bands": 1},
        {"fmin": 9000.0},
    ],
)
def test_settings_that_make_no_spectrogram(settings: dict[str, int]) -> None:
    with pytest.raises(SpectrogramError):
        Front(**settings)


def test_a_level_in_full_scale() -> None:
    front = Front()
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    mel = log_mel(sine, front)
    assert np.argmax(mel[:, 40]) == np.argmin(np.abs(front.centres - 1000))
