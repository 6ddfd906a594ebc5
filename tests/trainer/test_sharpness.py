"""Sharpness of the validation mels, logged while the run trains."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.samples import settings_of
from healthlint.trainer.sharpness import Eye

NAMES = ("sharpness", "sharpness_time", "sharpness_frequency", "sharpness_static")
FACTS = {
    "trainer": "healthlint",
    "sample_rate": 22050,
    "hop_length": 256,
    "n_fft": 1024,
    "metrics": {"mel_loss": {"space": "ln-power-mel"}},
}


@pytest.fixture(scope="module")
def mels(spoken):
    """Recorded mels, each of shape (frames, 80)."""
    return [clip.mel for clip in spoken.clips]


@pytest.fixture(scope="module")
def eye(mels):
    """An eye that has seen them."""
    return Eye(mels, settings_of(FACTS, Settings(bands=80)))


def test_recordings_are_as_sharp_as_themselves_and_blur_is_less(eye, mels):
    ndimage = pytest.importorskip("scipy.ndimage")
    same = eye.look(mels)
    assert tuple(same) == NAMES
    assert same["sharpness"] > 0.85
    seen = [
        eye.look([ndimage.gaussian_filter(mel, width) for mel in mels])["sharpness"]
        for width in (0.5, 1.0, 2.0)
    ]
    assert same["sharpness"] > seen[0] > seen[1] > seen[2]


def test_a_time_blur_is_told_from_a_frequency_blur(eye, mels):
    ndimage = pytest.importorskip("scipy.ndimage")
    in_time, in_frequency = (
        eye.look([ndimage.gaussian_filter(mel, widths) for mel in mels])
        for widths in ((1.5, 0), (0, 1.5))
    )
    assert in_time["sharpness_time"] < in_frequency["sharpness_time"]
    assert in_frequency["sharpness_frequency"] < in_time["sharpness_frequency"]


def test_noise_on_the_mel_is_static(eye, mels):
    rng = np.random.default_rng(0)
    noisy = eye.look([mel + 1.0 * rng.standard_normal(mel.shape) for mel in mels])
    assert noisy["sharpness_static"] > 0.45
    assert noisy["sharpness"] < eye.look(mels)["sharpness"]


@pytest.mark.parametrize(
    "mel",
    [np.full((50, 80), np.nan), np.full((50, 80), np.inf), np.full((50, 80), -20.7)],
    ids=["nan", "inf", "silent"],
)
def test_what_cannot_be_seen_is_not_logged(eye, mels, mel):
    assert eye.look([mel]) == {}
    assert eye.look([mel, *mels]) == eye.look(mels)


def test_nothing_is_logged_where_the_recordings_cannot_be_seen(mels):
    assert Eye([np.full((50, 80), -20.7)], Settings(bands=80)).look(mels) == {}


def test_a_mel_of_eighty_frames_is_put_upright(eye, mels):
    """A square mel is told by what is in it, however it lies."""
    assert eye.look([mels[0][:80]]) == eye.look([mels[0][:80].T]) != {}


def test_the_switch_changes_nothing_but_the_rows(start, rows):
    (seen, _), (unseen, _) = start("seen"), start("unseen", sharpness=False)
    assert all(
        f"val/{name}" in row for row in rows(seen) if "val/mel_loss" in row for name in NAMES
    )
    without = [
        {key: value for key, value in row.items() if "sharpness" not in key} for row in rows(seen)
    ]
    assert rows(unseen) == without


def test_a_run_of_nans_logs_no_sharpness(start, rows):
    out, _ = start("run", fault="log-zero-mse")
    last = [row for row in rows(out) if "val/mel_loss" in row][-1]
    assert not any("sharpness" in name for name in last)
