"""YAML 1.2 as packs are written in it: plain data, each mistake at its place."""

from __future__ import annotations

import math

import pytest

from healthlint.rulebook.yaml12 import MAX_NODES, parse, plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-7", -7),
        ("007", 7),
        ("1_000", "1_000"),
        ("0x1", "0x1"),
        ("1:30", "1:30"),
        ("off", "off"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("~", None),
        ("", None),
        ("null", None),
        ("nan", "nan"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_unquoted_scalars(text: str, value: object) -> None:
    read = plain(text)
    assert (type(read), read) == (type(value), value)
    assert parse(f"a: {text}\n", "p.yaml").data == {"a": value}


@pytest.mark.parametrize("quote", ["'", '"'])
def test_what_is_quoted_is_a_text(quote: str) -> None:
    assert parse(f"a: {quote}1e-3{quote}", "p.yaml").data == {"a": "1e-3"}


def test_a_number_beyond_floats_is_infinite() -> None:
    assert plain("1e999") == math.inf


def test_both_lines_of_a_duplicate_key_are_named() -> None:
    (problem,) = parse("a: 1\nb: 2\na: 3\n", "p.yaml").problems
    assert (problem.line, problem.column) == (3, 1)
    assert problem.message == "duplicate key `a`; the first one is at line 1"


@pytest.mark.parametrize("tag", ["!env HOME", "!!python/object/apply:os.system ['true']", "!x 1"])
def test_tags_are_refused(tag: str) -> None:
    document = parse(f"a: 1\nb: {tag}\n", "p.yaml")
    assert [(problem.line, problem.column) for problem in document.problems] == [(2, 4)]
    assert "tag" in document.problems[0].message


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
    )
    document = parse(bomb, "p.yaml")
    assert [p.message for p in document.problems] == [
        "this document is too large or nested too deep"
    ]
    assert len(document.values) <= 2 * MAX_NODES


@pytest.mark.parametrize("text", ["a: [" * 70, "[" * 5000, "a: &a [*a]", "a: *b", "a: 'x", "\x00"])
def test_what_is_no_yaml_is_a_mistake_with_a_place(text: str) -> None:
    problems = parse(text, "p.yaml").problems
    assert problems
    assert all(problem.line and problem.column for problem in problems)


def test_a_key_that_is_a_list_is_a_mistake() -> None:
    (problem,) = parse("[a, b]: 1\n", "p.yaml").problems
    assert problem.message == "a key must be a text"
