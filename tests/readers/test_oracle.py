"""The columns are those of a plain loop with Python's json, however the file is written."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.readers import read
from healthlint.readers.source import BLOCK

# no two of one metric: where these take turns in one table, NaN is a blank (test_blanks.py)
NAMES = ["train_loss", "val_energy_loss", "mel_loss", "grad_norm", "something/else", "with space"]
VALUES = st.one_of(
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.none(),
    st.booleans(),
    st.sampled_from(["1.5", "x"]),
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1), min_size=1, max_size=12
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs")


def numbered(rows: list[dict]) -> list[dict]:
    """Return the rows as a log of one run."""
    return [{"step": step, **row} for step, row in enumerate(rows, 1)]


def by_loop(rows: list[dict]) -> dict[str, tuple[list, list]]:
    """Return steps and values of each name, by the plainest loop there is."""
    found: dict[str, tuple[list, list]] = {}
    for row in rows:
        for name, value in row.items():
            if name == "step" or value is None or isinstance(value, bool) or value == "x":
                continue
            steps, values = found.setdefault(name, ([], []))
            steps.append(float(row["step"]))
            values.append(float(value))
    return found


def by_reader(content: bytes, folder: Path) -> dict[str, tuple[list, list]]:
    path = folder / "log.jsonl"
    path.write_bytes(content)
    return {
        series.name: (series.steps.tolist(), series.values.tolist())
        for run in read(str(path)).runs
        for series in run.series.values()
    }


def text(rows: list[dict]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@examples(150)
@given(rows=ROWS, blank=st.integers(0, 3))
def test_same_as_a_plain_loop(folder, rows, blank):
    log = [{"step": 0, "loss": 1.0}, *numbered(rows)]
    content = text(log[:2]) + b"\n" * blank + text(log[2:])
    assert repr(sorted(by_reader(content, folder).items())) == repr(sorted(by_loop(log).items()))


@examples(60)
@given(rows=ROWS)
def test_spelling_of_the_file_does_not_matter(folder, rows):
    log = [{"step": 0, "loss": 1.0}, *numbered(rows)]
    plain = repr(by_reader(text(log), folder))
    content = text(log)
    assert repr(by_reader(b"\xef\xbb\xbf" + content, folder)) == plain
    assert repr(by_reader(content.replace(b"\n", b"\r\n"), folder)) == plain
    assert repr(by_reader(content.replace(b"\n", b"\r"), folder)) == plain
    assert repr(by_reader(content.removesuffix(b"\n"), folder)) == plain
    assert repr(by_reader(gzip.compress(content), folder)) == plain
    assert repr(by_reader(gzip.compress(content[:9]) + gzip.compress(content[9:]), folder)) == plain


@examples(60)
@given(rows=ROWS)
def test_wide_nested_and_long_are_the_same_log(folder, rows):
    log = [{"step": 0, "loss": 1.0}, *numbered(rows)]
    wide = by_reader(text(log), folder)
    nested = [{"step": row.pop("step"), "metrics": row} for row in map(dict, log)]
    long = [
        {"step": row["step"], "name": name, "value": value}
        for row in log
        for name, value in row.items()
        if name != "step"
    ]
    inner = {f"metrics/{name}": found for name, found in wide.items()}
    assert repr(sorted(inner.items())) == repr(sorted(by_reader(text(nested), folder).items()))
    assert repr(sorted(wide.items())) == repr(sorted(by_reader(text(long), folder).items()))


def test_lines_across_blocks_keep_their_numbers(tmp_path):
    rows = [{"step": i, "loss": 1 / i, "note": "x" * (i * 37 % 900)} for i in range(1, 2000)]
    rows[1000]["loss"] = math.nan  # one batch goes line by line
    lines = [json.dumps(row) for row in rows]
    lines[1500] = "garbage"
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines))
    assert path.stat().st_size > 4 * BLOCK
    log = read(str(path))
    kept = [i for i in range(1, 2000) if i != 1501]
    assert log.lines.tolist() == kept
    assert log.runs[0].series["total_loss"].steps.tolist() == kept
    assert [(problem.line, problem.count) for problem in log.problems] == [(1501, 1)]


@examples(60)
@given(rows=ROWS, data=st.data())
def test_order_of_keys_in_a_record_does_not_matter(folder, rows, data):
    log = [{"step": 0, "loss": 1.0}, *numbered(rows)]
    turned = [dict(data.draw(st.permutations(list(row.items())))) for row in log]
    plain, found = by_reader(text(log), folder), by_reader(text(turned), folder)
    assert repr(sorted(found.items())) == repr(sorted(plain.items()))


@pytest.mark.parametrize(
    ("odd", "value"),
    [
        *((odd, None) for odd in (True, None, "x", [1], {"a": 1})),
        *(("0.5", 0.5), (1, 1.0), (10**400, math.inf), (math.nan, math.nan)),
    ],
)
def test_one_odd_value_among_plain_numbers(folder, odd, value):
    rows = [{"step": i, "train_loss": i / 7, "mel_loss": 1.0} for i in range(1, 400)]
    rows[250]["train_loss"] = odd
    found = by_reader(text(rows), folder)
    expected = {i: value if i == 251 else i / 7 for i in range(1, 400) if i != 251 or value}
    assert repr(found["train_loss"]) == repr((list(map(float, expected)), [*expected.values()]))
    assert found["mel_loss"] == ([float(i) for i in range(1, 400)], [1.0] * 399)


def test_columns_of_one_shape_share_their_axes(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(text([{"step": i, "train_loss": i, "mel_loss": i} for i in range(5000)]))
    series = read(str(path)).runs[0].series
    assert np.shares_memory(series["train/total_loss"].records, series["mel_loss"].records)
    assert np.shares_memory(series["train/total_loss"].steps, series["mel_loss"].steps)
