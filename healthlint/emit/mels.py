"""Mels that a trainer draws as images, kept as the arrays that they are.

An image of a raw log mel is black and white: a writer takes values from 0 to 1. What blur is judged
by is the array itself, so it is written beside the log and announced as a sample.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

MOST_PAIRS = 100
"""Pairs of arrays that are kept; of more, every second one is let go of as they come."""
_PREDICTED = re.compile(r"predicted|generated|pred(?=_|$)|output", re.IGNORECASE)
_TARGET = re.compile(r"ground_?truth|target|reference|gt(?=_|$)", re.IGNORECASE)
_LEAST_BINS, _MOST_BINS = 20, 512


class Mels:
    """Keeps the predicted mels of images with their targets.

    Args:
        folder: Where arrays are written; made when the first one is.
        every: Of each tag, one in so many images is kept.
    """

    def __init__(self, folder: Path, every: int = 1) -> None:
        self._folder = folder
        self._every = max(1, every)
        self._seen: dict[str, int] = {}
        self._waiting: dict[str, tuple[str, int, str]] = {}
        self._kept = 0

    def add(self, tag: str, image: Any, step: int, layout: str) -> dict[str, str] | None:
        """Keep an image that is a raw mel; return the fields of a sample once its pair is whole."""
        side = "mel" if _PREDICTED.search(tag) else "target_mel" if _TARGET.search(tag) else ""
        mel = _raw_mel(image, layout) if side else None
        if mel is None:
            return None
        clip = (_PREDICTED if side == "mel" else _TARGET).sub("", tag).strip("/_- ")
        clip = re.sub(r"[^\w-]+", "_", clip).strip("_") or "mel"
        count = self._seen[tag] = self._seen.get(tag, -1) + 1
        if count % (self._every * (1 + self._kept // MOST_PAIRS)):
            return None
        path = self._write(f"{clip}_{step}_{side.removesuffix('_mel')}.npy", mel)
        other = self._waiting.pop(clip, None)
        if other is None or other[:2] == (side, step) or other[1] != step:
            self._waiting[clip] = (side, step, path)
            return None
        self._kept += 1
        return {"clip": clip, side: path, other[0]: other[2]}

    def _write(self, name: str, mel: Any) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        sys.modules["numpy"].save(self._folder / name, mel)
        return f"{self._folder.name}/{name}"


def _raw_mel(image: Any, layout: str) -> Any:
    """Return an image as an array of shape (bins, frames), None where it is a picture or no mel."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    array = image.detach().cpu() if hasattr(image, "detach") else image
    array = numpy.asarray(array)
    if array.ndim == 3 and layout in ("CHW", "HWC"):
        axis = layout.index("C")
        if array.shape[axis] != 1:
            return None
        array = array.squeeze(axis)
    if array.ndim != 2 or array.dtype.kind != "f" or not _LEAST_BINS <= len(array) <= _MOST_BINS:
        return None
    is_raw = array.size and (array.min() < -0.01 or array.max() > 1.01)
    return array.astype(numpy.float32) if is_raw and numpy.isfinite(array).all() else None
