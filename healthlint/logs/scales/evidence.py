"""What the first values of a loss say about a scale that was declared or assumed.

A run that starts at 34 logs no plain L1 of ln-power mels, whatever its header says: an untrained
model is off by about 5 in ln amplitude and cannot be off by more than the whole range of levels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from healthlint.logs.model import Floats, Series
from healthlint.logs.scales.conversion import value_of
from healthlint.logs.scales.declaration import Scale
from healthlint.logs.scales.spaces import SPACES

FIRST = 5
"""How many of the first values speak; their median counts, so that one outlier does not."""
FRESH_STEPS = 20
"""Within so many steps of the first epoch a model is untrained."""
_CHUNK = 4096


class _Range(NamedTuple):
    """Mean errors at the start of a run, in the base of a family.

    Attributes:
        possible: The largest that any model can make.
        likely: The largest that an untrained model makes.
        untrained: The smallest that an untrained model makes.
        reached: The smallest that any model of the field comes to.
    """

    possible: float
    likely: float
    untrained: float = 0.0
    reached: float = 0.0


# Mel, in ln amplitude: speech has levels from about -11.5 (a floor of 1e-5) to 1, with a mean near
# -5 and a standard deviation near 2.2. Untrained models that answer about 0 were seen at 2 to 6,
# one that answers the mean would be at 1.7; the best vocoders come to about 0.1.
# Frames: ln(1 + 1000) is 6.9. Curves in [0, 1]: an untrained answer may lie a few units outside.
_RANGES = {
    "mel": _Range(possible=12.5, likely=7.5, untrained=0.75, reached=0.025),
    "frames": _Range(possible=8.0, likely=6.5),
    "pitch": _Range(possible=5.0, likely=3.0),
    "energy": _Range(possible=5.0, likely=3.0),
}


def contradiction(series: Series, scale: Scale, *, is_assumed: bool) -> str:
    """Return what of a series its scale cannot give, empty where nothing is.

    Args:
        series: The series.
        scale: Its scale, declared or assumed.
        is_assumed: Whether it is assumed; then unlikely values speak against it, else impossible
            ones alone.
    """
    space = SPACES.get(scale.space or "")
    span = _RANGES.get(space.family) if space else None
    first = first_values(series.values)
    if span is None or not len(first):
        return ""
    start = _middle(first)
    high = span.likely if is_assumed else span.possible
    low = span.untrained if is_assumed and _is_fresh(series) else span.reached
    if start > value_of(scale, high):
        bound = f"above the most ({value_of(scale, high):.2g})"
    elif start < value_of(scale, low):
        bound = f"below the least ({value_of(scale, low):.2g})"
    else:
        return ""
    values = f"median of its first {len(first)} values" if len(first) > 1 else "its only value"
    return (
        f"{series.key} starts at {start:.3g} ({values}), {bound} that a model starts at as {scale}"
    )


def _middle(values: Floats) -> float:
    """Return the median of a few finite values; numpy's own loads a package for masked arrays."""
    ordered = np.sort(values).tolist()
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def first_values(values: Floats) -> Floats:
    """Return the first finite values above 0, at most ``FIRST``.

    An exact 0 is what a masked or sleeping loss logs and says nothing of the scale.
    """
    firsts: Floats = np.zeros(0)
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK]
        firsts = np.concatenate([firsts, chunk[np.isfinite(chunk) & (chunk > 0)]])[:FIRST]
        if len(firsts) == FIRST:
            break
    return firsts


def _is_fresh(series: Series) -> bool:
    """Return whether its first values are of the first steps of an untrained model.

    Steps count as such only beside epochs that stand still: a log of one line an epoch may number
    its lines as steps.
    """
    if len(series) < FIRST:
        return False
    steps, epochs = series.steps[:FIRST], series.epochs[:FIRST]
    with np.errstate(invalid="ignore"):
        return bool((steps <= FRESH_STEPS).all() and (epochs <= 1).all())
