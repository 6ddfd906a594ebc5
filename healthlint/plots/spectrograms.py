"""Pictures: a spectrogram beside its reference with what it lost, and sharpness over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from healthlint.spectrogram.frontend import Floats, Front
from healthlint.spectrogram.judging import STATIC_DB
from healthlint.spectrogram.score import Sharpness
from healthlint.spectrogram.structure import NEPER_DB

_RANGE_DB = 60.0
_TILE_SECONDS, _TILE_BANDS = 0.15, 8
_LOST_DB = 3.0
_SHOWN_DB = 12.0
_LOST = "#5df2ff"
_TICKS_HZ = (250, 500, 1000, 2000, 4000, 8000)


class Shown(NamedTuple):
    """One spectrogram of a picture.

    Attributes:
        mel: Shape ``(bands, frames)``, natural logarithm of amplitude.
        title: What to write over it.
        numbers: Its numbers.
    """

    mel: Floats
    title: str
    numbers: Sharpness


def alone(path: Path, shown: Shown, front: Front) -> None:
    """Write a picture of one spectrogram that has no reference."""
    figure, axes = pyplot.subplots(figsize=(12, 3.4), layout="constrained")
    _show(axes, shown.mel, front, shown.title)
    axes.set_xlabel("seconds")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def beside(
    path: Path, own: Shown, reference: Shown, front: Front, *, is_pair: bool, axis: str
) -> None:
    """Write a picture of a spectrogram, a reference on the same scale of time, and what is lost.

    Where both are the same utterance, frame by frame, the regions are outlined that differ from
    their neighbours by 3 dB less than the reference's, and a third row shows by how much. Beside
    them is the deficit of each band, in frequency and in time.

    Args:
        path: The PNG to write.
        own: The spectrogram.
        reference: A reference; of another utterance or length, where it is no pair.
        front: The settings of both.
        is_pair: Whether they say the same.
        axis: Axis of the verdict, whose panel is marked: ``time``, ``frequency`` or ``both``.
    """
    is_aligned = is_pair and own.mel.shape == reference.mel.shape
    rows = 3 if is_aligned else 2
    figure, axes = pyplot.subplots(
        rows, 2, figsize=(12, 3.2 * rows), width_ratios=(5, 1), layout="constrained", sharey=True
    )
    seconds = max(own.mel.shape[1], reference.mel.shape[1]) * front.frame_ms / 1000
    for row, shown in enumerate((own, reference)):
        _show(axes[row][0], shown.mel, front, shown.title)
        axes[row][0].set_xlim(0, seconds)
    if is_aligned:
        _outline(axes[0][0], lost_regions(own.mel, reference.mel, front), front)
        _show_lost(axes[2][0], own.mel, reference.mel, front)
        axes[2][1].axis("off")
    for row, (name, field) in enumerate((("frequency", "by_band"), ("time", "time_by_band"))):
        bands = [getattr(drawn.numbers, field) for drawn in (own, reference)]
        _deficit(axes[row][1], bands, name, is_marked=axis in (name, "both"))
    axes[-1][0].set_xlabel("seconds")
    _save(figure, path)


def lost_regions(mel: Floats, reference: Floats, front: Front) -> NDArray[np.bool_]:
    """Return which cells lie in regions that lost detail, shape ``(bands, frames)``.

    Detail is the mean squared change to the next frame and to the next band, over regions of 150 ms
    by 8 bands; a region lost it where it is 3 dB below the reference's and the reference is within
    40 dB of its loudest.
    """
    ratio = _detail_db(mel, reference, front)
    lost = (np.nan_to_num(ratio) < -_LOST_DB).astype(float)
    return np.asarray(_smooth(lost, _tile(front)) > 0.5)  # no specks


def _detail_db(mel: Floats, reference: Floats, front: Front) -> Floats:
    """Return detail against the reference's in dB, NaN where that is quiet."""
    frames = _tile(front)
    ratio = np.log10(_detail(mel, frames) / _detail(reference, frames)) * 10
    is_loud = reference > np.percentile(reference, 99.5) - 40.0 / NEPER_DB
    return np.where(_smooth(is_loud.astype(float), frames) > 0.3, ratio, np.nan)


def _tile(front: Front) -> int:
    return max(2, round(_TILE_SECONDS * 1000 / front.frame_ms))


def _detail(mel: Floats, frames: int) -> Floats:
    floored = np.maximum(mel, mel.max() - _RANGE_DB / NEPER_DB)
    in_time = np.diff(floored, axis=1, append=floored[:, -1:]) ** 2
    in_frequency = np.diff(floored, axis=0, append=floored[-1:]) ** 2
    return np.asarray(_smooth(in_time + in_frequency, frames) + 1e-4)


