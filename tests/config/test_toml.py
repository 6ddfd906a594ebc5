"""Every key and value of a TOML config has its place."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.config.toml import parse
from healthlint.rulebook.yaml12 import Path

TEXT = '''\
[project]
name = "x" # [tool.healthlint]
description = """
[tool.healthlint]
select = ["no"]
"""

[tool.healthlint]
select = ["tts/*", # a comment, with "quotes"
  'core',
]
"fail-on" = "warning"
facts.utterances = 2200
facts.language = 'r"u'
output = [] # nothing

[[tool.healthlint.suppress]]
rule = "tts/a"
reason = """two
lines"""
[[tool.healthlint.suppress]]
rule = "tts/b"
until = 2026-01-31

[tool.healthlint.facts.metrics]
mel_loss = {kind = "l1", space = "ln-amp-mel"}

[tool.other]
select = ["no"]
'''

PLACES: dict[Path, str] = {
    ("select",): "select",
    ("fail-on",): '"fail-on"',
    ("facts", "utterances"): "utterances",
    ("suppress", 1, "until"): "until",
    ("facts", "metrics", "mel_loss", "space"): "space",
}
VALUES: dict[Path, str] = {
    ("select", 0): '"tts/*"',
    ("select", 1): "'core'",
    ("fail-on",): '"warning"',
    ("facts", "utterances"): "2200",
    ("facts", "language"): "'r\"u'",
    ("suppress", 0, "rule"): '"tts/a"',
    ("suppress", 1, "rule"): '"tts/b"',
    ("suppress", 1, "until"): "2026-01-31",
    ("facts", "metrics", "mel_loss", "kind"): '"l1"',
}


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_keys_are_where_they_are(path: Path) -> None:
    document = parse(TEXT, "pyproject.toml")
    mark = document.keys[path]
    line = document.lines[mark.line - 1]
    assert line[mark.column - 1 : mark.column - 1 + mark.length] == PLACES[path]


@pytest.mark.parametrize("path", VALUES, ids=str)
def test_values_are_where_they_are(path: Path) -> None:
    document = parse(TEXT, "pyproject.toml")
    mark = document.values[path]
    line = document.lines[mark.line - 1]
    assert line[mark.column - 1 : mark.column - 1 + mark.length] == VALUES[path]


def test_nothing_else_of_the_file_is_taken_for_ours() -> None:
    document = parse(TEXT, "pyproject.toml")
    assert document.problems == []
    assert {path[0] for path in document.keys if path} == set(document.data)  # type: ignore[call-overload]


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n")], ids=["LF", "CRLF"])
def test_lines_count_as_editors_count(text: str) -> None:
    assert parse(text, "x").values["suppress", 1, "rule"].line == 22


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[tool.healthlint]\nselect = [1,,2]\n", (2, 13)),
        ("[tool.healthlint]\nselect = [1\n", (2, 1)),
        ("[tool.healthlint\n", (1, 17)),
    ],
)
def test_a_text_that_is_no_toml_has_its_place(text: str, place: tuple[int, int]) -> None:
    (problem,) = parse(text, "x").problems
    assert problem.message.startswith("not valid TOML: ")
    assert (problem.line, problem.column) == place


KEYS = st.text("ab-_", min_size=1, max_size=3) | st.text(max_size=4)
LEAVES = st.integers(-99, 99) | st.booleans() | st.text("a\"'#[]{},=.\\ \t", max_size=6)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
SPACES = st.sampled_from(["", " ", "\t"])


def spelled(data: object, space: str) -> str:
    """Return plain data as an inline TOML value."""
    if isinstance(data, dict):
        pairs = (f"{json.dumps(key)}{space}={space}{spelled(data[key], space)}" for key in data)
        return "{" + f",{space}".join(pairs) + "}"
    if isinstance(data, list):
        return "[" + "".join(f"{space}{spelled(one, space)}, # ]\n" for one in data) + "]"
    return json.dumps(data, ensure_ascii=True)


@given(tree=st.dictionaries(KEYS, TREES, max_size=4), space=SPACES)
def test_what_stands_at_a_place_is_the_value(tree: dict[str, object], space: str) -> None:
    lines = [f"{json.dumps(key)}{space}={space}{spelled(one, space)}" for key, one in tree.items()]
    text = "\n".join(["[tool.healthlint]", *lines, ""])
    try:
        expected = tomllib.loads(text)["tool"]["healthlint"]
    except tomllib.TOMLDecodeError:
        return  # a comment within an inline table, a lone surrogate
    document = parse(text, "x")
    assert document.data == expected
    for path, value in leaves(expected, ()):
        mark = document.values[path]
        word = document.lines[mark.line - 1][mark.column - 1 : mark.column - 1 + mark.length]
        assert tomllib.loads(f"x = {word}")["x"] == value


def leaves(data: object, path: Path) -> list[tuple[Path, object]]:
    """Return the texts, numbers and booleans of plain data, each with its path."""
    if isinstance(data, dict):
        return [pair for key in data for pair in leaves(data[key], (*path, key))]
    if isinstance(data, list):
        return [pair for i, one in enumerate(data) for pair in leaves(one, (*path, i))]
    return [(path, data)]
