"""Sharpness of the samples that a run announced, as series that rules judge like any loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from healthlint.logs.model import Log, Problem, Run, Series, Timeline
from healthlint.spectrogram.agreeing import sides
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.judging import Baseline, baseline, share
from healthlint.spectrogram.measuring import Measured, measured, numbers_of
from healthlint.spectrogram.samples import Sample, announced, settings_of, spread
from healthlint.spectrogram.score import Sharpness

_TYPICAL = {"total_db": 2.0, "time_db": -3.5, "frequency_db": 5.5, "static_db": -0.3}
"""Medians of recordings, for runs whose samples name no target (`docs/blur.md`)."""
_SHARES = {
    "sharpness": "total_db",
    "sharpness_time": "time_db",
    "sharpness_frequency": "frequency_db",
}
_STATIC = "sharpness_static"
_MOST = 400
"""Samples of one run that are measured; of more, as many spread over the run."""


def with_sharpness(log: Log) -> Log:
    """Return a log with the sharpness of its samples beside its metrics.

    ``val/sharpness``, ``val/sharpness_time`` and ``val/sharpness_frequency`` are the share of the
    recordings' detail that is there, 0 to 1 (1 for as sharp or sharper); ``val/sharpness_static``
    is the static above that of the recordings in dB, 0 and above. Each has one value an epoch, the
    mean over its samples. Where a sample names its target the targets are what it is compared with,
    else recordings as they usually are. What a run logged outranks what is seen: one that logs
    sharpness itself, under any split, stays as it is. Samples that are not where they were
    announced are told, once a run.
    """
    looked = [_run(run, Path(log.path)) for run in log.runs]
    problems = [problem for _, troubles in looked for problem in troubles]
    return replace(log, runs=tuple(run for run, _ in looked), problems=(*log.problems, *problems))


def shares(many: Sequence[Sharpness], middles: Mapping[str, float]) -> dict[str, float]:
    """Return the value of each series for some spectrograms, by bare name.

    Args:
        many: At least one, each with numbers.
        middles: The numbers of the recordings that they are compared with.
    """
    values = {
        name: [share(middles[field] - float(getattr(one, field))) for one in many]
        for name, field in _SHARES.items()
    }
    values[_STATIC] = [max(0.0, one.static_db - middles["static_db"]) for one in many]
    return {name: float(np.mean(own)) for name, own in values.items()}


def _run(run: Run, place: Path) -> tuple[Run, list[Problem]]:
    if any(series.metric.startswith("sharpness") for series in run.series.values()):
        return run, []
    every = list(announced(run, place))
    samples = [sample for sample in every if sample.mel.is_file()]
    absent = _absent([sample for sample in every if not sample.mel.is_file()])
    if not samples:
        return run, absent
    samples = spread(samples, _MOST)
    settings = settings_of(run.facts, Settings())
    targets = list(dict.fromkeys(str(sample.target) for sample in samples if sample.target))
    files = [str(sample.mel) for sample in samples]
    try:
        of_targets, of_samples = sides(targets, files, settings, is_course=True)
    except SpectrogramError as error:
        said = f"samples could not be looked at: {error}"
        return run, [*absent, Problem(message=said, line=samples[0].line)]
    known = baseline(numbers_of(measured(path, of_targets) for path in targets))
    done = [measured(file, of_samples) for file in files]
    trouble = [
        Problem(
            message=f"sample {sample.mel.name} could not be looked at: {each.problem}",
            line=sample.line,
        )
        for sample, each in zip(samples, done, strict=True)
        if each.problem
    ]
    lines = [
        replace(each, series={**each.series, **_series(each, run, samples, done, known)})
        for each in run.timelines
    ]
    return replace(run, timelines=tuple(lines)), [*absent, *trouble]


def _absent(samples: Sequence[Sample]) -> list[Problem]:
    """Return that announced samples are not there, with the first of them."""
    if not samples:
        return []
    said = f"sample {samples[0].mel.name} was announced and is not there"
    return [Problem(message=said, line=samples[0].line, count=len(samples))]


def _series(
    timeline: Timeline,
    run: Run,
    samples: Sequence[Sample],
    done: Sequence[Measured],
    known: Baseline | None,
) -> Mapping[str, Series]:
    """Return the series of one timeline, by key; a value a record, from samples before its end."""
    records = {event.line: event.record for event in run.events}
    # what is logged between two samples of one step makes no second look of them
    ends: dict[float | None, int] = {one.step: records[one.line] for one in samples}
    ends.pop(None, None)
    points: dict[int, list[tuple[Sample, Sharpness]]] = {}
    for sample, heard in zip(samples, done, strict=True):
        record = ends.get(sample.step, records[sample.line])
        if heard.sharpness is None or not 0 <= record <= timeline.last_record:
            continue
        if np.isfinite(heard.sharpness.total_db):
            points.setdefault(record, []).append((sample, heard.sharpness))
    if not points:
        return {}
    middles = known.middles if known else _TYPICAL
    ordered = dict(sorted(points.items()))
    firsts = [many[0][0] for many in ordered.values()]
    told = [shares([each for _, each in many], middles) for many in ordered.values()]
    made = [
        Series(
            metric=metric,
            split="val",
            name=f"val/{metric}",
            records=np.array(list(ordered), np.int64),
            steps=np.array([first.step for first in firsts], float),  # None is NaN
            epochs=np.array([first.epoch for first in firsts], float),
            times=np.full(len(ordered), np.nan),
            values=np.array([means[metric] for means in told]),
        )
        for metric in told[0]
    ]
    return {one.key: one for one in made}
