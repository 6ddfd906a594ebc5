"""How sharp the predicted validation mels are, measured while the run trains.

The same numbers that ``healthlint check`` takes from announced samples, here of every validation
clip: rules judge them where the samples are not beside the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Settings, of_array
from healthlint.spectrogram.judging import baseline
from healthlint.spectrogram.score import Sharpness, sharpness
from healthlint.spectrogram.series import shares
from healthlint.trainer.batches import Batch
from healthlint.trainer.model import Prediction


class Eye:
    """What the recordings look like, and so how much of their detail a prediction has.

    Args:
        recordings: What it has seen, each of shape (frames, 80), ln-power.
        settings: How they are looked at.
    """

    def __init__(self, recordings: Iterable[NDArray[np.floating]], settings: Settings) -> None:
        self.settings = settings
        # None where nothing in the recordings can be measured: then nothing is logged.
        self.known = baseline(list(_measured(recordings, settings)))

    def look(self, mels: Iterable[NDArray[np.floating]]) -> dict[str, float]:
        """Sharpness of predicted mels against the recordings.

        Args:
            mels: Each of shape (frames, 80), ln-power.

        Returns:
            Means over the mels that have numbers, by bare name: ``sharpness``, ``sharpness_time``
            and ``sharpness_frequency`` in [0, 1], ``sharpness_static`` in dB, at least 0. Empty
            where none has: silent, or not finite.
        """
        numbers = list(_measured(mels, self.settings))
        return shares(numbers, self.known.middles) if numbers and self.known else {}


def unpadded(prediction: Prediction, batch: Batch) -> Iterator[NDArray[np.floating]]:
    """The predicted mels of a batch without their padding, each of shape (frames, 80)."""
    mels = prediction.mel.detach().float().cpu().numpy()
    for mel, frames in zip(mels, batch.frames.tolist(), strict=True):
        yield mel[:frames]


def _measured(mels: Iterable[NDArray[np.floating]], settings: Settings) -> Iterator[Sharpness]:
    for mel in mels:
        try:
            spectrogram = of_array(mel.T, settings, {})
            numbers = sharpness(spectrogram.mel, spectrogram.front)
        except SpectrogramError:
            continue
        if np.isfinite(numbers.total_db):
            yield numbers
