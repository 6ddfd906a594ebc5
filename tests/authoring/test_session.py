"""The session of docs/authoring.md is what one sees: files are written, commands run, compared.

``HEALTHLINT_UPDATE_GOLDEN=1`` writes what the commands print into the page.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from cli.harness import SCRIPT

from healthlint.rulebook import load
from healthlint.ruletests.running import CaseFile, differences

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "authoring.md"
PIECE = re.compile(
    r"<!-- file: (?P<path>\S+) -->\n```yaml\n(?P<text>.*?)```"
    r"|(?P<open>```console\n)(?P<session>.*?)(?P<close>```)",
    re.DOTALL,
)


def replay(page: str, folder: Path) -> str:
    """Return the page with each session as it runs in a folder, files written on the way."""

    def piece(found: re.Match[str]) -> str:
        if found["path"]:
            path = folder / found["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found["text"])
            return found[0]
        commands = re.findall(r"^\$ (.*)$", found["session"], re.MULTILINE)
        return found["open"] + "".join(said(each, folder) for each in commands) + found["close"]

    return PIECE.sub(piece, page)


def said(command: str, folder: Path) -> str:
    """Return a command, what it prints, and its exit code where it is not 0."""
    name, *args = shlex.split(command)
    assert name == "healthlint"
    done = subprocess.run(
        [str(SCRIPT), *args],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "96"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    code = f"exit code {done.returncode}\n" if done.returncode else ""
    return f"$ {command}\n{done.stdout}{done.stderr}{code}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    shutil.copy(ROOT / "fixtures" / "runs" / "overfit" / "logs.jsonl", folder)
    return folder


@pytest.fixture(scope="module")
def played(folder: Path) -> str:
    return replay(PAGE.read_text(encoding="utf-8"), folder)


def test_the_session_is_what_one_sees(played: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count("\n$ healthlint ") > 8
    if os.environ.get("HEALTHLINT_UPDATE_GOLDEN"):
        PAGE.write_text(played, encoding="utf-8")
    assert played == page


@pytest.mark.usefixtures("played")
def test_the_tests_of_the_page_pass(folder: Path) -> None:
    tests, book = folder / "rules" / "tests" / "own.yaml", load([str(folder / "rules")])
    suite = CaseFile.read(str(tests)).suite
    assert len(suite.tests) >= 5
    cases = CaseFile.read(str(tests)).suite.tests
    assert [str(one) for case in cases for one in differences(case, book)] == []
