"""A log from its raw columns: runs told apart, facts checked, and whether it is a training log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from healthlint.logs.epochs import with_epochs
from healthlint.logs.model import Integers, Log, Problem
from healthlint.logs.naming import Vocabulary, remark
from healthlint.logs.records import Records
from healthlint.logs.segmentation import segment
from healthlint.logs.timelines import build_runs
from healthlint.logs.vocabulary import is_of_training, split_words

SHOWN = 8
"""Names that a message lists."""
FEWEST = 3
"""Records of a log without any axis that are worth to be counted."""
_WORDS = frozenset(
    {"loss", "losses", "nll", "elbo", "mse", "rmse", "mae", "ppl", "perplexity", "xent", "logloss"}
)
_COUNTED = "no step and no epoch in it: records are counted"


def assemble(
    path: str,
    format_name: str,
    records: Records,
    facts: Mapping[str, object],
    problems: Sequence[Problem] = (),
    notes: Sequence[str] = (),
    *,
    is_training: bool = False,
) -> Log:
    """Return the log that raw columns make; without runs where it is not one of a training.

    Args:
        path: The path as the user gave it.
        format_name: Name of the format that was read.
        records: What the reader found.
        facts: What the user says of the run; outranks its header.
        problems: What the reader could not read.
        notes: Remarks of the reader on how it read the log.
        is_training: Whether the reader knows it for the log of a training, whatever its names.
    """
    vocabulary = Vocabulary.of(path, records, facts)
    is_training = is_training or _is_of_training(records, vocabulary)
    has_axis = _has_axis(records)
    if is_training and not has_axis and len(records.lines) >= FEWEST:
        records = replace(records, steps=np.arange(1.0, len(records.lines) + 1))
        notes, has_axis = (*notes, _COUNTED), True
    if not (is_training and has_axis):
        reason = _why_nothing(records, vocabulary, has_axis=has_axis)
        return Log(path=path, format=format_name, problems=(reason, *problems))
    records, how = with_epochs(records)
    notes = (*notes, how) if how else notes
    runs, wrong = build_runs(records, segment(records), facts, vocabulary)
    ordered = sorted((*problems, *wrong), key=lambda problem: problem.line or 0)
    if notes:
        runs = [replace(run, notes=(*notes, *run.notes)) for run in runs]
    lines = records.lines if records.lines.any() else np.zeros(0, np.int64)
    return Log(
        path=path,
        format=format_name,
        runs=runs,
        lines=lines,
        problems=tuple(ordered),
        unread=_unread(records, vocabulary),
    )


def _unread(records: Records, vocabulary: Vocabulary) -> dict[str, Integers]:
    """Return the lines of the values that could not be read, by key of their series."""
    lines: dict[str, Integers] = {}
    for each in records.unread:
        name = vocabulary.name(each.name)
        split = each.split or name.split
        key = f"{split}/{name.metric}" if split else name.metric
        lines[key] = np.concatenate([lines.get(key, np.zeros(0, np.int64)), each.lines])
    return lines


def _has_axis(records: Records) -> bool:
    return bool(np.isfinite(records.steps).any() or np.isfinite(records.epochs).any())


def _why_nothing(records: Records, vocabulary: Vocabulary, *, has_axis: bool) -> Problem:
    """Return why there is nothing to judge in a log."""
    names = [column.name for column in records.columns]
    if not names:
        return _without_metrics(records)
    lacks = "no step and no epoch" if not has_axis else "no metric of a training"
    return Problem(
        message=f"not a training log: {lacks} among {listed(sorted(records.keys))}",
        kind="nothing",
        hint=(_likely(names, vocabulary) if has_axis else "")
        or "a training log has a step or an epoch, and a loss, on each line",
    )


def _is_of_training(records: Records, vocabulary: Vocabulary) -> bool:
    """Return whether names tell a training: a known one, a loss, or one in both splits."""
    splits: dict[str, set[str]] = {}
    for column in records.columns:
        meaning = vocabulary.name(column.name)
        if meaning.is_known and is_of_training(meaning.metric):
            return True
        if _WORDS.intersection(split_words(column.name)):
            return True
        splits.setdefault(meaning.metric, set()).add(column.split or meaning.split)
    return any({"train", "val"} <= found for found in splits.values())


def _likely(names: Sequence[str], vocabulary: Vocabulary) -> str:
    """Return what one of the names probably means and how to say so, empty where none is near."""
    guesses = ((name, vocabulary.likely(name)) for name in names[:SHOWN])
    return next((remark(name, metric) for name, metric in guesses if metric), "")


def _without_metrics(records: Records) -> Problem:
    header = next((mark for mark in records.marks if mark.kind == "run"), None)
    if header is not None:
        said = "only a header: no metric has been logged yet"
        return Problem(message=said, line=header.line, kind="nothing")
    if records.keys:
        said = f"not a training log: no numbers under {listed(records.keys)}"
        return Problem(message=said, kind="nothing")
    return Problem(message="no record in it", kind="nothing")


def listed(names: Sequence[str]) -> str:
    """Return names for a message, shortened.

    >>> listed(["step", "loss"])
    '`step`, `loss`'
    """
    shown = ", ".join(f"`{name:.40}`" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