def _smooth(values: Floats, frames: int) -> Floats:
    for axis, width in ((0, _TILE_BANDS), (1, frames)):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (width // 2, width - 1 - width // 2)
        padded = np.pad(values, pad, mode="edge")
        values = sliding_window_view(padded, width, axis=axis).mean(axis=-1)
    return values


def _show(axes: Any, mel: Floats, front: Front, title: str) -> None:
    decibels = mel * NEPER_DB
    top = float(np.percentile(decibels, 99.8))
    image(axes, decibels, front, cmap="magma", vmin=top - _RANGE_DB, vmax=top)
    axes.set_title(title, loc="left", fontsize=10)


def _show_lost(axes: Any, mel: Floats, reference: Floats, front: Front) -> None:
    ratio = _detail_db(mel, reference, front)
    axes.set_facecolor("#e4e4e4")
    shown = image(axes, ratio, front, cmap="RdBu", vmin=-_SHOWN_DB, vmax=_SHOWN_DB)
    title = "detail against the reference's (dB): red is lost, blue is more, grey is quiet"
    axes.set_title(title, loc="left", fontsize=10)
    axes.figure.colorbar(shown, ax=axes, pad=0.01, aspect=30, ticks=(-12, -6, 0, 6, 12))


def image(
    axes: Any, values: Floats, front: Front, ticks_hz: Sequence[int] = _TICKS_HZ, **scale: Any
) -> Any:
    """Draw a value for each band and frame, over seconds and frequency, and return the image.

    Args:
        axes: Where to.
        values: Shape ``(bands, frames)``.
        front: What the bands and frames are.
        ticks_hz: Frequencies to name, as far as there are such bands.
        **scale: Colours and their range, as ``imshow`` takes them.
    """
    seconds = values.shape[1] * front.frame_ms / 1000
    ticks = [hertz for hertz in ticks_hz if hertz <= front.top]
    axes.set_yticks(np.interp(ticks, front.centres, np.arange(front.bands)), map(_hertz, ticks))
    return axes.imshow(
        values,
        origin="lower",
        aspect="auto",
        extent=(0, seconds, -0.5, values.shape[0] - 0.5),
        interpolation="nearest",
        **scale,
    )


def _hertz(value: int) -> str:
    return f"{value // 1000} kHz" if value >= 1000 else f"{value} Hz"


def _outline(axes: Any, lost: NDArray[np.bool_], front: Front) -> None:
    if lost.any():
        seconds = (np.arange(lost.shape[1]) + 0.5) * front.frame_ms / 1000
        bands = np.arange(lost.shape[0])
        axes.contour(seconds, bands, lost.astype(float), [0.5], colors=_LOST, linewidths=1.2)
    axes.set_title(f"outlined: lost detail, {lost.mean():.0%}", loc="right", fontsize=9)


def _deficit(axes: Any, bands: Sequence[Sequence[float]], name: str, *, is_marked: bool) -> None:
    deficit = np.asarray(bands[0], float) - np.asarray(bands[1], float)
    colours = np.where(deficit < 0, "#c0392b", "#2e86c1")
    axes.barh(np.arange(len(deficit)), np.nan_to_num(deficit), height=0.9, color=colours)
    axes.axvline(0, color="black", linewidth=0.6)
    weight = "bold" if is_marked else "normal"
    said = f"lost in {name}" if is_marked else name
    axes.set_title(f"{said}, by band\n(dB to the reference)", fontsize=9, fontweight=weight)


def over_epochs(
    path: Path,
    points: Mapping[str, Sequence[tuple[float, Sharpness]]],
    references: Sequence[Sharpness],
    word: str,
) -> None:
    """Write a picture of the named numbers over epochs.

    Args:
        path: The PNG to write.
        points: Epoch and numbers of each clip, by the name of the clip.
        references: Numbers of the recordings; drawn as a band of their range.
        word: What the horizontal axis counts.
    """
    shown = (
        ("total_db", "total sharpness (dB)"),
        ("time_db", "time sharpness (dB)"),
        ("frequency_db", "frequency sharpness (dB)"),
        ("harmonic_db", "harmonic contrast (dB)"),
        ("static_db", "static (dB)"),
    )
    figure, axes = pyplot.subplots(5, 1, figsize=(9, 11), sharex=True, layout="constrained")
    for panel, (name, title) in zip(axes, shown, strict=True):
        for clip, many in points.items():
            whens, values = zip(
                *((when, getattr(point, name)) for when, point in many), strict=True
            )
            panel.plot(whens, values, marker="o", markersize=3, label=clip[:32])
        of_references = [getattr(reference, name) for reference in references]
        if known := [value for value in of_references if np.isfinite(value)]:
            panel.axhspan(min(known), max(known), color="#27ae60", alpha=0.2, label="recordings")
        panel.set_title(title, loc="left", fontsize=10)
        panel.grid(alpha=0.25)
    axes[-1].axhline(STATIC_DB, color="#c0392b", linewidth=1, linestyle="--")
    axes[-1].set_title("dashed: above it the verdict is static", loc="right", fontsize=9)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=9, loc="outside upper right", ncols=4)
    axes[-1].set_xlabel(word)
    _save(figure, path)
