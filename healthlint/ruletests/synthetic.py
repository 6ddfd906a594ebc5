"""The log that a test describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from healthlint.engine.profiles import of_log
from healthlint.logs import Log, Run, Series, Split, Timeline
from healthlint.logs.model import Event, Floats, Integers
from healthlint.ruletests.model import Case
from healthlint.ruletests.notation import series as read_series
from healthlint.timeline.quantities import Length, Values
from healthlint.timeline.reference import Reference

_EACH_EPOCH = Length(1.0, "epochs")


def synthetic_reference(case: Case) -> Reference | None:
    """Return the good runs that a test describes, None where it describes none."""
    if not case.reference:
        return None
    logs = [synthetic_log(replace(case, series=series, ended=True)) for series in case.reference]
    return Reference(tuple(of_log(log) for log in logs), "`reference:` of the test")


def synthetic_log(case: Case) -> Log:
    """Return the log that a test describes: one record for each position, all series in step."""
    columns = {key: read_series(text) for key, text in case.series.items()}
    last = max((int(at[-1]) for at, _ in columns.values() if len(at)), default=-1)
    every = case.every.resolve(Values({}, case.facts)) if case.every else _EACH_EPOCH
    series = {
        key: _series(key, at, values, every, case.facts) for key, (at, values) in columns.items()
    }
    events = _events(case.events, last)
    timeline = Timeline(
        attempt=0,
        series=series,
        first_record=0,
        last_record=last,
        has_ended=case.ended,
        events=events,
    )
    run = Run(
        number=1,
        id=None,
        facts=dict(case.facts),
        timelines=(timeline,),
        events=events,
        status="ok" if case.ended else None,
    )
    return Log(path=case.name, format="test", runs=(run,), lines=np.arange(1, last + 2))


def _events(texts: Mapping[str, str], last: int) -> tuple[Event, ...]:
    """Return what was announced: each number of a position as often, before its record."""
    events = [
        Event(
            kind=kind,
            record=min(int(position) - 1, last),
            line=int(position) + 1,
            step=None,
            epoch=None,
            fields={},
        )
        for kind, text in texts.items()
        for position, count in zip(*read_series(text), strict=True)
        for _ in range(int(count))
    ]
    return tuple(sorted(events, key=lambda event: event.record))


def _series(
    key: str, at: Integers, values: Floats, every: Length, facts: Mapping[str, object]
) -> Series:
    split, _, metric = key.rpartition("/")
    position = (at + 1) * every.amount
    unknown = np.full(len(at), np.nan)
    per_epoch = facts.get("steps_per_epoch")
    steps, epochs, times = position.astype(float), unknown, unknown
    if every.unit == "epochs":
        scale = float(per_epoch) if isinstance(per_epoch, (int, float)) else 100.0
        epochs, steps = np.ceil(position - 1e-9), np.round(position * scale)
    elif every.unit == "minutes":
        times = position * 60.0
    elif isinstance(per_epoch, (int, float)):
        epochs = np.ceil(steps / per_epoch)
    kept: Split = "val" if split == "val" else "train" if split == "train" else ""
    return Series(
        metric=metric,
        split=kept,
        name=key,
        records=at,
        steps=steps,
        epochs=epochs,
        times=times,
        values=values,
    )
