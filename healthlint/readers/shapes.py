"""What the keys of a record are: axes, metrics, the split, a name with a value, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from healthlint.logs.axes import Axis, axis_of

DEEPEST = 8
"""Levels of nested objects that are looked into."""
_SPLITS = ("split", "mode", "phase", "subset", "stage", "event", "kind", "type", "part", "set")
_NAMES = (("metric", "variant"), ("name",), ("tag",), ("metric",), ("key",), ("event_name",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How records with the same keys are read.

    Attributes:
        keys: The keys, in order.
        axes: Position of the key of each axis.
        metrics: Positions and names of the keys that may be metrics.
        split: Position of a key that may tell the split (``"mode": "val"``), None without one.
        long: Positions of the name (several parts are joined by ``/``) and of the value of a long
            record, None for a wide one.
        is_special: True for a mark, or a record that lists its non-finite values.
        is_plain: True where each key but the axes may be a metric and the order of keys says
            nothing: no two of them are rivals for an axis, or differ in their case alone.
    """

    keys: Sequence[str]
    axes: Mapping[Axis, int]
    metrics: Sequence[tuple[int, str]]
    split: int | None
    long: tuple[tuple[int, ...], int] | None
    is_special: bool
    is_plain: bool

    @property
    def names(self) -> list[str]:
        """Return the names of the metrics, but for a time that may be one."""
        return [name for position, name in self.metrics if position != self.axes.get("time")]


def shape_of(keys: Sequence[str]) -> Shape:
    """Return how a record with these keys is read; keys that begin with ``_`` are no metrics."""
    axes = choose_axes(keys)
    taken = {position for axis, position in axes.items() if axis != "time"}
    metrics = [
        (position, key)
        for position, key in enumerate(keys)
        if position not in taken and _may_be_metric(key)
    ]
    position = {key.lower(): at for at, key in enumerate(keys)}
    split = next((position[key] for key in _SPLITS if key in position), None)
    long = _long(position)
    is_special = "_type" in keys or "_nonfinite" in keys
    has_rivals = len(axes) < sum(axis_of(key) is not None for key in keys)
    return Shape(
        keys=keys,
        axes=axes,
        metrics=metrics,
        split=split,
        long=long,
        is_special=is_special,
        is_plain=not (is_special or has_rivals or len(keys) < 2 or len(position) < len(keys))
        and split is None
        and long is None,
    )


def _long(position: Mapping[str, int]) -> tuple[tuple[int, ...], int] | None:
    """Return where name and value of a long record are, None where it is not one."""
    for names in _NAMES:
        if "value" in position and all(name in position for name in names):
            return tuple(position[name] for name in names), position["value"]
    return None


def choose_axes(names: Sequence[str]) -> dict[Axis, int]:
    """Return the position of the preferred name of each axis that is there.

    >>> choose_axes(["iter", "global_step", "epoch"])
    {'step': 1, 'epoch': 2}
    """
    best: dict[Axis, tuple[int, int]] = {}
    for position, name in enumerate(names):
        found = axis_of(name)
        if found is not None and (found[0] not in best or found[1] < best[found[0]][0]):
            best[found[0]] = (found[1], position)
    return {axis: position for axis, (_, position) in best.items()}


def _may_be_metric(key: str) -> bool:
    """Return whether a key can be a metric: a time that is no clock time can (``time`` a step)."""
    if key.startswith("_"):
        return False
    axis = axis_of(key)
    return axis is None or axis[0] == "time"


def flatten(record: Mapping[str, object]) -> tuple[dict[str, object], bool]:
    """Return a record without nested objects, their keys joined by ``/``, and whether all is in it.

    >>> flatten({"step": 1, "metrics": {"loss": 0.5}})
    ({'step': 1, 'metrics/loss': 0.5}, True)
    """
    flat: dict[str, object] = {}
    is_whole = _flatten(record, "", DEEPEST, flat)
    return flat, is_whole


def _flatten(record: Mapping[str, object], prefix: str, room: int, flat: dict[str, object]) -> bool:
    is_whole = True
    for key, value in record.items():
        if not isinstance(value, dict):
            flat[prefix + key] = value
        elif room:
            is_whole &= _flatten(value, f"{prefix}{key}/", room - 1, flat)
        else:
            is_whole = False
    return is_whole
