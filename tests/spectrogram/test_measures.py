"""The textbook measures beside independent implementations, and at the edges of what they take."""

from __future__ import annotations

import numpy as np
import pytest
from spectrogram.voices import voice

from healthlint.spectrogram import Front, SpectrogramError, log_mel, measures
from healthlint.spectrogram.measures import high_quefrency_share, modulation_energy

FRONT = Front()
MEL = log_mel(voice(3), FRONT)
NAMES = measures.names()


def take(name: str, mel: np.ndarray = MEL) -> float:
    return measures.measure(name).measure(mel, FRONT)


def test_there_are_measures() -> None:
    assert len(NAMES) >= 9


def test_laplacian_of_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    theirs = cv2.Laplacian(MEL, cv2.CV_64F, ksize=1)[1:-1, 1:-1].var()
    assert take("laplacian_variance") == pytest.approx(theirs, rel=1e-9)


def test_tenengrad_of_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    across, along = (cv2.Sobel(MEL, cv2.CV_64F, *axis, ksize=3) for axis in ((1, 0), (0, 1)))
    theirs = (across**2 + along**2)[1:-1, 1:-1].mean()
    assert take("tenengrad") == pytest.approx(theirs, rel=1e-9)


def test_crete_roffet_of_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.measure")
    theirs = metrics.blur_effect(MEL, h_size=11, reduce_func=np.max)
    assert take("crete_roffet") == pytest.approx(theirs, rel=1e-9)


def test_brenner_and_laplacian_of_scipy() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    change = ndimage.correlate1d(MEL, [-1, 0, 1], axis=1)[:, 1:-1]
    assert take("brenner_time") == pytest.approx(np.mean(change**2), rel=1e-9)
    change = ndimage.correlate1d(MEL, [-1, 0, 1], axis=0)[1:-1]
    assert take("brenner_frequency") == pytest.approx(np.mean(change**2), rel=1e-9)
    unit = (MEL - MEL.min()) / np.ptp(MEL)
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 6
    theirs = ndimage.correlate(unit, kernel)[1:-1, 1:-1].var()
    assert take("laplacian_variance_minmax") == pytest.approx(theirs, rel=1e-9)


def test_global_variance_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    theirs = np.mean([stats.moment(band, 2) for band in MEL])
    assert take("global_variance") == pytest.approx(theirs, rel=1e-9)


def test_modulation_energy_of_scipy() -> None:
    signal = pytest.importorskip("scipy.signal")
    window = signal.get_window("hann", MEL.shape[1], fftbins=False)
    hertz, power = signal.periodogram(
        MEL, 1000 / FRONT.frame_ms, window=window, detrend="constant", axis=1, scaling="spectrum"
    )
    total = power[:, 1:].copy()
    if MEL.shape[1] % 2 == 0:
        total[:, -1] *= 2  # a one-sided periodogram halves nothing at the last bin
        power[:, -1] *= 2
    theirs = power[:, hertz > 20].sum() / total.sum()
    assert modulation_energy.measure(MEL, FRONT) == pytest.approx(theirs, rel=1e-9)


def test_high_quefrency_share_of_scipy() -> None:
    fft = pytest.importorskip("scipy.fft")
    centred = (MEL - MEL.mean(axis=0)) * np.hanning(80)[:, None]
    power = np.abs(fft.fft(centred, axis=0)[:41]) ** 2
    theirs = np.median(power[10:].sum(axis=0) / power[1:].sum(axis=0))
    assert high_quefrency_share.measure(MEL, FRONT) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_more_blur_is_never_sharper(name: str) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    sign = {"higher": 1, "lower": -1}[measures.measure(name).SHARPER]
    axes = {"modulation_energy": (0, 1), "brenner_time": (0, 1)}.get(name, (1, 1))
    if name in ("high_quefrency_share", "brenner_frequency"):
        axes = (1, 0)
    blurred = [
        ndimage.gaussian_filter(MEL, [sigma * axis for axis in axes])
        for sigma in (0.0, 0.7, 1.4, 2.8)
    ]
    values = [sign * take(name, one) for one in blurred]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]


@pytest.mark.parametrize("name", NAMES)
def test_a_flip_in_time_changes_nothing(name: str) -> None:
    rel = 0.01 if name == "crete_roffet" else 1e-9  # its edges differ, as those of scikit-image do
    assert take(name, MEL[:, ::-1]) == pytest.approx(take(name), rel=rel)


@pytest.mark.parametrize("name", NAMES)
def test_a_gain_changes_nothing(name: str) -> None:
    assert take(name, MEL + 2.0) == pytest.approx(take(name), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_has_no_sharpness(name: str) -> None:
    assert take(name, np.full((80, 50), -5.0)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mel", [np.zeros((0, 0)), np.zeros(80), np.full((80, 50), np.nan)])
def test_what_is_no_mel(name: str, mel: np.ndarray) -> None:
    with pytest.raises(SpectrogramError):
        take(name, mel)


@pytest.mark.parametrize("name", NAMES)
def test_documentation_of_a_measure(name: str) -> None:
    text = measures.measure(name).__doc__ or ""
    assert "Source:" in text
    assert "What it cannot see:" in text
    assert measures.measure(name).UNIT in ("1", "Np²")
