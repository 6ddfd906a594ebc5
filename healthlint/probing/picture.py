"""Pictures of a probe: spectrograms side by side, and numbers over checkpoints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot

from healthlint.plots.spectrograms import image
from healthlint.probing.plan import Probe, Sample
from healthlint.probing.work import number_of
from healthlint.spectrogram import inputs
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Settings, Spectrogram
from healthlint.spectrogram.structure import NEPER_DB

_MOST = 6
"""Checkpoints side by side; of more, so many are drawn, first and last among them."""
_RANGE_DB, _TICKS_HZ = 60.0, (250, 1000, 4000, 8000)
_INKS = {"sharp": "#1e8449", "cannot tell": "#566573"}
_TROUBLE = "#c0392b"
_DPI = 110


def draw(probe: Probe, folder: Path, settings: Settings) -> list[Path]:
    """Write the pictures into a folder, which is made where it is missing, and return them.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    if any(sample.heard for sample in probe.samples):
        written.append(folder / "spectrograms.png")
        _side_by_side(probe, written[-1], settings)
    if any(sum(map(math.isfinite, course.values)) > 1 for course in probe.courses):
        written.append(folder / "course.png")
        _over_checkpoints(probe, written[-1])
    return written


def _side_by_side(probe: Probe, path: Path, settings: Settings) -> None:
    """Draw a row a text and a column a checkpoint; columns of a row share time and level."""
    shown = _chosen(len(probe.checkpoints))
    rows, columns = len(probe.texts), len(shown)
    size = (max(6.0, 3.1 * columns), 0.5 + 2.5 * rows)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=size, squeeze=False, sharey=True, layout="constrained"
    )
    for row, text in enumerate(probe.texts):
        cells = [probe.samples[at * rows + row] for at in shown]
        mels = [_mel(sample, settings) for sample in cells]
        _row(axes[row], cells, mels)
        axes[row][0].set_ylabel(text if len(text) <= 34 else f"{text[:33]}…", fontsize=8)
    for cell in axes[-1]:
        cell.set_xlabel("seconds", fontsize=8)
    figure.savefig(path, dpi=_DPI)
    pyplot.close(figure)


def _chosen(count: int) -> list[int]:
    if count <= _MOST:
        return list(range(count))
    return sorted({round(at * (count - 1) / (_MOST - 1)) for at in range(_MOST)})


def _mel(sample: Sample, settings: Settings) -> Spectrogram | None:
    try:
        return inputs.read(sample.made.path, settings) if sample.heard else None
    except (SpectrogramError, OSError):
        return None


def _row(axes: Sequence[Any], cells: Sequence[Sample], mels: Sequence[Spectrogram | None]) -> None:
    known = [mel for mel in mels if mel is not None]
    levels = [float(np.percentile(spectrogram.mel, 99.8)) for spectrogram in known]
    top = max(levels, default=0.0) * NEPER_DB
    seconds = [
        spectrogram.mel.shape[1] * spectrogram.front.frame_ms / 1000 for spectrogram in known
    ]
    longest = max(seconds, default=1.0)
    for cell, sample, mel in zip(axes, cells, mels, strict=True):
        cell.set_title(sample.checkpoint.name[:30], loc="left", fontsize=8)
        word, ink = _verdict(sample)
        cell.set_title(word, loc="right", fontsize=8, color=ink, fontweight="bold")
        cell.set_facecolor("#e5e7e9")
        cell.tick_params(labelsize=7)
        if mel is not None:
            values, scale = mel.mel * NEPER_DB, {"vmin": top - _RANGE_DB, "vmax": top}
            image(cell, values, mel.front, _TICKS_HZ, cmap="magma", **scale)
        cell.set_xlim(0, longest)


def _verdict(sample: Sample) -> tuple[str, str]:
    """Return what to write over a spectrogram, and its colour."""
    heard = sample.heard
    if sample.problem or heard is None:
        return "no sound", _TROUBLE
    if heard.troubles:
        named = [str(heard.verdict) if name == "blurred" else name for name in heard.troubles]
        return ", ".join(named), _TROUBLE
    name = heard.verdict.name if heard.verdict else "cannot tell"
    return name, _INKS.get(name, "black")


def _over_checkpoints(probe: Probe, path: Path) -> None:
    """Draw each course with its texts as points beside the mean."""
    figure, axes = pyplot.subplots(
        len(probe.courses), 1, figsize=(8, 2.6 * len(probe.courses)), layout="constrained"
    )
    places, names = _places(probe)
    for axis, course in zip(np.atleast_1d(axes), probe.courses, strict=True):
        for number in range(len(probe.texts)):
            own = probe.samples[number :: len(probe.texts)]
            values = [number_of(sample, course.name, probe.references > 0) for sample in own]
            axis.plot(places, values, "o", color="#aab7b8", markersize=4)
        axis.plot(places, course.values, marker="o", color="#1f618d")
        axis.set_title(f"{course.name}: {course.unit}; grey: each text", loc="left", fontsize=9)
        axis.set_title(course.word, loc="right", fontsize=9, fontweight="bold")
        axis.set_xticks(places, names, fontsize=8, rotation=0 if len(names) < 9 else 45)
        axis.grid(alpha=0.25)
        if course.name == "sharpness" and probe.references:
            axis.set_ylim(0, 1.08)
            axis.axhline(1.0, color="#1e8449", linewidth=0.8)
        elif course.name == "rate":
            axis.set_ylim(0, 1.08 * axis.get_ylim()[1])
    figure.savefig(path, dpi=_DPI)
    pyplot.close(figure)


def _places(probe: Probe) -> tuple[list[float], list[str]]:
    whens = [checkpoint.when for checkpoint in probe.checkpoints]
    if all(when is not None for when in whens) and len(set(whens)) == len(whens):
        word = "epoch" if all(c.epoch is not None for c in probe.checkpoints) else "step"
        names = [f"{word} {when:g}" for when in whens if when is not None]
        return [float(when) for when in whens if when is not None], names
    return [float(at) for at in range(len(whens))], [c.name[:14] for c in probe.checkpoints]
