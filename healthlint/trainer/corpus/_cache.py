"""Measured features on disk, so that the second run on a corpus starts at once.

One ``.npz`` per corpus and selection, named by a hash of all that decides its content. It is
written to a temporary name and moved into place, so a killed run leaves no half file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from healthlint.trainer.clips import Clip, measure
from healthlint.trainer.corpus._source import RawCorpus

_VERSION = 1
"""Raised whenever the measured features of an unchanged recording change."""
_CURVES = ("durations", "mel", "pitch", "energy")


def through(
    folder: Path, name: str, source: RawCorpus, report: Callable[[int, int], None]
) -> Sequence[Clip]:
    """The clips of a source: from the cache if they are there, else measured and kept."""
    path = folder / f"{name}-{_key(source)}.npz"
    if path.exists():
        return load(path)
    clips = []
    for number, recording in enumerate(source.recordings, start=1):
        clips.append(measure(recording, source.sample_rate))
        report(number, source.count)
    save(path, clips)
    return clips


def save(path: Path, clips: Sequence[Clip]) -> None:
    """Write clips as flat arrays with their lengths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    words = [{"id": clip.id, "text": clip.text, "phones": clip.phones} for clip in clips]
    arrays: dict[str, Any] = {"words": np.array(json.dumps(words, ensure_ascii=False))}
    for curve in _CURVES:
        arrays[curve] = np.concatenate([getattr(clip, curve) for clip in clips])
    arrays["frames"] = np.array([len(clip.mel) for clip in clips])
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    part.replace(path)


def load(path: Path) -> list[Clip]:
    """Read what ``save`` wrote; floats come back bit for bit."""
    with np.load(path, allow_pickle=False) as stored:
        words = json.loads(str(stored["words"]))
        cuts = np.cumsum(stored["frames"])[:-1]
        phone_cuts = np.cumsum([len(word["phones"]) for word in words])[:-1]
        curves = {
            name: np.split(stored[name], phone_cuts if name == "durations" else cuts)
            for name in _CURVES
        }
    return [
        Clip(**word | {"phones": tuple(word["phones"])}, **dict(zip(curves, own, strict=True)))
        for word, own in zip(words, zip(*curves.values(), strict=True), strict=True)
    ]


def _key(source: RawCorpus) -> str:
    content = json.dumps([_VERSION, source.sample_rate, *source.fingerprint], default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
