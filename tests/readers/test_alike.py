"""Lines that differ in their numbers alone: one list of numbers, the same as line by line."""

import json

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.readers.alike import Alike
from healthlint.readers.source import Batch

KEYS = ["step", "epoch", "time", "train/mel_loss", "grad norm", "lr", "f0", "a:b", "c,d", 'q"', "E"]
BYTES = [bytes([code]) for code in b'0123456789.+-eE ,:"{}\t\nan']
NUMBER = st.one_of(
    st.integers(-5, 2**40),
    st.floats(-1e3, 1e3).map(lambda value: round(value, 6)),
    st.floats(1e-9, 1e-5),
)


def table_of(text: bytes):
    """Return what ``Alike`` makes of a batch, None where it leaves the batch to others."""
    batch, alike = Batch(text, b"\n"), Alike()
    return alike.table(batch) if alike.first(batch) else None


def by_line(text: bytes):
    """Return the numbers of lines that hold the same plain keys, decoded one by one; else None."""
    try:
        records = [json.loads(line) for line in text.split(b"\n")]
    except ValueError:
        return None
    keys = {tuple(record) for record in records if isinstance(record, dict)}
    values = [list(record.values()) for record in records if isinstance(record, dict)]
    is_plain = {type(value) for row in values for value in row} <= {int, float}
    if len(keys) != 1 or len(values) < len(records) or not is_plain:
        return None
    return np.array(values, np.float64)


@st.composite
def alike_lines(draw) -> bytes:
    """Return lines of the same keys, as ``json.dumps`` spells them, compact or not."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=5, unique=True))
    separators = draw(st.sampled_from([None, (",", ":")]))
    rows = draw(st.lists(st.tuples(*[NUMBER] * len(keys)), min_size=1, max_size=6))
    records = [dict(zip(keys, row, strict=True)) for row in rows]
    return "\n".join(json.dumps(record, separators=separators) for record in records).encode()


@examples(400)
@given(alike_lines())
def test_numbers_are_those_of_each_line(text):
    table = table_of(text)
    if table is not None:
        np.testing.assert_array_equal(table, by_line(text))


@pytest.mark.parametrize("separators", [None, (",", ":")])
def test_lines_of_most_loops_are_taken(separators):
    rows = [{"step": at, "train/mel loss": -0.5 / (at + 1), "lr": 1e-5} for at in range(9)]
    text = "\n".join(json.dumps(row, separators=separators) for row in rows).encode()
    np.testing.assert_array_equal(table_of(text), by_line(text))


@examples(800)
@given(alike_lines(), st.data())
def test_a_changed_byte_is_never_read_otherwise_than_by_line(text, data):
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(text) - 1))
        byte = data.draw(st.sampled_from(BYTES)) * data.draw(st.integers(0, 2))
        text = text[:at] + byte + text[at + data.draw(st.integers(0, 1)) :]
    table = table_of(text) if text else None
    if table is not None:
        np.testing.assert_array_equal(table, by_line(text))


@pytest.mark.parametrize(
    "second",
    [
        b'{"step":2,"loss2":0.5}',  # another key
        b'{"step":2,"loss2":}',
        b'{"step":2,"loss":0.5 }',
        b'{"step":2,"loss":0.5 5}',
        b'{"step":2,"loss":true}',
        b'{"step":2,"loss":NaN}',
        b'{"step":2,"loss":"0.5"}',
        b'{"step":2,"loss":0.5,"loss":0.5}',
        b'{"step":2,"loss":00.5}',
        b'{"step":2,"loss":0.5}5',
        b'5{"step":2,"loss":0.5}',
        b'{"step":2,"loss":}',
        b'{"loss":0.5,"step":2}',
        b"",
    ],
)
def test_odd_lines_are_left_to_the_decoder_of_records(second):
    assert table_of(b'{"step":1,"loss":0.5}\n' + second) is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"step1":1,"loss":0.5}',
        b'{"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":"x","b":1}',
        b"[1,2]",
        b"5",
        b"",
    ],
)
def test_first_lines_whose_frame_says_too_little(line):
    assert table_of(line + b"\n" + line) is None


def test_mixed_batches_are_given_up():
    alike = Alike()
    mixed = Batch(b'{"step":1,"loss":0.5}\n{"step":1,"val":0.5}', b"\n")
    pure = Batch(b'{"step":1,"loss":0.5}\n{"step":2,"loss":0.5}', b"\n")
    for _ in range(7):
        assert alike.first(mixed)
        assert alike.table(mixed) is None
    assert alike.first(pure)
    assert alike.table(pure) is not None  # patience is anew
    for _ in range(8):
        assert alike.first(mixed)
        alike.table(mixed)
    assert alike.first(pure) is None


def test_a_power_of_ten_that_comes_later():
    alike = Alike()
    text = b'{"step":1,"lr":0.5}\n{"step":2,"lr":1e-05}'
    for _ in range(2):
        batch = Batch(text, b"\n")
        assert alike.first(batch)
        np.testing.assert_array_equal(alike.table(batch), [[1, 0.5], [2, 1e-05]])
