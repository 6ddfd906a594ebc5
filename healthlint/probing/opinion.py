"""What listeners would probably say of a sample: a mean opinion score from 1 to 5, by DistillMOS.

The network and its weights come with the package ``distillmos`` (extra ``mos``; MIT). It hears
hiss, artefacts and codecs. It does not hear whether the words are right: of speech played backwards
it says 3.2, of a recording 4.0, of white noise 1.7, of silence 2.0. So the number stands beside the
verdicts and decides none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from healthlint.probing.errors import ProbeError
from healthlint.spectrogram import audio
from healthlint.spectrogram.errors import SpectrogramError

SAMPLE_RATE = 16_000
"""Hz that the network hears."""
_SHORTEST = 0.5
"""Seconds below which it has nothing to go by."""

Opinion = Callable[[Path], float]
"""Returns the score of a file, NaN where it is no sound, silent or too short."""


def opinion() -> Opinion:
    """Return what scores sound files; the network is loaded once, on the CPU.

    Raises:
        ProbeError: The package is missing.
    """
    try:
        import torch
        from distillmos import ConvTransformerSQAModel
    except (ImportError, OSError) as error:
        raise ProbeError(
            f"--mos needs the package distillmos ({error}): pip install 'healthlint[mos]'"
        ) from error
    with redirect_stdout(StringIO()):  # it prints where its weights lie, amid a report
        network = ConvTransformerSQAModel().eval()

    def score(path: Path) -> float:
        try:
            sound = audio.read(path, SAMPLE_RATE)
        except SpectrogramError:
            return math.nan
        if sound.is_silent or len(sound.wave) < _SHORTEST * SAMPLE_RATE:
            return math.nan
        wave = torch.from_numpy(sound.wave).float()[None]
        with torch.inference_mode():
            return float(network(wave).reshape(-1)[0])

    return score
