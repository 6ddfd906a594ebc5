"""Numbers, percentages and spans: what they resolve to, and what a refusal says."""

from __future__ import annotations

import pytest

from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.quantities import Length, Number, Percent, Span, Values

VALUES = Values({"budget": 50.0, "patience": 3.0}, {"steps_per_epoch": 138})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5 epochs", Length(5.0, "epochs")),
        ("1 epoch", Length(1.0, "epochs")),
        ("5epochs", Length(5.0, "epochs")),
        (" 2.5 epochs ", Length(2.5, "epochs")),
        ("1e3 steps", Length(1000.0, "steps")),
        ("20 points", Length(20.0, "points")),
        ("30 minutes", Length(30.0, "minutes")),
        ("2 hours", Length(120.0, "minutes")),
        ("20% of budget", Length(10.0, "epochs")),
        ("20 % of budget", Length(10.0, "epochs")),
        ("50% of budget + patience", Length(26.5, "epochs")),
        ("{patience} steps", Length(3.0, "steps")),
        ("{2 * patience} epochs", Length(6.0, "epochs")),
        ("{run.steps_per_epoch} steps", Length(138.0, "steps")),
    ],
)
def test_spans(written: str, expected: Length) -> None:
    assert Span.parse(written).resolve(VALUES) == expected


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (5, "`5` has no unit; write `5 epochs`"),
        (2.5, "`2.5` has no unit; write `2.5 epochs`"),
        ("5", "`5` is not a span with a unit; write `5 epochs`"),
        ("epochs", "`epochs` is not a span with a unit; e.g. `5 epochs`"),
        ("5 Epochs", "`5 Epochs` is not a span with a unit; e.g. `5 epochs`"),
        ("{} epochs", "`{} epochs` is not a span with a unit; e.g. `5 epochs`"),
        ("patience epochs", "`patience epochs` is not a span with a unit; e.g. `5 epochs`"),
        ("5 days", "unknown unit `days`; use epochs, steps, points, looks, minutes, hours"),
        ("0 epochs", "`0 epochs` is not longer than zero"),
        ("-5 epochs", "`-5 epochs` is not longer than zero"),
        ("{2 - 2} epochs", "`{2 - 2} epochs` is not longer than zero"),
        ("{1 / 0} epochs", "`1 / 0` has no value: float division by zero"),
        ("20% of budget) * (2", "`budget) * (2` is not an expression such as `1.5 * budget`"),
    ],
)
def test_refused_spans_say_why(written: object, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Span.parse(written)
    assert str(caught.value) == message


@pytest.mark.parametrize("written", ["0 epochs", "-1 epochs", "{patience - 3} steps"])
def test_a_span_is_longer_than_zero(written: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Span.parse(written).resolve(VALUES)
    assert str(caught.value) == f"`{written}` is not longer than zero"


def test_a_span_may_lack_its_fact() -> None:
    with pytest.raises(MissingFact):
        Span.parse("{run.utterances} steps").resolve(VALUES)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("2%", 0.02), ("2 %", 0.02), ("0.5%", 0.005), ("0%", 0.0), ("{patience}%", 0.03)],
)
def test_percentages_are_fractions(written: str, expected: float) -> None:
    assert Percent.parse(written).resolve(VALUES) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (2, "`2` has no unit; write `2%`"),
        (0.02, "`0.02` has no unit; write `0.02%`"),
        ("2", "`2` is not a percentage; write e.g. `2%`"),
        ("2% of budget", "`2% of budget` is not a percentage; write e.g. `2%`"),
        ("patience%", "`patience%` is not a percentage; write e.g. `2%`"),
        ("-2%", "`-2%` is negative; a size has no direction"),
        ("{1 +}%", "`1 +` is not an expression such as `1.5 * budget`"),
    ],
)
def test_refused_percentages_say_why(written: object, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Percent.parse(written)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("written", "expected"), [(3, 3.0), (0.3, 0.3), ("1.5 * budget", 75.0), ("{budget}", 50.0)]
)
def test_numbers(written: object, expected: float) -> None:
    assert Number.parse(written).resolve(VALUES) == expected


@pytest.mark.parametrize("written", [True, None, [], {}, "", "five", "5%"])
def test_what_is_no_number(written: object) -> None:
    with pytest.raises(ExpressionError):
        Number.parse(written).resolve(VALUES)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (Length(5.0, "epochs"), "5 epochs"),
        (Length(1.0, "steps"), "1 step"),
        (Length(2.5, "minutes"), "2.5 minutes"),
    ],
)
def test_lengths_in_words(length: Length, text: str) -> None:
    assert str(length) == text
