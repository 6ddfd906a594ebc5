"""The predicted opinion: what the network is given, and what it is not asked about."""

from __future__ import annotations

import math
import sys
import types

import numpy as np
import pytest
from spectrogram.voices import voice

from healthlint.probing.errors import ProbeError
from healthlint.probing.opinion import SAMPLE_RATE, opinion

soundfile = pytest.importorskip("soundfile")
RATE = 22050


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list:
    """Return what a network that stands in for DistillMOS was given; it says 4.25 of anything."""
    torch = pytest.importorskip("torch")
    given: list = []

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            print("weights loaded from: /anywhere")

        def forward(self, waves):
            given.append(waves)
            return torch.full((len(waves), 1), 4.25)

    module = types.ModuleType("distillmos")
    module.ConvTransformerSQAModel = Network  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "distillmos", module)
    return given


def test_nothing_is_printed_amid_a_report(heard, capsys) -> None:
    opinion()
    assert capsys.readouterr().out == ""


def test_a_sound_is_given_as_mono_at_16_khz(heard, tmp_path) -> None:
    wave = voice(0)
    soundfile.write(tmp_path / "a.wav", np.stack([wave, wave], 1), RATE)
    assert opinion()(tmp_path / "a.wav") == 4.25
    (given,) = heard
    assert given.shape == (1, pytest.approx(len(wave) * SAMPLE_RATE / RATE, abs=2))
    assert str(given.dtype) == "torch.float32"


@pytest.mark.parametrize("seconds", [0.49, 0.51])
def test_half_a_second_is_the_least(heard, tmp_path, seconds: float) -> None:
    soundfile.write(tmp_path / "a.wav", voice(0)[: int(seconds * RATE)], RATE)
    assert math.isnan(opinion()(tmp_path / "a.wav")) == (seconds < 0.5)


def test_of_silence_and_of_what_is_no_sound_nobody_is_asked(heard, tmp_path) -> None:
    soundfile.write(tmp_path / "silent.wav", 1e-5 * voice(0), RATE)
    (tmp_path / "junk.wav").write_text("not a sound")
    assert all(math.isnan(opinion()(tmp_path / name)) for name in ("silent.wav", "junk.wav"))
    assert not heard


def test_the_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distillmos", None)
    with pytest.raises(ProbeError, match=r"pip install 'healthlint\[mos\]'"):
        opinion()


def test_the_real_network_hears_noise(tmp_path) -> None:
    pytest.importorskip("distillmos")
    score, clean = opinion(), voice(0)
    noise = np.random.default_rng(0).standard_normal(len(clean)) * 0.1
    soundfile.write(tmp_path / "noise.wav", noise, RATE)
    assert 1 <= score(tmp_path / "noise.wav") < 2.5
