"""What one record becomes: a strict JSON line that gives back every value."""

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthlint.emit.encoding import encode, number, plain, shortest_float32

FLOATS = st.floats(width=64) | st.sampled_from([5e-324, 1.7976931348623157e308, -0.0, 2.0**-1074])
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def refuse(token: str) -> None:
    raise ValueError(f"not strict JSON: {token}")


def strict(line: bytes) -> dict[str, object]:
    """Read a line as the strictest reader would."""
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    record = json.loads(line.decode("utf-8", "strict"), parse_constant=refuse)
    assert isinstance(record, dict)
    return record


def same(one: float, other: float) -> bool:
    return struct.pack("=d", one) == struct.pack("=d", other)


@given(st.dictionaries(NAMES.filter(lambda name: name != "_nonfinite"), FLOATS))
@example({"потери/мел": math.nan, '\u2028\x00\x7f"\\\U0001f50a': -math.inf, "\n": math.inf})
def test_any_floats_under_any_names_come_back_bit_for_bit(record: dict[str, float]) -> None:
    """Only the sign and payload of a NaN are not kept."""
    back = strict(encode(record))
    words = back.pop("_nonfinite", {})
    assert isinstance(words, dict)
    assert list(back) == list(record)
    assert list(words) == [name for name, value in record.items() if not math.isfinite(value)]
    for name, value in record.items():
        if math.isfinite(value):
            assert same(back[name], value)  # type: ignore[arg-type]
        else:
            assert back[name] is None
            assert math.isnan(value) if words[name] == "NaN" else float(words[name]) == value


def test_a_finite_record_says_nothing_of_nonfinite_values() -> None:
    assert encode({"a": 1.7976931348623157e308, "b": 0}) == b'{"a":1.7976931348623157e+308,"b":0}\n'


FLOAT32S = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(FLOAT32S)
@example(4.203895392974451e-45)  # the third subnormal: one digit
@example(1.1754942106924411e-38)  # the last subnormal
@example(1.1754944909521339e-38)  # the second normal
@example(3.4028234663852886e38)  # the last of all
@example(9449279488.0)  # six digits, where seven would read 9449279000
def test_a_float32_reads_as_numpy_prints_it(value: float) -> None:
    """numpy's own shortest printing is the oracle; powers of two may have one digit more."""
    short = shortest_float32(value)
    assert np.float32(short) == np.float32(value)
    assert math.copysign(1, short) == math.copysign(1, value)
    if math.frexp(value)[0] not in (0.5, -0.5):
        assert short == float(str(np.float32(value)))


def test_powers_of_two_survive_float32_in_at_most_nine_digits() -> None:
    for exponent in range(-149, 128):
        short = shortest_float32(2.0**exponent)
        assert np.float32(short) == np.float32(2.0**exponent)
        assert len(f"{short:e}".partition("e")[0].strip("0")) <= 10


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.41), 0.41),
        (np.float64(0.1) + np.float64(0.2), 0.30000000000000004),
        (np.float32(16777217), 16777216.0),
        (np.float16(0.41), 0.4099121),
        (np.longdouble(0.41), 0.41),
        (np.int64(2**62), 2**62),
        (np.uint8(255), 255),
        (np.bool_(True), 1),
        (np.array(0.5, dtype=np.float32), 0.5),
        (np.array([0.5]), 0.5),
        (True, 1),
        (2**64 - 1, 2**64 - 1),
        (2**64, 18446744073709551616.0),
        (-(2**63), -(2**63)),
        (-(2**63) - 1, -9223372036854775808.0),
    ],
)
def test_numbers_keep_their_value_and_lose_their_type(value: object, expected: float) -> None:
    got = number("x", value)
    assert type(got) is type(expected)
    assert got == expected


def test_a_numpy_nan_is_a_nan() -> None:
    assert math.isnan(number("x", np.float32("nan")))
    assert number("x", np.float16("-inf")) == -math.inf


@pytest.mark.parametrize(
    "value",
    ["0.3", None, b"1", [0.3], {}, 1j, np.array([1.0, 2.0]), np.str_("0.3"), np.complex64(1)],
)
def test_what_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match="'train/mel_loss'"):
        number("train/mel_loss", value)


def test_an_integer_beyond_any_float_is_refused() -> None:
    with pytest.raises(ValueError, match="'x'"):
        number("x", 10**400)


def test_facts_of_every_ordinary_kind_have_a_json_form() -> None:
    facts = {
        "corpus": Path("data/ru"),
        "betas": (0.9, np.float32(0.98)),
        "mel": np.array([[1, 2], [3, 4]]),
        "delta": {"inner": math.nan, "list": [math.inf, -math.inf]},
        "amp": False,
        "seed": None,
    }
    assert plain("meta", facts) == {
        "corpus": "data/ru",
        "betas": [0.9, 0.98],
        "mel": [[1, 2], [3, 4]],
        "delta": {"inner": "NaN", "list": ["Infinity", "-Infinity"]},
        "amp": False,
        "seed": None,
    }


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"optimizer": object()}, r"meta\.optimizer: object"),
        ({"layers": [{"f": len}]}, r"meta\.layers\[0\]\.f: builtin"),
        ({"by_id": {3: "x"}}, r"meta\.by_id: the key 3 is int"),
        ({"names": {"a", "b"}}, r"meta\.names: set"),
    ],
)
def test_a_fact_without_json_form_is_refused_with_its_place(facts: object, place: str) -> None:
    with pytest.raises(TypeError, match=place):
        plain("meta", facts)


def test_text_that_is_no_unicode_still_makes_a_sound_line() -> None:
    assert strict(encode({"path": "s/\udcff.wav"})) == {"path": "s/?.wav"}
