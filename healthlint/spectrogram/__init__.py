"""Spectrogram blur: how sharp a mel-spectrogram is, on which axis it lost detail, and how sure.

``frontend`` makes log-mels from waves, ``scales`` brings any log-mel to natural log of amplitude,
``score`` gives the named numbers, ``judging`` the verdict against a reference set, a history or
alone; ``measures`` holds the textbook measures, one module each. Nothing here imports torch or
librosa; soundfile is needed only where audio is read.
"""

from __future__ import annotations

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Front, log_mel
from healthlint.spectrogram.score import Sharpness, sharpness

__all__ = ["Front", "Sharpness", "SpectrogramError", "log_mel", "sharpness"]
