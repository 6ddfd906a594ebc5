"""Scalars that live on an accelerator: kept there, and copied once for many records.

Asking a device for one number makes the program wait until the device has done all it was given.
So a record's scalars are stacked on their device when they are logged, which is only queued, and
which keeps the value even if the trainer then changes the tensor in place. One copy to the
processor serves a whole batch of records.

torch is found among the modules already loaded, never imported: whoever has a tensor has torch.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from healthlint.emit.encoding import shortest_float32


class Stack(NamedTuple):
    """Scalars of one record that share a device and a kind of number."""

    names: tuple[str, ...]
    place: tuple[Any, Any]  # device and dtype
    values: Any  # a tensor of shape (len(names),)


class Entry:
    """A record, and the stacks that its missing values are still in."""

    __slots__ = ("record", "stacks")

    def __init__(self, record: dict[str, object], stacks: list[Stack] | None = None) -> None:
        self.record = record
        self.stacks = stacks or []


def is_device_scalar(value: object) -> bool:
    """Say whether the value is a torch tensor, on whatever device."""
    return hasattr(value, "detach") and "torch" in sys.modules


def snapshot(name: str, value: Any) -> Any:
    """Return the tensor's present value as a tensor of its own, without waiting for the device.

    Raises:
        TypeError: The tensor holds complex numbers.
        ValueError: The tensor has not exactly one element.
    """
    return _scalar(name, value).clone()


def stack(scalars: Mapping[str, Any]) -> list[Stack]:
    """Return the scalars' present values, one stack for each device and kind of number.

    Nothing here waits for a device. Integers keep all their digits (float32 loses them above
    2**24), float64 stays float64, every narrower float is read as float32.

    Raises:
        TypeError: A tensor holds complex numbers.
        ValueError: A tensor has not exactly one element.
    """
    groups: dict[tuple[Any, Any], dict[str, Any]] = {}
    for name, value in scalars.items():
        tensor = _scalar(name, value)
        groups.setdefault((tensor.device, _kind(tensor)), {})[name] = tensor
    torch = sys.modules["torch"]
    return [
        Stack(tuple(group), place, torch.stack([v.type(place[1]) for v in group.values()]))
        for place, group in groups.items()
    ]


def fill(entries: Sequence[Entry]) -> Exception | None:
    """Put the stacked values into their records; return the first failure to read a device.

    One copy serves all stacks of a device and kind. A value that cannot be read (the device has
    failed) leaves its record, whose ``_unread`` then names it: the rest of the record is kept.
    """
    groups: dict[tuple[Any, Any], list[tuple[Entry, Stack]]] = {}
    for entry in entries:
        for part in entry.stacks:
            groups.setdefault(part.place, []).append((entry, part))
    failures = [_fill_group(group) for group in groups.values()]
    for entry in entries:
        entry.stacks = []
    return next((failure for failure in failures if failure), None)


def _scalar(name: str, value: Any) -> Any:
    """Return the tensor without its gradient and its axes."""
    if value.is_complex():
        raise TypeError(f"{name!r}: a real number is wanted, got a tensor of {value.dtype}")
    if value.numel() != 1:
        raise ValueError(
            f"{name!r}: one number is wanted, got a tensor of shape {tuple(value.shape)}"
        )
    return value.detach().reshape(())


def _kind(tensor: Any) -> Any:
    """Return the dtype that keeps every digit of the tensor."""
    torch = sys.modules["torch"]
    if not tensor.is_floating_point():
        return torch.int64
    return torch.float64 if tensor.element_size() == 8 else torch.float32


def _fill_group(group: Sequence[tuple[Entry, Stack]]) -> Exception | None:
    """Fill the values of one device and kind, with one copy if that goes well."""
    try:
        rows = _copy([part.values for _, part in group])
    except Exception as error:
        if len(group) == 1:
            _mark_unread(*group[0])
            return error
        # Joining needs memory that a full device may not have; one stack alone needs none.
        failures = [_fill_group([pair]) for pair in group]
        return next((failure for failure in failures if failure), None)
    narrow = sys.modules["torch"].float32
    for (entry, part), row in zip(group, rows, strict=True):
        numbers = map(shortest_float32, row) if part.place[1] is narrow else row
        entry.record.update(zip(part.names, numbers, strict=True))
    return None


def _copy(tensors: Sequence[Any]) -> list[list[float]]:
    """Return the elements of 1-D tensors of one device, copied together."""
    joined = sys.modules["torch"].cat(tensors) if len(tensors) > 1 else tensors[0]
    flat = iter(joined.cpu().tolist())
    return [[next(flat) for _ in range(len(tensor))] for tensor in tensors]


def _mark_unread(entry: Entry, part: Stack) -> None:
    """Take the values that no device gave out of the record, and say which they were."""
    for name in part.names:
        entry.record.pop(name, None)
    known = entry.record.get("_unread", [])
    entry.record["_unread"] = [*(known if isinstance(known, list) else []), *part.names]
