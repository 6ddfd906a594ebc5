"""Logs that real libraries wrote read value for value as the libraries' own readers have them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from healthlint.logs import Log
from healthlint.readers import read

FOLDER = Path(__file__).parents[2] / "fixtures" / "formats"
CASES = sorted(path.name.removesuffix(".values.json") for path in FOLDER.glob("*.values.json"))


def test_the_folder_holds_cases():
    assert len(CASES) >= 4


def values(log: Log) -> dict[str, list[tuple[float, float]]]:
    """Return step (else epoch) and value of every point by ``split:name``, abandoned ones too."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for run in log.runs:
        for timeline in run.timelines:
            for series in timeline.series.values():
                split = "" if series.split and series.split in series.name else series.split
                axis = np.where(np.isnan(series.steps), series.epochs, series.steps)
                points = zip(series.records, axis, series.values, strict=True)
                own = found.setdefault(f"{split}:{series.name}", {})
                own.update({int(at): (step, value) for at, step, value in points})
    return {name: [own[at] for at in sorted(own)] for name, own in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_reads_value_for_value(case):
    expected = json.loads((FOLDER / f"{case}.values.json").read_text())
    (path,) = (path for path in FOLDER.glob(f"{case}*") if not path.name.endswith(".values.json"))
    log = read(str(path))
    found = values(log)
    assert sorted(found) == sorted(expected)
    for name, points in expected.items():
        wanted = [[math.nan if x is None else x for x in point] for point in points]
        np.testing.assert_array_equal(np.array(found[name]), np.array(wanted), err_msg=name)
