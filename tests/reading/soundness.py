"""What holds for every log that was read, whatever its bytes were."""

import json

import numpy as np

from healthlint.readers import read


def check(path):
    log = read(str(path))
    for run in log.runs:
        assert run.timelines
        for timeline in run.timelines:
            for series in timeline.series.values():
                arrays = (series.records, series.steps, series.epochs, series.times, series.values)
                assert {len(array) for array in arrays} == {len(series)}
                assert (np.diff(series.records) > 0).all()
                assert not np.isinf(series.steps).any()
    assert all(
        problem.message and (problem.line is None or problem.line > 0) for problem in log.problems
    )
    assert log.runs or any(problem.is_fatal for problem in log.problems)
    # What is said of a log can be written down.
    json.dumps([run.notes for run in log.runs]).encode()
    "".join(key for run in log.runs for key in run.series).encode()
