"""Packs that somebody made to hurt: each is refused at once, in little memory, with a place."""

from __future__ import annotations

import pytest

from healthlint.engine.binding import Lets
from healthlint.rulebook.template import Template, TemplateError
from healthlint.rulebook.yaml12 import MAX_DEPTH, MAX_NODES, parse
from healthlint.ruletests.notation import NotationError, series
from healthlint.timeline.expression import Expression, ExpressionError, MissingFact

TOO_LARGE = "this document is too large or nested too deep"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "{a: " * 100_000,
        "- " * 100_000 + "x",
        "a: &a [*a]",
        "a: &a [*a, *a]",
        "a: &a {x: *a, y: *a}",
        "a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    ],
)
def test_nesting_without_end(text: str) -> None:
    (problem,) = parse(text, "p.yaml").problems
    assert (problem.message, problem.line) == (TOO_LARGE, 1)


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 1
    assert parse("a: " + "[" * depth + "]" * depth, "p.yaml").problems == []


def test_more_values_than_the_limit() -> None:
    (problem,) = parse("[" + "x," * (MAX_NODES + 1) + "]", "p.yaml").problems
    assert problem.message == TOO_LARGE


@pytest.mark.parametrize("breaks", ["\u2028", "\u2029", "\x85", "\r", "\r\n", "\n"])
def test_lines_are_counted_as_yaml_counts_them(breaks: str) -> None:
    (problem,) = parse(f"a: 1{breaks}b: 2{breaks}a: 3", "p.yaml").problems
    assert (problem.line, problem.column, problem.excerpt) == (3, 1, "a: 3")


@pytest.mark.parametrize("spec", ["999999999f", "099999999d", ".999999999f", ".2", "d", "{x}", "s"])
def test_no_format_asks_for_megabytes(spec: str) -> None:
    text = f"at {{value:{spec}}}"
    if spec == ".2":
        assert Template.parse(text).render({"value": 0.12345}) == "at 0.12"
    else:
        with pytest.raises(TemplateError):
            Template.parse(text)


def test_values_that_build_on_each_other_are_worked_out_once() -> None:
    """A hundred doublings: without memory, more steps than there are atoms."""
    let = {"x0": Expression.parse("1e-20")}
    let |= {f"x{i}": Expression.parse(f"x{i - 1} + x{i - 1}") for i in range(1, 100)}
    assert Lets(let, {})["x99"] == 1e-20 * 2.0**99
    assert "x99" in Lets(let, {})
    assert "x100" not in Lets(let, {})


def test_a_missing_fact_is_looked_for_once() -> None:
    let = {"x0": Expression.parse("run.utterances")}
    let |= {f"x{i}": Expression.parse(f"default(x{i - 1}, x{i - 1})") for i in range(1, 100)}
    with pytest.raises(MissingFact) as missing:
        Lets(let, {})["x99"]
    assert missing.value.fact == "utterances"


def test_a_chain_of_thousands_of_values_has_none() -> None:
    let = {"x0": Expression.parse("1")}
    let |= {f"x{i}": Expression.parse(f"x{i - 1} + 1") for i in range(1, 3000)}
    with pytest.raises(ExpressionError, match="goes through too many names"):
        Lets(let, {})["x2999"]


def test_values_in_terms_of_each_other_have_none() -> None:
    let = {"a": Expression.parse("b"), "b": Expression.parse("a")}
    with pytest.raises(ExpressionError, match="in terms of itself"):
        Lets(let, {})["a"]


@pytest.mark.parametrize("text", ["1 x99999999999999999999", "1 x1000001", "1 x600000, 2 x600000"])
def test_series_are_refused_before_they_are_built(text: str) -> None:
    with pytest.raises(NotationError, match="more than 1000000 values"):
        series(text)


@pytest.mark.parametrize(
    "text", ["1.", "1. x3", "1.2..", "..3", "1 x0", "1 x-3", "1x3", "x3", "", "1,,2", "1 2"]
)
def test_what_is_not_in_the_notation(text: str) -> None:
    with pytest.raises(NotationError):
        series(text)


def test_dots_between_two_numbers_are_read_one_way() -> None:
    _, values = series("1...5 x2")
    assert values.tolist() == [1.0, 0.5]
