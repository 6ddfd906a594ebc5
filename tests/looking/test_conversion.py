"""A log that was converted reads as it did before: every run, resume, series and value."""

from pathlib import Path

import numpy as np
import pytest

from healthlint.looking.conversion import lines
from healthlint.readers import read

FIXTURES = Path(__file__).parents[2] / "fixtures"
LOGS = [
    *sorted(path for path in (FIXTURES / "formats").iterdir() if path.is_dir()),
    *sorted(path for path in (FIXTURES / "scars").iterdir() if ".expect." not in path.name),
    *sorted(path for path in (FIXTURES / "jsonl").glob("re*.jsonl")),
    FIXTURES / "jsonl" / "undecided.jsonl",
    FIXTURES / "jsonl" / "epochs-as-fractions.jsonl",
    FIXTURES / "jsonl" / "step-within-epoch.jsonl",
    *sorted((FIXTURES / "runs").iterdir()),
]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_nothing_is_lost(tmp_path, path):
    before = read(str(path))
    target = tmp_path / "logs.jsonl"
    target.write_bytes(b"".join(lines(before)))
    if not before.runs:
        assert target.read_bytes() == b""
        return
    after = read(str(target))
    assert len(after.runs) == len(before.runs)
    for one, other in zip(before.runs, after.runs, strict=True):
        assert other.provisional == one.provisional
        assert other.facts == one.facts
        assert [event.kind for event in other.events] == [event.kind for event in one.events]
        assert len(other.timelines) == len(one.timelines)
        for was, now in zip(one.timelines, other.timelines, strict=True):
            assert sorted(now.series) == sorted(was.series)
            for key, series in was.series.items():
                for part in ("steps", "epochs", "times", "values"):
                    np.testing.assert_array_equal(
                        getattr(now.series[key], part),
                        getattr(series, part),
                        err_msg=f"{key} {part}",
                    )
