"""The records of a log, built from what a trainer hands in: every check of its content is here."""

import operator
import os
from collections.abc import Mapping
from typing import Any, SupportsIndex

from healthlint.emit import device
from healthlint.emit.encoding import number, plain
from healthlint.emit.names import checked, full_name
from healthlint.emit.tail import Header

SCHEMA = "healthlint.log/1"
LARGEST_EPOCH = 1_000_000_000
LARGEST_STEP = 2**53
"""Whole numbers from here on are not kept by readers that know floats alone."""


def header(
    known: Header | None, facts: object, run: str | None, resume_step: int | None, moment: float
) -> dict[str, object]:
    """Return the first record of a run, or of its next attempt where ``resume_step`` is given.

    ``known`` is the newest header that the log has. A log that has lost its headers is taken for
    attempt 0.

    Raises:
        TypeError: ``resume_step`` is no whole number.
        ValueError: It is negative, or ``run`` is another run than the log's last.
    """
    kind: dict[str, object] = {"_type": "run", "_schema": SCHEMA}
    if resume_step is None:
        place = {"run": run or os.urandom(8).hex(), "attempt": 0, "time": moment, "step": 0}
        return kind | place | {"meta": facts}
    if known and run not in (None, known.run):
        raise ValueError(f"cannot resume run {run!r}: the log's last run is {known.run!r}")
    step = whole_step(resume_step)
    return kind | {
        "run": known.run if known else run or os.urandom(8).hex(),
        "attempt": known.attempt + 1 if known else 1,
        "step": step,
        "resumed_from": step,
        "time": moment,
        "meta": facts,
    }


def named_values(
    metrics: Mapping[str, object], more: Mapping[str, object], split: str | None
) -> dict[str, object]:
    """Return the values by their full names, in the order given.

    Raises:
        ValueError: A name or the split is not allowed, or a name comes twice.
    """
    values: dict[str, object] = {}
    for given in metrics, more:
        for name, value in given.items():
            full = full_name(name, split)
            if full in values:
                raise ValueError(f"the name {full!r} comes twice in one record")
            values[full] = value
    return values


def metrics_entry(
    step: SupportsIndex, values: Mapping[str, object], *, epoch: object, moment: float
) -> device.Entry:
    """Return the record of values whose names are checked; tensors are stacked on their device.

    Raises:
        TypeError: A value is no number, or the step no whole number.
        ValueError: The step is negative, the epoch out of range, or a tensor has several elements.
    """
    record: dict[str, object] = {"step": whole_step(step)}
    if epoch is not None:
        record["epoch"] = counted_epoch(epoch)
    record["time"] = moment
    on_device: dict[str, Any] = {}
    for name, value in values.items():
        if device.is_device_scalar(value):
            on_device[name] = value
            record[name] = None  # keeps the place until the value is copied
        else:
            record[name] = number(name, value)
    return device.Entry(record, device.stack(on_device) if on_device else None)


def event_record(
    event: str, step: SupportsIndex, fields: Mapping[str, object], *, epoch: object, moment: float
) -> dict[str, object]:
    """Return the record of an event.

    Raises:
        TypeError: A field has no JSON form, or the step is no whole number.
        ValueError: The event's or a field's name is not allowed, the step is negative, or the
            epoch out of range.
    """
    record: dict[str, object] = {"_type": "event", "event": checked(event)}
    record["step"] = whole_step(step)
    if epoch is not None:
        record["epoch"] = counted_epoch(epoch)
    for name, value in fields.items():
        record[checked(name)] = plain(name, value)
    return record | {"time": moment}


def whole_step(step: SupportsIndex) -> int:
    """Return the step as an int of 0 or more."""
    try:
        whole = operator.index(step)
    except TypeError:
        raise TypeError(f"step must be a whole number, got {step!r:.40}") from None
    if not 0 <= whole < LARGEST_STEP:
        shown = f"{whole:.6g}" if abs(whole) < 10**300 else "a number of hundreds of digits"
        raise ValueError(f"step must be 0 or more and below 2**53, got {shown}")
    return whole


def counted_epoch(epoch: object) -> int | float:
    """Return the epoch as a number from 0."""
    value = number("epoch", epoch)
    if not is_epoch(value):
        raise ValueError(f"epoch must be a number from 0 to {LARGEST_EPOCH:,}, got {value:.6g}")
    return value


def is_epoch(value: float) -> bool:
    """Say whether a number can count epochs."""
    return 0 <= value <= LARGEST_EPOCH
