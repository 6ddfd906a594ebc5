"""Arithmetic over metrics: what it takes, what it refuses, what it comes to, what has a scale."""

from __future__ import annotations

import numpy as np
import pytest

from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.formula import Formula, Operand

KNOWN = {"mel", "total", "stop", "losses"}
COLUMNS = {
    Operand("mel"): np.array([1.0, 2.0, np.nan, 0.0]),
    Operand("train/mel"): np.array([2.0, 2.0, 2.0, 2.0]),
    Operand("losses", is_weighted=True): np.array([4.0, 4.0, 4.0, 4.0]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mel / train.mel", [0.5, 1.0, np.nan, 0.0]),
        ("train.mel / mel", [2.0, 1.0, np.nan, np.nan]),
        ("-(mel - 3) * 2 + half", [4.5, 2.5, np.nan, 6.5]),
        ("abs(mel - train.mel) / run.size", [0.1, 0.0, np.nan, 0.2]),
        ("weighted(losses) - max(mel, 1.5)", [2.5, 2.0, np.nan, 2.5]),
        ("min(mel, train.mel, 0.5)", [0.5, 0.5, np.nan, 0.0]),
        ("clamp(mel, 0.5, 1.5)", [1.0, 1.5, np.nan, 0.5]),
        ("sqrt(mel) + log(mel)", [1.0, 2.0**0.5 + np.log(2.0), np.nan, np.nan]),
    ],
)
def test_values(text: str, expected: list[float]) -> None:
    formula = Formula.parse(text)
    found = formula.evaluate(COLUMNS, {"half": 0.5}, {"size": 10})
    np.testing.assert_allclose(found, expected)


def test_a_fact_that_is_missing() -> None:
    with pytest.raises(MissingFact):
        Formula.parse("mel / run.size").evaluate(COLUMNS, {}, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (3, "names no metric"),
        ("mel / ", "is not an expression"),
        ("val / mel", "`val` is a split; write `val.mel`, with a dot"),
        ("vla.mel - mel", "unknown split `vla`; did you mean `val`?"),
        ("mel ** 2", "`mel ** 2` is not allowed here"),
        ("weighed(losses)", "unknown function `weighed`; did you mean `weighted`?"),
        ("weighted(losses, 2)", "`weighted` takes 1 arguments, not 2"),
        ("weighted(mel + 1)", "is not allowed here"),
        ("abs(mel, total)", "`abs` takes 1 arguments, not 2"),
        ("__import__('os')", "unknown function `__import__`"),
        ("mel.__class__", "unknown split `mel`"),
        ("(lambda: 1)()", "is not allowed here"),
        ("mel if total else 1", "is not allowed here"),
        ("mel == total", "is not allowed here"),
        ("True * mel", "true and false are not numbers"),
        ("(" * 40 + "mel" + ")" * 40 + "+1" * 40, "nested deeper"),
        ("m" * 600, "between 1 and 500 characters"),
    ],
)
def test_what_is_refused(text: object, words: str) -> None:
    with pytest.raises(ExpressionError) as error:
        Formula.parse(text)
    assert words in str(error.value)


def test_what_it_names() -> None:
    formula = Formula.parse("(mel - val.mel) / weighted(train.losses) + half * run.size")
    assert formula.metrics(KNOWN) == (
        Operand("mel"),
        Operand("val/mel"),
        Operand("train/losses", is_weighted=True),
    )
    assert (formula.names, formula.facts) == (("mel", "half"), frozenset({"size"}))


@pytest.mark.parametrize(
    ("text", "has_scale"),
    [
        ("mel / total", False),
        ("(val.mel - train.mel) / train.mel", False),
        ("abs(total - weighted(losses)) / total", False),
        ("1 - stop / mel", False),
        ("log(mel / total) * half", False),
        ("mel - train.mel", True),
        ("mel / 2", True),
        ("mel / half", True),
        ("1 / mel", True),
        ("mel / total + mel", True),
        ("weighted(losses)", True),
    ],
)
def test_a_quotient_of_metrics_has_no_scale(text: str, has_scale: bool) -> None:
    assert Formula.parse(text).has_scale(KNOWN) is has_scale
