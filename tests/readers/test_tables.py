"""Tables read many rows at a time are what they are row by row."""

from io import BytesIO

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.readers import read, source, tables
from healthlint.readers.source import Source

NAMES = ["epoch", "step", "train_loss", "val_loss", "lr", "time", "iteration", "mode", "", "loss"]
PLAIN = st.one_of(
    st.floats().map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["", "", "", "0", "1", "nan", "inf", "-Infinity", "1e999", "1795340257.5"]),
)
ODD = st.sampled_from(["NA", " ", " 1 ", "1_0", '"1"', "x", "1,5", "\x1b[0m1", "²", "0x1", "val"])
CELLS = st.one_of(PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, ODD)


def said(content: bytes) -> tuple:
    """Return all that a log says."""
    log = tables.read(Source("metrics.csv", BytesIO(content)), {})
    return (
        log.problems,
        log.lines.tolist(),
        [
            (key, one.name, repr([getattr(one, name).tolist() for name in one.__slots__[3:8]]))
            for run in log.runs
            for timeline in run.timelines
            for key, one in timeline.series.items()
        ],
        [(run.notes, run.provisional) for run in log.runs],
    )


@pytest.fixture(scope="module", autouse=True)
def small_blocks():
    """Have every file read in blocks of a few rows."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source, "HEAD", 80)
        patched.setattr(Source.blocks, "__defaults__", (120,))
        yield


def row_by_row(content: bytes) -> tuple:
    """Return all that a log says which is read without the short cut."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "_numbers", lambda *_: None)
        return said(content)


@examples(300)
@given(data=st.data())
def test_as_row_by_row(data):
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6))
    cells = data.draw(st.sampled_from([PLAIN, PLAIN, CELLS]))
    width = len(names)
    rows = data.draw(
        st.lists(st.lists(cells, min_size=width, max_size=width), min_size=4, max_size=30)
    )
    separator = data.draw(st.sampled_from(",;\t"))
    end = data.draw(st.sampled_from(["\n", "\n", "\r\n"]))
    lines = [separator.join(row) for row in (names, *rows)]
    if data.draw(st.booleans()):
        lines.insert(data.draw(st.integers(1, len(lines))), data.draw(st.sampled_from(lines)))
    content = end.join(lines) + data.draw(st.sampled_from([end, ""]))
    assert said(content.encode()) == row_by_row(content.encode())


def table(rows: int) -> bytes:
    """Return a table of Lightning: validation in rows of its own."""
    lines = ["epoch,step,train_loss,val_loss"]
    for step in range(rows):
        lines.append(f"{step // 10},{step},{1 / (step + 1)},")
        if step % 10 == 9:
            lines.append(f"{step // 10},{step},,{2 / (step + 1)}")
    return ("\n".join(lines) + "\n").encode()


def test_plain_rows_take_the_short_cut(monkeypatch):
    taken = []
    whole = tables._numbers
    monkeypatch.setattr(tables, "_numbers", lambda *args: taken.append(whole(*args)) or taken[-1])
    assert said(table(100)) == row_by_row(table(100))
    assert len(taken) > 10 and all(found is not None for found in taken)


@pytest.mark.parametrize(
    "line", [b"1,2", b"1,2,3,4,5", b"1,2,x,4", b"epoch,step,train_loss,val_loss,lr", b"", b',,"",']
)
def test_an_odd_row_among_plain_ones(line):
    lines = table(100).splitlines(keepends=True)
    content = b"".join([*lines[:50], line + b"\n", *lines[50:]])
    assert said(content) == row_by_row(content)


@pytest.mark.parametrize("file", ["run-a-tag-train_mel_loss.csv", "train_mel_loss.csv"])
def test_the_export_of_one_tag_is_called_as_its_file(tmp_path, file):
    path = tmp_path / file
    path.write_text("Wall time,Step,Value\n1738400060.8,100,0.63\n1738400121.2,200,0.57\n")
    (one,) = read(str(path)).runs[0].series.values()
    assert (one.name, one.steps.tolist(), one.values.tolist()) == (
        "train_mel_loss",
        [100, 200],
        [0.63, 0.57],
    )
