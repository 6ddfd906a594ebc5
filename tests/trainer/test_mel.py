"""Mel spectrograms equal torchaudio's."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from healthlint.trainer import mel

EQUALITY = """
    import sys, types
    import torch
    # Without its compiled part torchaudio does not load beside a CPU build of torch; its transforms
    # are pure Python and need none of it.
    stub = types.ModuleType("torchaudio._extension")
    stub._IS_TORCHAUDIO_EXT_AVAILABLE = stub._IS_ALIGN_AVAILABLE = False
    stub.fail_if_no_align = lambda function: function
    stub._check_cuda_version = lambda: None
    sys.modules["torchaudio._extension"] = stub
    from torchaudio.transforms import MelSpectrogram
    from healthlint.trainer import mel
    for rate in (16000, 22050, 24000, 44100):
        wave = torch.randn(rate, generator=torch.Generator().manual_seed(rate))
        theirs = MelSpectrogram(
            sample_rate=rate, n_fft=1024, hop_length=256, f_min=0.0, f_max=min(8000.0, rate / 2),
            n_mels=80, power=2.0, norm=None, mel_scale="htk",
        )
        assert torch.equal((theirs(wave) + mel.FLOOR).log().T, mel.log_mel(wave, rate)), rate
        assert torch.equal(theirs.mel_scale.fb, mel.mel_filters(rate)), rate
    print("equal")
"""


def test_mels_equal_torchaudios_bit_for_bit():
    if not _has_torchaudio():
        pytest.skip("torchaudio is not installed")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(EQUALITY)], capture_output=True, text=True
    )
    assert done.stdout == "equal\n", done.stderr


def test_filters_equal_librosas_htk_filters_without_norm():
    librosa = pytest.importorskip("librosa")
    theirs = librosa.filters.mel(
        sr=22050, n_fft=1024, n_mels=80, fmin=0.0, fmax=8000.0, htk=True, norm=None
    )
    np.testing.assert_allclose(mel.mel_filters(22050).numpy(), theirs.T, atol=1e-3)


def test_log_mel_of_silence_is_the_floor():
    silence = mel.log_mel(torch.zeros(22050), 22050)
    assert silence.shape == (1 + 22050 // 256, 80)
    assert torch.allclose(silence, torch.tensor(1e-9).log())


def test_twice_the_amplitude_is_ln_4_of_power_more(sine):
    wave = torch.from_numpy(sine(440.0, 1.0, 22050))
    once, twice = mel.log_mel(wave, 22050), mel.log_mel(2 * wave, 22050)
    loud = once > -5  # far above the floor
    assert loud.any()
    np.testing.assert_allclose((twice - once)[loud].numpy(), np.log(4.0), atol=1e-3)


def test_a_tone_peaks_in_the_band_that_holds_it(sine):
    spectrum = mel.log_mel(torch.from_numpy(sine(46 * 22050 / 1024, 1.0, 22050)), 22050)
    assert int(spectrum[40].argmax()) == int(mel.mel_filters(22050)[46].argmax())


def _has_torchaudio():
    from importlib.util import find_spec

    return find_spec("torchaudio") is not None
