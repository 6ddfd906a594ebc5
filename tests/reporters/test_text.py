"""Text reports fit their width, steer no terminal, and keep the numbers that matter."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, nan

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from reporters.canonical import HEALTHY, OVER_SMOOTHING, REPORTS, RUN, SICK, place

from healthlint.report import Evidence, Finding, Place, Report
from healthlint.reporters import Style, formats, render
from healthlint.reporters._facts import facts
from healthlint.terminal.numbers import number, numbers, ordinal, percent, spark
from healthlint.terminal.text import columns, packed, shortened, visible, wrapped
from healthlint.terminal.words import span, where

SGR = re.compile(r"\x1b\[[0-9;]*m")
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069]")


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("name", ["sick", "healthy", "several", "accepted"])
def test_every_line_fits_the_width(name: str, width: int) -> None:
    lines = render(REPORTS[name], "full", Style(width=width)).splitlines()
    assert [line for line in lines if columns(line) > width] == []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("output", ["full", "concise"])
def test_colour_adds_nothing_but_colour(name: str, output: str) -> None:
    plain = render(REPORTS[name], output, Style(width=80))
    painted = render(REPORTS[name], output, Style(width=80, color=True))
    assert SGR.sub("", painted) == plain


@pytest.mark.parametrize("output", formats())
def test_nothing_from_a_log_steers_the_terminal(output: str) -> None:
    text = render(REPORTS["hostile"], output, Style(width=80, color=True))
    assert STEERING.findall(SGR.sub("", text)) == []
    assert "\x1b[2J" not in text


@pytest.mark.parametrize("output", ["full", "concise"])
def test_a_name_cannot_fake_a_line(output: str) -> None:
    lines = render(REPORTS["hostile"], output, Style(width=80)).splitlines()
    assert [line for line in lines if line.startswith("error[x/y]")] == []


@pytest.mark.parametrize("name", ["sick", "healthy", "several", "accepted"])
def test_ascii_style_writes_ascii(name: str) -> None:
    assert render(REPORTS[name], "full", Style(unicode=False)).isascii()


TEXTS = st.text(max_size=40)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
PLACES = st.builds(Place, st.none() | st.integers(1, 10**9), st.none() | FLOATS, st.none() | FLOATS)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    values = draw(st.lists(FLOATS, max_size=12))
    places = [draw(PLACES) for _ in values]
    return Evidence(
        metric=draw(TEXTS),
        series="val/x",
        places=places,
        values=values,
        change=draw(st.none() | FLOATS),
        needs=draw(TEXTS),
    )


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return replace(
        OVER_SMOOTHING,
        message=draw(TEXTS),
        help=draw(TEXTS),
        first=draw(PLACES),
        last=draw(PLACES),
        active=draw(st.booleans()),
        superseded=draw(st.booleans()),
        evidence=draw(st.lists(evidences(), max_size=3)),
    )


@examples(60)
@given(finding=findings(), value=FLOATS, curve=st.lists(FLOATS, max_size=24), path=TEXTS)
def test_any_report_can_be_rendered(
    finding: Finding, value: float, curve: list[float], path: str
) -> None:
    head = replace(SICK.standing[0], value=value, best=value, curve=curve)
    log = replace(SICK, path=path, findings=[finding], standing=[head])
    report = Report(version="0.1.0", fail_on="error", logs=[log])
    for output in formats():
        first = render(report, output, Style(width=80))
        assert first == render(report, output, Style(width=80))
        assert STEERING.findall(first) == []


def table(values: list[float], width: int) -> str:
    """Return the lines of the evidence table of one metric, at epochs from 1 on."""
    places = [place(float(i + 1)) for i in range(len(values))]
    found = replace(
        OVER_SMOOTHING,
        evidence=[Evidence(metric="mel", series="val/mel_loss", places=places, values=values)],
    )
    text = render(
        Report(version="0", fail_on="error", logs=[replace(SICK, findings=[found])]),
        "full",
        Style(width=width),
    )
    return "\n".join(line for line in text.splitlines() if line.startswith("   |"))


def test_a_table_that_fits_is_whole() -> None:
    expected = "   |  epoch      1      2      3\n   |  mel    0.500  0.400  0.300"
    assert table([0.5, 0.4, 0.3], 80) == expected


def test_a_narrow_table_keeps_its_ends() -> None:
    header = table([0.5] * 12, 40).splitlines()[0].split()
    assert (header[2], header[-1]) == ("1", "12")


def test_a_narrow_table_keeps_the_first_nonfinite_value() -> None:
    assert "NaN" in table([0.5] * 7 + [nan, inf, inf, inf, inf], 45)


def test_rows_of_one_epoch_are_told_apart_by_their_steps() -> None:
    lines = render(REPORTS["sick"], "full", Style(width=120)).splitlines()
    assert "   |  step    825   826   827    828   829" in lines


def test_counts_say_what_was_not_judged() -> None:
    short = render(REPORTS["healthy"], "full", Style(width=120)).splitlines()
    assert short[-1].endswith("19 passed, 2 pending, 3 not judged. -v says why.")
    lines = render(REPORTS["healthy"], "full", Style(width=120, detail=2)).splitlines()
    expected = (
        "No findings. 24 rules: 19 passed, 2 pending (too few epochs yet), "
        "3 not judged (no alignment score in this log)."
    )
    assert lines[-1] == expected


def test_a_superseded_finding_is_not_counted_as_standing() -> None:
    past = replace(OVER_SMOOTHING, superseded=True)
    report = Report(version="0.1.0", fail_on="error", logs=[replace(HEALTHY, findings=[past])])
    assert "1 superseded. 24 rules" in render(report, "full", Style(width=120))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (0.001, "0.00100"),
        (0.0412, "0.0412"),
        (0.1, "0.100"),
        (0.9996, "1.000"),
        (1.0, "1.000"),
        (0.000999, "9.99e-4"),
        (9.9996, "10.000"),
        (10.0, "10.00"),
        (99999.0, "99999"),
        (100000.0, "1.00e5"),
        (-0.5, "-0.500"),
        (nan, "NaN"),
        (inf, "Inf"),
        (-inf, "-Inf"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


def test_a_row_has_one_number_of_decimals() -> None:
    assert numbers([1.98, 34.2, nan]) == ["1.98", "34.20", "NaN"]


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(-0.0353, "-3.5%"), (9.994, "+999.4%"), (10.0, "+1000%"), (None, ""), (inf, "")],
)
def test_percent(fraction: float | None, text: str) -> None:
    assert percent(fraction) == text


@pytest.mark.parametrize(
    ("value", "text"), [(12.0, "12"), (12.04, "12.0"), (10000.5, "10000"), (nan, "NaN")]
)
def test_ordinal(value: float, text: str) -> None:
    assert ordinal(value) == text


@pytest.mark.parametrize(
    ("spot", "text"),
    [
        (Place(3, 10.0, 2.0), "epoch 2 (step 10)"),
        (Place(3, 10.0, None), "step 10"),
        (Place(3, None, 2.0), "epoch 2"),
        (Place(3, None, None), "line 3"),
        (Place(None, None, None), "the log"),
    ],
)
def test_where(spot: Place, text: str) -> None:
    assert where(spot) == text


def test_span_uses_the_unit_that_both_ends_have() -> None:
    assert span(Place(3, 10.0, 2.0), Place(9, 40.0, None)) == "steps 10-40"


@pytest.mark.parametrize(
    ("curve", "width", "text"),
    [
        ([], 8, ""),
        ([1.0, 1.0], 8, "▁▁"),
        ([1.0, nan, 0.0], 8, "█·▁"),
        ([inf, 1.0, 0.0], 8, "·█▁"),
        ([3.0, 2.0, 1.0, 0.0], 2, "█▁"),
    ],
)
def test_spark(curve: list[float], width: int, text: str) -> None:
    assert spark(curve, width, fancy=True) == text


def test_columns_counts_what_a_terminal_shows() -> None:
    assert [columns(text) for text in ("mel", "потеря", "音声", "й")] == [3, 6, 4, 1]


def test_visible_leaves_ordinary_text_alone() -> None:
    assert visible("потеря 音声 é %") == "потеря 音声 é %"


def test_shortened_fits_and_keeps_both_ends() -> None:
    assert shortened("generator/loss/mel", 10, "..") == "gene../mel"


def test_packed_keeps_order_and_long_items() -> None:
    assert packed(["aaaa", "b", "c"], 3, " ") == ["aaaa", "b c"]


def test_wrapped_gives_no_line_for_no_words() -> None:
    assert wrapped("  ", 10) == []


@pytest.mark.parametrize(
    ("epoch", "planned", "shown"),
    [
        (41.0, 50.0, "epoch 41 of 50"),
        (50.0, 50.0, "epoch 50 of 50"),
        (51.0, 50.0, "epoch 51"),
        (41.0, 9223372036854775807.0, "epoch 41"),
        (41.0, None, "epoch 41"),
    ],
)
def test_a_plan_is_shown_as_long_as_it_is_one(
    epoch: float, planned: float | None, shown: str
) -> None:
    run = replace(RUN, epoch=epoch, planned_epochs=planned)
    (log,) = REPORTS["healthy"].logs
    assert shown in list(facts(log, run))
