"""``-k``: words, ``and``, ``or``, ``not`` and parentheses."""

from __future__ import annotations

import pytest

from healthlint.ruletests.choosing import ChoiceError, choice


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("energy", "Energy follows", True),
        ("energy", "duration falls", False),
        ("two epochs", "for two epochs of it", True),
        ("two epochs", "two long epochs", False),
        ("not energy", "duration", True),
        ("not not energy", "energy", True),
        ("energy and stuck", "energy is stuck", True),
        ("energy and stuck", "energy follows", False),
        ("a or b and c", "a", True),
        ("(a or b) and c", "a", False),
        ("energy and not (stuck or slow)", "energy is slow", False),
        ('"this or that"', "either this or that", True),
    ],
)
def test_choice(text: str, name: str, expected: bool) -> None:
    assert choice(text)(name) is expected


@pytest.mark.parametrize("text", ["", "and", "a and", "or b", "(a", "a)", "not", "()", "a (b)"])
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ChoiceError):
        choice(text)
