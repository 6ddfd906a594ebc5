"""The language of packs: its values are Python's, and nothing outside it is let in."""

from __future__ import annotations

import math

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.timeline.expression import (
    MAX_DEPTH,
    MAX_LENGTH,
    Expression,
    ExpressionError,
    MissingFact,
)

NAMES = {"budget": 50.0, "stretch": 1.25, "none": 0.0}
FUNCTIONS = {
    "abs": abs,
    "clamp": lambda value, low, high: min(max(value, low), high),
    "log": math.log,
    "max": max,
    "min": min,
    "round": lambda value: float(math.floor(value + 0.5)),
    "sqrt": math.sqrt,
}
HOSTILE = [
    "().__class__",
    "budget.real",
    "run.utterances.real",
    "__import__('os')",
    "max.__call__(1, 2)",
    "(lambda: 1)()",
    "lambda: 1",
    "2 ** 3",
    "9 // 2",
    "9 % 2",
    "1 << 9",
    "~1",
    "not 1",
    "[x for x in budget]",
    "{x: 1 for x in budget}",
    "f'{budget}'",
    "'text'",
    "b'bytes'",
    "(1, 2)",
    "[1]",
    "{1}",
    "budget[0]",
    "budget if stretch else 1",
    "budget < 1",
    "budget and 1",
    "(budget := 1)",
    "budget = 1",
    "max(*budget)",
    "max(1, 2, key=abs)",
    "await budget",
    "yield",
    "import os",
    "1; 2",
    "1j",
    "True",
    "None",
    "...",
    "\x00",
    "",
    " ",
    "(" * 1000,
    "(" * 240 + "1" + ")" * 240,
    "-" * 499 + "1",
    "abs(" * 99 + "1" + ")" * 99,
    "(" * 1000 + "1" + ")" * 1000,
    "1" * 10_000,
    "1 + " * 2_500 + "1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_what_is_outside_the_language_is_refused(text: str) -> None:
    """By its shape alone, or, for mere parentheses, evaluated to the number they hold."""
    try:
        expression = Expression.parse(text)
    except ExpressionError:
        return
    assert set(text) == {"(", "1", ")"}
    assert expression.evaluate({}, {}) == 1.0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], "expected a number or an expression, not a list"),
        ({}, "expected a number or an expression, not a mapping"),
        (True, "expected a number or an expression, not true or false"),
        (None, "expected a number or an expression, not nothing"),
        ("true_ + True", "true and false are not numbers"),
        ("sqr(4)", "unknown function `sqr`; did you mean `sqrt`?"),
        ("quux(4)", "unknown function `quux`"),
        ("abs(1, 2)", "`abs` takes 1 arguments, not 2"),
        ("max(1)", "`max` takes 2 to 16 arguments, not 1"),
        (f"min({', '.join('1' * 17)})", "`min` takes 2 to 16 arguments, not 17"),
        ("1 +", "`1 +` is not an expression such as `1.5 * budget`"),
        ("1" * 501, "an expression has between 1 and 500 characters"),
        ("-" * 33 + "1", "nested deeper than 32"),
    ],
)
def test_refusals_say_why(value: object, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(value)
    assert str(caught.value) == message


def test_bounds_of_length_and_nesting_are_exact() -> None:
    longest = "1." + "0" * (MAX_LENGTH - 2)
    assert Expression.parse(longest).evaluate({}, {}) == 1.0
    with pytest.raises(ExpressionError):
        Expression.parse(longest + "0")
    deepest = "-" * MAX_DEPTH + "1"
    assert Expression.parse(deepest).evaluate({}, {}) == 1.0
    with pytest.raises(ExpressionError):
        Expression.parse("-" + deepest)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budgt", "unknown name `budgt`; did you mean `budget`?"),
        ("1 / none", "`1 / none` has no value: float division by zero"),
        ("sqrt(-1)", "`sqrt(-1)` has no value: math domain error"),
        ("1e308 * 10", "`1e308 * 10` has no finite value"),
        ("1e999", "`1e999` has no finite value"),
        ("1e999 - 1e999", "`1e999 - 1e999` has no finite value"),
    ],
)
def test_what_has_no_value_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(text).evaluate(NAMES, {})
    assert str(caught.value) == message


def test_facts_are_numbers_of_the_run_or_missing() -> None:
    asked = Expression.parse("clamp(2200 / run.utterances, 0.25, 4)")
    assert asked.facts == {"utterances"}
    assert asked.optional == frozenset()
    assert asked.evaluate({}, {"utterances": 1100}) == 2.0
    for facts in ({}, {"utterances": "many"}, {"utterances": True}, {"utterances": None}):
        with pytest.raises(MissingFact) as caught:
            asked.evaluate({}, facts)
        assert caught.value.fact == "utterances"


def test_default_stands_in_for_a_missing_fact_only() -> None:
    asked = Expression.parse("default(run.utterances, run.other) + budget")
    assert asked.optional == {"utterances"}
    assert asked.names == {"budget"}
    assert asked.evaluate(NAMES, {"utterances": 7}) == 57.0
    assert asked.evaluate(NAMES, {"other": 3}) == 53.0
    with pytest.raises(MissingFact):
        asked.evaluate(NAMES, {})
    with pytest.raises(ExpressionError):
        Expression.parse("default(1 / 0, 2)").evaluate({}, {})


literals = st.floats(0, 1e6).map(repr)
leaves = literals | st.sampled_from(sorted(NAMES))


def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return sums, products, signs, parentheses and calls of what is given."""
    operators = st.sampled_from([" + ", "-", "*", " / "])
    calls = [
        st.tuples(st.sampled_from(["abs", "log", "round", "sqrt"]), st.tuples(inner)),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=4)),
        st.tuples(st.just("clamp"), st.tuples(inner, inner, inner)),
    ]
    called = st.one_of(calls).map(lambda call: f"{call[0]}({', '.join(call[1])})")
    signed = st.tuples(st.sampled_from("+-"), inner).map("".join)
    return (
        st.tuples(inner, operators, inner).map("".join) | inner.map("({})".format) | signed | called
    )


@given(st.recursive(leaves, wider, max_leaves=8))
@examples(200)
def test_values_are_those_of_python(text: str) -> None:
    try:
        expected = float(eval(text, {"__builtins__": {}}, NAMES | FUNCTIONS))
    except (ArithmeticError, ValueError):
        expected = math.nan
    try:
        actual = Expression.parse(text).evaluate(NAMES, {})
    except ExpressionError:
        assert not math.isfinite(expected) or len(text) > MAX_LENGTH
    else:
        assert actual == expected


@given(st.text(max_size=60) | st.text("()+-*/.,0123456789 abxrun_[]{}'\"\\", max_size=60))
@examples(200)
def test_any_text_is_an_expression_or_a_refusal(text: str) -> None:
    try:
        value = Expression.parse(text).evaluate(NAMES, {"a": 1})
    except (ExpressionError, MissingFact):
        return
    assert math.isfinite(value)
