"""The consoles of ``fixtures/consoles`` are read right or refused with a true reason.

``unknown.yaml`` was made up before the grammar was written; ``shapes.yaml`` holds lines of the
documented shape of real trainers, and near misses; ``field.yaml`` such of the field at large.
"""

import math
import re
from pathlib import Path

import pytest
import yaml

from healthlint.logs import Log
from healthlint.logs.axes import axis_of
from healthlint.readers import read

FOLDER = Path(__file__).parents[2] / "fixtures" / "consoles"
UNKNOWN, SHAPES, FIELD = (
    yaml.safe_load((FOLDER / f"{name}.yaml").read_text())["consoles"]
    for name in ("unknown", "shapes", "field")
)
_SPLIT = re.compile(r"(?:^|_)(train|training|val|valid|validation|eval|test)(?=_)")


def bare(name: str) -> str:
    """Return a name in lower case, words joined by ``_``, without its split."""
    return _SPLIT.sub("", re.sub(r"[\W_]+", "_", name.lower()).strip("_")).strip("_")


def series_of(log: Log) -> dict[str, tuple[list, list, list]]:
    """Return the series of a log by split and name as logged; a log of no split is of training.

    One of a name that another has is called as in the log: ``test/loss``, ``train/cer@epoch``.
    """
    (run,) = log.runs
    found: dict[str, tuple[list, list, list]] = {}
    for called, one in run.series.items():
        key = f"val/{bare(one.name)}" if one.split == "val" else bare(one.name)
        columns = one.values.tolist(), one.steps.tolist(), one.epochs.tolist()
        found[called if key in found else key] = columns
    return found


def is_same(found: list, wanted: list) -> bool:
    return len(found) == len(wanted) and all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(found, wanted, strict=True)
    )


def test_there_are_forty():
    assert len(UNKNOWN) >= 40


@pytest.mark.parametrize("console", [*UNKNOWN, *SHAPES, *FIELD], ids=lambda one: one["name"])
def test_a_console_is_read_right_or_refused(console, tmp_path):
    path = tmp_path / "console.log"
    path.write_text(console["text"])
    log = read(str(path))
    if "refused" in console:
        assert not log.runs
        assert re.search(console["refused"], log.problems[0].message)
        assert console.get("line", log.problems[0].line) == log.problems[0].line
        return
    assert not any(problem.is_fatal for problem in log.problems)
    found = series_of(log)
    wanted = {
        key if key in found else key.removeprefix("train/"): values
        for key, values in console["read"].items()
    }
    assert set(found) - {
        key for key in found if key.split("/")[-1] in console.get("may", ())
    } == set(wanted)
    assert not any(axis_of(key) for key in wanted)
    for key, values in wanted.items():
        assert is_same(found[key][0], values), key
    longest = max(found.values(), key=lambda one: len(one[0]))
    for axis, at in (("steps", 1), ("epochs", 2)):
        if axis in console:
            assert is_same(longest[at], console[axis])


def test_a_rate_of_which_no_digit_is_left_is_said_to_be_left_out(tmp_path):
    path = tmp_path / "console.log"
    path.write_text("step 1 loss 0.9 lr 0.0001\nstep 2 loss 0.8 lr 0.0000\n")
    (note,) = [one for one in read(str(path)).runs[0].notes if "0.000" in one]
    assert "left out" in note
    path.write_text("step 1 loss 0.9 lr 0.0001\nstep 2 loss 0.8 lr 0.0\n")
    assert not any("0.000" in one for one in read(str(path)).runs[0].notes)
