"""Epochs of logs that know steps only: event files, and whatever was made of their calls.

Lightning logs its epoch as a scalar. Other trainers log some tags once an epoch: at the step that
closes it (``loss/val_mel_epoch``), or with the epoch in place of the step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers, Split
from healthlint.logs.records import Records
from healthlint.logs.vocabulary import recognise, split_words

Mask = NDArray[np.bool_]
Labels = list[tuple[str, Split]]


@dataclass(frozen=True, slots=True)
class Axes:
    """Steps and epochs of single values, shape ``(values,)``.

    Attributes:
        steps: Steps over the run, those of tags that count epochs replaced.
        epochs: Epochs, NaN where nothing tells them.
        note: How they were found, empty where they were not.
    """

    steps: Floats
    epochs: Floats
    note: str = ""


def find_axes(labels: Labels, series: Integers, steps: Floats, values: Floats) -> Axes:
    """Return the axes of single values in the order in which they were logged.

    Args:
        labels: Name and split of each series.
        series: Which series each value is of.
        steps: Step of each value as logged.
        values: The values.
    """
    named = [at for at, (name, _) in enumerate(labels) if name.lower() == "epoch"]
    if named:
        is_epoch = np.isin(series, named)
        if is_epoch.any():
            return Axes(steps, _logged(is_epoch, steps, values), "epochs are logged as a scalar")
    late = [at for at, label in enumerate(labels) if _is_late(*label)]
    places = _places(series, len(labels))
    tags = [(name, own) for (name, _), own in zip(labels, places, strict=True)]
    return _by_tags(tags, steps, np.isin(series, late))


def with_epochs(records: Records) -> tuple[Records, str]:
    """Return records with the epochs that their tags tell, and how; as they are where none do.

    Only tags that speak of epochs tell them here: rows may have steps of their own for any other
    reason. What is logged as an epoch outranks it, in whatever record it stands.
    """
    tags = [
        (column.name, column.records)
        for column in records.columns
        if "epoch" in split_words(column.name)
    ]
    if not tags or np.isfinite(records.epochs).any() or not np.isfinite(records.steps).any():
        return records, ""
    is_late = np.ones(len(records.steps), np.bool_)
    for column in records.columns:
        if not _is_late(column.name, column.split):
            is_late[column.records] = False
    axes = _by_tags(tags, records.steps, is_late)
    if not axes.note:
        return records, ""
    return replace(records, steps=axes.steps, epochs=axes.epochs), axes.note


def _is_late(name: str, split: Split) -> bool:
    """Return whether values of a tag may belong to an epoch that has been closed at their step."""
    return (split or recognise(name).split) == "val" or "epoch" in split_words(name)


def _by_tags(tags: Sequence[tuple[str, Integers]], steps: Floats, is_late: Mask) -> Axes:
    """Return the axes of points (values, or records) by the tags that are logged once an epoch.

    Args:
        tags: Name and places of each tag.
        steps: Step of each point.
        is_late: Which points may belong to an epoch that has been closed at their step.
    """
    counting = [(name, own) for name, own in tags if _counts_epochs(own, steps)]
    if counting:
        is_mark = _at(counting, len(steps))
        epochs = np.where(is_mark, steps, np.nan)
        steps = np.where(is_mark, _last(steps, ~is_mark), steps)
        note = f"`{counting[0][0]:.40}` and its like count epochs in place of steps"
        return Axes(steps, _between(is_mark, steps, epochs, is_late), note)
    closing = [(name, own) for name, own in tags if _closes_epochs(name, own, steps)]
    if not closing:
        return Axes(steps, np.full(len(steps), np.nan))
    is_mark = _at(closing, len(steps))
    note = f"epochs end where `{closing[0][0]:.40}` is logged"
    epochs = np.where(is_mark, 0.0, np.nan)
    return Axes(steps, _between(is_mark, steps, epochs, is_late), note)


def _at(tags: Sequence[tuple[str, Integers]], count: int) -> Mask:
    """Return which of so many points are of one of the tags."""
    mask = np.zeros(count, np.bool_)
    for _, own in tags:
        mask[own] = True
    return mask


def _logged(is_epoch: Mask, steps: Floats, values: Floats) -> Floats:
    """Return the epoch that was logged with each value: at its step, else the last one."""
    marks = np.flatnonzero(is_epoch)
    at = np.searchsorted(marks, np.arange(len(steps)))
    following = marks[np.minimum(at, len(marks) - 1)]
    before = marks[np.maximum(at - 1, 0)]
    is_own = steps[following] == steps
    return np.where(is_own, values[following], np.where(at > 0, values[before], values[following]))


def _places(series: Integers, count: int) -> Iterator[Integers]:
    """Yield the places of the values of each series."""
    order = np.argsort(series, kind="stable")
    stops = np.searchsorted(series[order], np.arange(count + 1))
    for at in range(count):
        yield order[stops[at] : stops[at + 1]]


def _counts_epochs(own: Integers, steps: Floats) -> bool:
    """Return whether a tag has the epoch in place of the step.

    It rises by one from point to point while the steps of other tags run far ahead of it.
    """
    rises = np.diff(steps[own])
    if not (rises == 1).any() or not ((rises == 1) | (rises <= 0)).all():
        return False
    later = own[1:][np.diff(own) > 1]
    return bool(len(later) and (steps[later - 1] > 2 * steps[later] + 1).all())


def _closes_epochs(name: str, own: Integers, steps: Floats) -> bool:
    """Return whether a tag is logged once an epoch: ``train_loss_epoch``.

    Where the word does not stand last (``epoch_loss``) the tag may be a mean of the epoch so far:
    then it must be rarer than the steps that are logged.
    """
    words = split_words(name)
    if "epoch" not in words or not len(own):
        return False
    is_rare = 2 * len(np.unique(steps[own])) <= len(np.unique(steps[np.isfinite(steps)]))
    return words[-1] == "epoch" or is_rare


def _last(steps: Floats, among: Mask) -> Floats:
    """Return the last step of some values, up to each value; NaN before the first."""
    at = np.maximum.accumulate(np.where(among, np.arange(len(steps)), -1))
    return np.where(at >= 0, steps[at], np.nan)


def _between(is_mark: Mask, steps: Floats, numbers: Floats, is_late: Mask) -> Floats:
    """Return the epoch of each value from marks that close epochs.

    Args:
        is_mark: Which values are marks.
        steps: Step of each value.
        numbers: The epoch a mark closes, 0 throughout where marks have no number.
        is_late: Values that belong to a closed epoch where they have its step.
    """
    marks = np.flatnonzero(is_mark)
    changes = np.flatnonzero(np.diff(steps[marks]) != 0)
    firsts = marks[np.concatenate(([0], changes + 1))]
    lasts = marks[np.concatenate((changes, [len(marks) - 1]))]
    closed = steps[lasts]
    known = numbers[firsts]
    epochs = known if known.any() else _counted(closed)
    at = np.searchsorted(lasts, np.arange(len(steps)))
    before = np.maximum(at - 1, 0)
    following = np.minimum(at, len(lasts) - 1)
    goes_on = (at > 0) & ((steps >= closed[before]) | (at == len(lasts)))
    is_closed = (at > 0) & is_late & (steps == closed[before]) & ~is_mark
    filled = np.where(goes_on, epochs[before] + 1, epochs[following])
    inside = np.arange(len(steps)) >= firsts[following]
    filled = np.where(inside & (at < len(lasts)), epochs[following], filled)
    return np.where(is_closed, epochs[before], filled)


def _counted(closed: Floats) -> Floats:
    """Return the numbers of epochs that were closed at these steps.

    Where epochs are equally long a step tells the number, also after a resume; else they are
    counted, and a step that falls goes back to the epoch it falls into.

    >>> _counted(np.array([30.0, 45.0, 60.0, 45.0])), _counted(np.array([10.0, 21.0, 30.0, 21.0]))
    (array([2., 3., 4., 3.]), array([1., 2., 3., 2.]))
    """
    rises = np.diff(closed)
    gap = float(np.median(rises[rises > 0])) if (rises > 0).any() else 0.0
    if gap > 0:
        numbers = np.rint(closed / gap)
        if (np.abs(closed - numbers * gap) <= 0.02 * gap).all() and (numbers >= 1).all():
            return numbers
    counted: list[float] = []
    for at, step in enumerate(closed.tolist()):
        earlier = [(closed[k], counted[k]) for k in range(at - 1, -1, -1) if closed[k] < step]
        counted.append(max(earlier)[1] + 1 if earlier else 1.0)
    return np.array(counted)
