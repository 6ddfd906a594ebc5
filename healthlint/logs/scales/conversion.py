"""Bounds carried from one scale to another, within one kind of error.

An L1 error scales with the slope of its space, a squared one with the square. What a floor swallows
and what a Huber loss does beyond its delta make a conversion approximate; where it is more than
that it is refused, with the reason.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from healthlint.logs.scales.declaration import Scale, kind_in_words
from healthlint.logs.scales.spaces import SPACES, Space, nearest_space

LOOSEST = 1.05
"""Largest ratio of the two ends of a Huber conversion that is still given as one number."""
_POWERS = {"l1": 1, "mse": 2, "huber": 2}


class NotConvertible(ValueError):
    """A bound on one scale says nothing, or too little, about the other; the message says why."""


class Conversion(NamedTuple):
    """What a bound is multiplied by.

    Attributes:
        factor: The number.
        is_exact: False where floors, filterbanks or a delta make it hold only about: within 10 % on
            speech without digital silence (``docs/scales.md``).
    """

    factor: float
    is_exact: bool = True


def convert_bound(bound: float, from_scale: Scale, to_scale: Scale) -> float:
    """Return the bound that means on one scale what another means on its own.

    Args:
        bound: A value of the loss as it is logged on ``from_scale``.
        from_scale: The scale on which the bound holds.
        to_scale: The scale of the logged values.

    Raises:
        NotConvertible: The kinds differ, or a space is unknown or of another family.

    >>> guide = Scale("l1", "ln-power-mel")
    >>> convert_bound(0.6, guide, Scale("l1", "ln-amp-mel", logged_factor=45))
    13.5
    """
    return bound * conversion(from_scale, to_scale).factor


def conversion(from_scale: Scale, to_scale: Scale) -> Conversion:
    """Return what a bound is multiplied by to mean the same on another scale.

    Raises:
        NotConvertible: The kinds differ, or a space is unknown or of another family.
    """
    _refuse_kinds(from_scale, to_scale)
    logged = to_scale.factor / from_scale.factor
    if _is_same_space(from_scale, to_scale):
        return Conversion(logged)
    start, end = _space(from_scale), _space(to_scale)
    if start.family != end.family:
        raise NotConvertible(f"{from_scale.space} and {to_scale.space} are of different things")
    slope = _slope(end, to_scale) / _slope(start, from_scale)
    share = _share(end, to_scale) / _share(start, from_scale)
    size, is_exact = _size(slope, from_scale, to_scale)
    is_exact &= start.level(from_scale.floor) == end.level(to_scale.floor)
    is_exact &= start.argument == end.argument
    return Conversion(logged * share * size, is_exact)


def _refuse_kinds(from_scale: Scale, to_scale: Scale) -> None:
    if from_scale.kind is None or to_scale.kind is None:
        raise NotConvertible("the kind of error is not declared")
    if from_scale.kind == to_scale.kind:
        return
    start, end = (kind_in_words(scale.kind) for scale in (from_scale, to_scale))
    article = "an" if start in ("L1", "MSE") else "a"
    if (start, end) == ("Huber", "MSE"):  # a parabola lies above the Huber loss everywhere
        raise NotConvertible("a Huber bound says of MSE only that it is at least twice as high")
    raise NotConvertible(f"{article} {start} bound says nothing about {end}")


def _is_same_space(a: Scale, b: Scale) -> bool:
    """Return whether two scales differ in their logged factor at most."""
    if a.space is None or a.space != b.space or (a.std or 1.0) != (b.std or 1.0):
        return False
    space = SPACES.get(a.space)
    floors = [space.share(scale.floor) if space else scale.floor for scale in (a, b)]
    return floors[0] == floors[1] and (a.kind != "huber" or a.turn == b.turn)


def _space(scale: Scale) -> Space:
    if scale.space is None:
        raise NotConvertible("the space is not declared")
    space = SPACES.get(scale.space)
    if space is None:
        near = nearest_space(scale.space)
        hint = f"; did you mean `{near}`?" if near else ""
        raise NotConvertible(f"the space `{scale.space}` is not known{hint}")
    if scale.kind not in _POWERS:
        raise NotConvertible(f"a bound on {kind_in_words(scale.kind)} holds in its own space only")
    return space


def _slope(space: Space, scale: Scale) -> float:
    if space.needs_std and scale.std is None:
        raise NotConvertible(f"{space.name} needs the `std` that it was divided by")
    if not space.slope:
        raise NotConvertible(f"no constant factor leads to or from {space.name}")
    return space.slope / (scale.std or 1.0)


def _share(space: Space, scale: Scale) -> float:
    share = space.share(scale.floor)
    if math.isnan(share):
        raise NotConvertible(f"a floor of {scale.floor:g} hides too much of the error")
    return share


def _size(slope: float, from_scale: Scale, to_scale: Scale) -> tuple[float, bool]:
    """Return how the loss of one and the same error changes, and whether that is exact."""
    if from_scale.kind != "huber":
        return slope ** _POWERS[from_scale.kind or ""], True
    return _huber(slope, _reach(from_scale), _reach(to_scale))


def _reach(scale: Scale) -> float:
    """Return the largest error that is still squared: delta, infinite where none should pass it.

    None should where delta is as wide as the space; a model may still answer outside it.
    """
    space = SPACES[scale.space or ""]
    width = space.width / (scale.std or 1.0)
    return math.inf if scale.turn >= width else scale.turn


def _huber(slope: float, start: float, end: float) -> tuple[float, bool]:
    """Return the ratio of two Huber losses (Huber 1964) of the same errors.

    It is ``slope**2`` where both square an error and ``slope * end / start`` where both take it
    linearly, and lies between for every other error; so does the ratio of their means. The two
    agree where ``end == slope * start``, and then it is exact.

    Raises:
        NotConvertible: The two ends are too far apart.
    """
    squared = slope**2
    linear = squared if start == end == math.inf else slope * end / start
    if not 0 < linear < math.inf:
        raise NotConvertible("a Huber loss says nothing sure about one without its linear part")
    low, high = sorted((squared, linear))
    if high / low > LOOSEST:
        raise NotConvertible(
            f"a Huber bound of delta {start:g} fixes one of delta {end:g} only within a factor of "
            f"{high / low:.2g}"
        )
    return math.sqrt(low * high), start < math.inf and math.isclose(low, high, rel_tol=1e-9)


def value_of(scale: Scale, error: float) -> float:
    """Return what is logged where every element is off by an error, NaN where that is not known.

    Args:
        scale: The scale, in a known space.
        error: The error in the base of the space's family (ln amplitude), at least 0.

    >>> value_of(Scale("l1", "ln-power-mel"), 5.0), value_of(Scale("mse", "ln-amp-mel"), 5.0)
    (10.0, 25.0)
    """
    space = SPACES.get(scale.space or "")
    if space is None or not space.slope or (space.needs_std and scale.std is None):
        return math.nan
    own = error * space.slope / (scale.std or 1.0)
    if scale.kind == "huber":
        turn = scale.turn
        return scale.factor * (own * own / 2 if own <= turn else turn * (own - turn / 2))
    power = _POWERS.get(scale.kind or "")
    return math.nan if power is None else scale.factor * float(own**power)
