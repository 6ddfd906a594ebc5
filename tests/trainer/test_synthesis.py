"""Griffin-Lim gives back the sound that a mel spectrogram was of."""

import wave

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from healthlint.trainer.mel import log_mel
from healthlint.trainer.synthesis import griffin_lim, write_wav


def test_speech_comes_back_with_nearly_the_same_mel(clips):
    mel = torch.from_numpy(clips[0].mel)
    audio = griffin_lim(mel, 22050)
    assert audio.shape == ((len(mel) - 1) * 256,)
    again = log_mel(audio, 22050)
    loud = mel > -4
    assert (again - mel)[loud].abs().mean() < 0.5


def test_it_is_repeatable(clips):
    mel = torch.from_numpy(clips[1].mel[:60])
    assert torch.equal(griffin_lim(mel, 22050), griffin_lim(mel, 22050))


def test_silence_stays_silent():
    audio = griffin_lim(torch.full((20, 80), float(np.log(1e-9))), 22050)
    assert torch.isfinite(audio).all()
    assert audio.abs().max() < 1e-3


def test_a_wav_is_16_bit_mono_and_never_wraps(tmp_path):
    write_wav(tmp_path / "s" / "x.wav", torch.tensor([0.0, 0.5, 1.0, 3.0, -3.0]), 16000)
    with wave.open(str(tmp_path / "s" / "x.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        samples = np.frombuffer(file.readframes(9), "<i2")
    assert samples.tolist() == [0, 16384, 32767, 32767, -32767]
