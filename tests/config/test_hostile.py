"""Configs that are nested, long or numeric beyond measure: one line with its place, soon."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from healthlint.config import ConfigError, named
from healthlint.config.loading import MOST_VALUES, load
from healthlint.config.toml import MOST_PARTS

TABLE = "[tool.healthlint]\n"
CONFIGS = {
    "deep.toml": (f"{TABLE}logs = {'[' * 50_000}", "nested too deep"),
    "names.toml": (f"{TABLE}{'a.' * 20_000}a = 1", "A name of more than 100 parts"),
    "header.toml": (f"{TABLE}[{'a.' * 20_000}a]", "A name of more than 100 parts"),
    "inner.toml": (f"{TABLE}x = {{{'a.' * 20_000}a = 1}}", "A name of more than 100 parts"),
    "digits.toml": (f"{TABLE}facts = {{utterances = {'9' * 6000}}}", "Exceeds the limit"),
    "hex.toml": (f"{TABLE}facts = {{utterances = 0x{'f' * 6000}}}", "too large a number"),
    "many.toml": (f"{TABLE}logs = [{'1,' * (MOST_VALUES + 1)}]", "values are no config"),
    "other.toml": ("[tool]\nhealthlint = 5", "expected keys"),
    "deep.yaml": ("logs: " + "[" * 20_000, "too large or nested too deep"),
    "digits.yaml": (f"facts: {{utterances: {'9' * 500}}}", "is inf, not a positive number"),
    "class.yaml": ("gate: {allow: [os.system]}", "`os.system` runs code"),
    "word.yaml": ("gate: {allow: [Settings]}", "module.Class"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    text, said = CONFIGS[name]
    (tmp_path / name).write_text(text)
    start = time.process_time()
    with pytest.raises(ConfigError, match=said) as refused:
        load(named(str(tmp_path / name)))
    assert len(str(refused.value)) < 1000 + len(str(tmp_path))  # the line is cut about its mistake
    assert time.process_time() - start < 3


@pytest.mark.parametrize(("parts", "is_taken"), [(MOST_PARTS, True), (MOST_PARTS + 1, False)])
def test_parts_of_a_name(tmp_path: Path, parts: int, is_taken: bool) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"{TABLE}[tool.other]\n{'a.' * parts}a = 1\n")
    if is_taken:
        assert load(named(str(path))).config.logs is None
    else:
        with pytest.raises(ConfigError, match="parts"):
            load(named(str(path)))


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "healthlint.yaml"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="a pipe, which is never opened"):
        named(str(path))
