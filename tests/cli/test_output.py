"""`-o FORMAT[:PATH]` is one option: every command that reports takes and refuses the same."""

from __future__ import annotations

from argparse import Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator

import pytest

from healthlint import cli


def _outputs(words: tuple[str, ...], parser: ArgumentParser) -> Iterator[tuple[str, Action]]:
    for action in parser._actions:
        if "-o" in action.option_strings:
            yield " ".join(words), action
        if isinstance(action, _SubParsersAction):
            for name, inner in action.choices.items():
                yield from _outputs((*words, name), inner)


OPTIONS = {
    path: one for name in cli.commands() for path, one in _outputs((name,), cli.parser(name))
}
REPORTING = [path for path, one in OPTIONS.items() if getattr(one, "formats", ())]
REPORTING.remove("config")  # shows the setting `output`, and reports nothing itself
NEEDED = {"probe": ["--model", "m"], "explain": ["r"], "backtest": ["r"], "blur": ["x"]}
NEEDED |= {"gate": ["x"], "inspect": ["x"]}


def refused(path: str, *words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command says that refuses its words."""
    line = [*path.split(), *NEEDED.get(path, []), *(part for w in words for part in ("-o", w))]
    assert cli.main(line) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    return caught.err.removeprefix(f"healthlint {path}: error: ").strip()


def test_an_output_is_a_report_or_a_file_that_is_made() -> None:
    assert len(REPORTING) >= 9
    makers = {path for path, one in OPTIONS.items() if one.metavar == "PATH"}
    watching = {path for path, one in OPTIONS.items() if one.dest == "events"}
    assert {*OPTIONS} == {*REPORTING, *makers, *watching, "config"}


@pytest.mark.parametrize("path", REPORTING)
def test_every_command_refuses_the_same(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *_ = OPTIONS[path].formats
    said = refused(path, f"{first}x", capsys=capsys)
    assert said.startswith(f"unknown format '{first}x', did you mean '{first}'? (formats: ")
    assert refused(path, f"{first}:", capsys=capsys) == f"-o {first}: lacks its path"
    for where, place in (("", "standard output"), (":r", "r")):
        said = refused(path, f"{first}{where}", f"{second}{where}", capsys=capsys)
        assert said.startswith(f"{first} and {second} both go to {place}; give one a path"), path
    assert "both go to standard output" in refused(path, first, f"{second}:-", capsys=capsys)
