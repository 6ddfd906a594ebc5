"""Losses against scipy's and numpy's formulas, and what padding and faults do to them."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
special = pytest.importorskip("scipy.special")

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.trainer import losses

RNG = np.random.default_rng(7)
CLIPS, FRAMES, BINS = 3, 11, 80
LENGTHS = np.array([11, 7, 4])
MASK = np.arange(FRAMES)[None, :] < LENGTHS[:, None]


def curves():
    return RNG.normal(size=(CLIPS, FRAMES)), RNG.uniform(size=(CLIPS, FRAMES))


def tensors(*arrays):
    return [torch.from_numpy(np.asarray(array)) for array in arrays]


def test_mel_l1_and_mse_are_means_over_real_frames():
    said, true = RNG.normal(size=(2, CLIPS, FRAMES, BINS))
    error = (said - true)[MASK]
    inputs = tensors(said, true, MASK)
    assert losses.mel_loss(*inputs).item() == pytest.approx(np.abs(error).mean())
    assert losses.mel_loss(*inputs, "mse").item() == pytest.approx((error**2).mean())


def test_duration_is_scipys_huber_of_ln_1_plus_frames():
    said = RNG.normal(1.0, 1.5, size=(CLIPS, FRAMES))  # errors on both sides of the bend at 1
    frames = RNG.integers(0, 30, size=(CLIPS, FRAMES))
    expected = special.huber(1.0, said - np.log1p(frames))[MASK].mean()
    assert losses.duration_loss(*tensors(said, frames, MASK)).item() == pytest.approx(expected)


@pytest.mark.parametrize("error", [0.049, 0.05, 0.051, 0.5])
def test_curves_bend_at_a_twentieth(error):
    said, true, mask = torch.tensor([[error]]), torch.zeros(1, 1), torch.ones(1, 1) > 0
    expected = special.huber(0.05, error)
    assert losses.curve_loss(said, true, mask).item() == pytest.approx(expected, rel=1e-5)


def test_curve_is_scipys_huber():
    said, true = curves()
    expected = special.huber(0.05, said - true)[MASK].mean()
    assert losses.curve_loss(*tensors(said, true, MASK)).item() == pytest.approx(expected)


def test_stop_is_the_cross_entropy_of_the_last_frame():
    logits, _ = curves()
    last = np.arange(FRAMES)[None, :] == LENGTHS[:, None] - 1
    likelihood = np.where(last, special.expit(logits), special.expit(-logits))
    expected = -np.log(likelihood)[MASK].mean()
    found = losses.stop_loss(*tensors(logits, LENGTHS, MASK)).item()
    assert found == pytest.approx(expected)


def test_spectral_convergence_is_the_frobenius_ratio_of_each_clip():
    said, true = RNG.normal(size=(2, CLIPS, FRAMES, BINS))
    found = losses.spectral_convergence(*tensors(said, true, MASK)).numpy()
    for clip, length in enumerate(LENGTHS):
        s, t = said[clip, :length], true[clip, :length]
        assert found[clip] == pytest.approx(np.linalg.norm(t - s) / np.linalg.norm(t))


@examples(25)
@given(st.floats(-1e6, 1e6), st.integers(1, FRAMES))
def test_padding_never_counts(garbage, length):
    said, true = RNG.normal(size=(2, 1, FRAMES, BINS))
    mask = np.arange(FRAMES)[None, :] < length
    spoilt = said.copy()
    spoilt[:, length:] = garbage
    for measure in (losses.mel_loss, losses.spectral_convergence):
        clean = measure(*tensors(said, true, mask))
        assert torch.equal(clean, measure(*tensors(spoilt, true, mask)))


def test_log_of_zero_is_infinite_and_not_masked():
    said, true = torch.zeros(1, 2, 3, requires_grad=True), torch.zeros(1, 2, 3)
    true[0, 0, 0] = -math.inf
    mask = torch.ones(1, 2) > 0
    loss = losses.mel_loss(said, true, mask)
    loss.backward()
    assert loss.item() == math.inf
    assert torch.isfinite(said.grad).all()  # the slope of L1 is 1 however far the target is
    squared = losses.mel_loss(said, true, mask, "mse")
    assert squared.item() == math.inf
    (slope,) = torch.autograd.grad(squared, said)
    assert not torch.isfinite(slope).all()


def test_every_part_of_the_total_has_its_scale_and_weight():
    scales = losses.scales("l1")
    parts = set(losses.NAMES) - {"total_loss", "spectral_convergence"}
    assert set(losses.WEIGHTS) == parts
    assert {name for name, scale in scales.items() if "total_weight" in scale} == parts
    assert losses.scales("mse")["mel_loss"]["kind"] == "mse"
