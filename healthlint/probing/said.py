"""What a command said while it made a sample, where that tells what the sound alone does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_MOST_BYTES = 4 << 20
NEAR_SILENCE = 0.01
"""Peak, of full scale 1, below which a voice is next to nothing before its file is normalised."""
_GRIFFIN_LIM = re.compile(r"(?:falling back to|using) griffin-?lim", re.IGNORECASE)
_PEAK = re.compile(r"peak amplitude: *(\d+(?:\.\d+)?(?:e-?\d+)?)", re.IGNORECASE)
_EARLY = re.compile(r"(?:energy-based early stop|max(?:imum)? (?:len\w*|frames) reached)", re.I)
_SHADOWED = re.compile(r"No module named '?kokoro\.inference", re.IGNORECASE)


def remarks(log: Path) -> tuple[str, ...]:
    """Return remarks on what a command printed, each once; none where its output is not there."""
    try:
        with log.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(_remarks(text))


def _remarks(text: str) -> Iterator[str]:
    if _SHADOWED.search(text):
        yield (
            "another package named kokoro (PyPI's) hides the trainer's: start the probe in the "
            "trainer's src folder, or uninstall that one"
        )
    if _GRIFFIN_LIM.search(text):
        yield "spoken by Griffin-Lim, not by the vocoder: its buzz is no fault of the model"
    peaks = [float(peak) for peak in _PEAK.findall(text)]
    if peaks and min(peaks) < NEAR_SILENCE:
        yield f"its peak was {min(peaks):.2g} before the file was normalised: next to silence"
    if match := _EARLY.search(text):
        yield f'the command said "{match[0].lower()}": the stop token did not end it'
