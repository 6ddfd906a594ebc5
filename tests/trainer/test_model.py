"""The model: lengths, padding, and its way without a teacher."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.trainer.model import AcousticModel, positions, regulate_length


def model(hidden=16):
    torch.manual_seed(0)
    return AcousticModel(7, hidden, torch.zeros(80), torch.ones(80)).eval()


@examples(50)
@given(st.lists(st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=1, max_size=4))
def test_length_regulator_equals_numpy_repeat(durations):
    durations = np.array(durations)
    encoded = np.random.default_rng(0).normal(size=(*durations.shape, 3))
    longest = max(1, int(durations.sum(1).max()))
    spread, mask = regulate_length(torch.from_numpy(encoded), torch.from_numpy(durations), longest)
    assert mask.sum(1).tolist() == durations.sum(1).tolist()
    for clip, counts in enumerate(durations):
        expected = np.repeat(encoded[clip], counts, axis=0)
        np.testing.assert_array_equal(spread[clip, : counts.sum()].numpy(), expected)
        assert not spread[clip, counts.sum() :].any()


def test_a_clip_is_predicted_alike_alone_and_in_a_padded_batch():
    net = model()
    phones = torch.tensor([[1, 2, 3, 0, 0], [4, 5, 6, 1, 2]])
    durations = torch.tensor([[2, 3, 4, 0, 0], [5, 5, 5, 5, 5]])
    curves = torch.rand(2, 25, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        both = net(phones, durations, curves, curves)
        alone = net(phones[:1, :3], durations[:1, :3], curves[:1, :9], curves[:1, :9])
    assert torch.allclose(both.mel[0, :8], alone.mel[0, :8], atol=1e-5)
    assert torch.allclose(both.energy[0, :9], alone.energy[0, :9], atol=1e-5)
    assert torch.allclose(both.log_durations[0, :3], alone.log_durations[0, :3], atol=1e-5)


def test_without_a_teacher_the_model_uses_its_own_curves():
    net = model()
    phones, durations = torch.tensor([[1, 2, 3]]), torch.tensor([[3, 3, 3]])
    with torch.no_grad():
        own = net(phones, durations)
        taught = net(phones, durations, own.pitch, own.energy)
    assert torch.equal(own.mel, taught.mel)


def test_predicted_durations_are_whole_frames_and_never_none():
    net = model()
    torch.nn.init.constant_(net.duration_predictor.out.bias, -9.0)
    frames = net.predict_durations(torch.tensor([[1, 2, 0]]))
    assert frames.tolist() == [[1, 0, 0]]
    torch.nn.init.constant_(net.duration_predictor.out.bias, float("nan"))
    assert net.predict_durations(torch.tensor([[1, 2, 0]])).tolist() == [[1, 1, 1]]


@pytest.mark.parametrize(("hidden", "least", "most"), [(64, 0.49e6, 0.6e6), (128, 1.5e6, 2.0e6)])
def test_size(hidden, least, most):
    assert least < sum(p.numel() for p in model(hidden).parameters()) < most


def test_positions_are_sines_and_cosines():
    codes = positions(5, 8, torch.device("cpu")).numpy()
    angle = 3 * 10000.0 ** (-np.arange(0, 8, 2) / 8)
    np.testing.assert_allclose(codes[3, 0::2], np.sin(angle), rtol=1e-5)
    np.testing.assert_allclose(codes[3, 1::2], np.cos(angle), rtol=1e-5)
