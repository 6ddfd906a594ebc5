"""Each log in ``fixtures/jsonl`` and ``fixtures/scars`` reads as its ``.expect.yaml`` says."""

import math
from pathlib import Path

import pytest
import yaml

from healthlint.logs import Log, Problem, Run, Series, Timeline
from healthlint.readers import read

FIXTURES = Path(__file__).parents[2] / "fixtures"
FOLDERS = (FIXTURES / "jsonl", FIXTURES / "scars")
CASES = sorted(path for folder in FOLDERS for path in folder.glob("*.expect.yaml"))


def test_the_folder_holds_cases():
    assert len(CASES) > 50


def test_every_log_has_its_expectation():
    logs = {
        path.parent / path.name.split(".")[0]
        for folder in FOLDERS
        for path in folder.iterdir()
        if ".expect." not in path.name and not path.name.startswith(".")
    }
    assert logs == {path.parent / path.name.removesuffix(".expect.yaml") for path in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name.removesuffix(".expect.yaml"))
def test_log_reads_as_expected(case: Path):
    expected = yaml.safe_load(case.read_text())
    (path,) = (path for path in case.parent.glob(f"{case.name.split('.')[0]}.*") if path != case)
    log = read(str(path))
    problems, wanted = describe_problems(log), expected["problems"]
    assert [fill(problem) for problem in wanted] == [
        {**problem, "says": says_as(problem["says"], want["says"])}
        for problem, want in zip(problems, wanted, strict=True)
    ]
    assert plain(expected["runs"]) == [
        describe_run(run, log, want) for run, want in zip(log.runs, expected["runs"], strict=True)
    ]


def fill(problem: dict) -> dict:
    """Return an expected problem with what goes without saying."""
    place = {} if "line" in problem else {"line": ...}
    column = {} if "column" in problem else {"column": ...}
    return {"kind": "partial", "count": 1, **place, **column, **problem}


def describe_problems(log: Log) -> list[dict]:
    def one(problem: Problem) -> dict:
        return {
            "kind": problem.kind,
            "count": problem.count,
            "line": Wildcard(problem.line),
            "column": Wildcard(problem.column),
            "says": problem.message,
        }

    return [one(problem) for problem in log.problems]


class Wildcard:
    """Equals its value, and ``...``: a place that an expectation leaves open."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return other is ... or other == self.value

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return repr(self.value)


def says_as(message: str, wanted: str) -> str:
    """Return the wanted words where the message has them, else the message."""
    return wanted if wanted in message else message


def describe_run(run: Run, log: Log, want: dict) -> dict:
    """Return of a run what the expectation speaks of."""
    known = {
        "id": run.id,
        "status": run.status,
        "header_line": run.header_line,
        "provisional": run.provisional,
        "facts": {name: run.facts.get(name) for name in want.get("facts", {})},
        "events": [event.kind for event in run.events],
        "event_epochs": [event.epoch for event in run.events],
        "lines": log.lines.tolist(),
        "notes": [
            says_as(note, wanted)
            for note, wanted in zip(run.notes, want.get("notes", run.notes), strict=True)
        ],
        "timelines": [
            describe_timeline(timeline, wanted)
            for timeline, wanted in zip(
                run.timelines, want.get("timelines", run.timelines), strict=True
            )
            if "timelines" in want
        ],
        "series": {
            key: describe_series(series, want["series"].get(key, {}))
            for key, series in run.series.items()
        },
    }
    return {key: plain(known[key]) for key in want}


def describe_timeline(timeline: Timeline, want: dict) -> dict:
    return {key: getattr(timeline, key) for key in want}


def describe_series(series: Series, want: dict) -> dict:
    def attribute(key):
        value = getattr(series, key)
        return value if isinstance(value, str) else value.tolist()

    return {key: attribute(key) for key in want}


def plain(value):
    """Return a value in which NaN equals NaN."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return "nan" if isinstance(value, float) and math.isnan(value) else value
