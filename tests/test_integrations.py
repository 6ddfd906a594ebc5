"""What other programs take from this repository works as it is written: bot, hooks, action.

``HEALTHLINT_UPDATE_GOLDEN=1`` writes what the bot says into the page.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli.harness import SCRIPT

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "fixtures" / "runs"
PAGE = ROOT / "docs" / "json.md"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
MATCHER = json.loads((ROOT / "integrations/github-problem-matcher.json").read_text())


def block(mark: str, kind: str) -> str:
    """Return the code block of the page behind a mark."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"<!-- {mark} -->\n```{kind}\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


class Chat(BaseHTTPRequestHandler):
    """Takes messages and keeps them."""

    said: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.said.append(body["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a chat on this machine, and what was said in it."""
    handler = type("Own", (Chat,), {"said": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", handler.said
    server.shutdown()
    server.server_close()


def tell(folder: Path, log: str, address: str) -> None:
    """Let the bot of the page look at a log, as the page says."""
    if not (folder / "fixtures").exists():
        (folder / "fixtures").symlink_to(ROOT / "fixtures")
    (folder / "bot.py").write_text(block("file: bot.py", "python"), encoding="utf-8")
    check = [str(SCRIPT), "check", "-o", "json:report.json", log]
    assert subprocess.run(check, cwd=folder, check=False).returncode in (0, 1)
    bot = [sys.executable, "bot.py", "report.json", "told.json", address]
    subprocess.run(bot, cwd=folder, check=True)


def test_the_bot_tells_each_event_once(chat: tuple[str, list[str]], tmp_path: Path) -> None:
    address, said = chat
    lines = (RUNS / "over-smoothed/logs.jsonl").read_text().splitlines(keepends=True)
    tell(tmp_path, "fixtures/runs/over-smoothed/logs.jsonl", address)
    if os.environ.get("HEALTHLINT_UPDATE_GOLDEN"):
        page = PAGE.read_text(encoding="utf-8")
        page = page.replace(block("said: bot.py", "text"), f"{said[0]}\n")
        PAGE.write_text(page, encoding="utf-8")
    assert said == [block("said: bot.py", "text").rstrip("\n")]
    for count in (len(lines) - 20, len(lines)):  # the same run, as it grows
        (tmp_path / "logs.jsonl").write_text("".join(lines[:count]))
        tell(tmp_path, "logs.jsonl", address)
    assert len(said) == 1


def test_the_bot_says_again_after_a_retraining(chat: tuple[str, list[str]], tmp_path: Path) -> None:
    address, said = chat
    text = (RUNS / "over-smoothed/logs.jsonl").read_text()
    tell(tmp_path, "fixtures/runs/over-smoothed/logs.jsonl", address)
    (tmp_path / "logs.jsonl").write_text(re.sub(r'"run":"\w+"', '"run":"another"', text))
    tell(tmp_path, "logs.jsonl", address)
    assert [line for line in said[1].splitlines() if line.startswith("again: error")] != []


def test_the_bot_is_quiet_about_a_healthy_run(chat: tuple[str, list[str]], tmp_path: Path) -> None:
    tell(tmp_path, "fixtures/runs/healthy-espeak/logs.jsonl", chat[0])
    assert chat[1] == []


def test_the_python_of_the_page_runs() -> None:
    code = re.findall(r"```python\n(import healthlint\n.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(code) == 1
    done = subprocess.run([sys.executable, "-c", code[0]], cwd=ROOT, check=False)
    assert done.returncode == 0


def hook(name: str) -> Any:
    return next(one for one in HOOKS if one["id"] == name)


@pytest.mark.parametrize(
    ("name", "path", "is_taken"),
    [
        ("healthlint", "logs.jsonl", True),
        ("healthlint", "runs/a/log.jsonl", True),
        ("healthlint", "runs/a/train_log.jsonl", True),
        ("healthlint", "data/blogs.jsonl", False),
        ("healthlint", "corpus.jsonl", False),
        ("healthlint-rules", "rules/team.yaml", True),
        ("healthlint-rules", "a/rules/tests/team.yml", True),
        ("healthlint-rules", "rules/data/x.yaml", False),
        ("healthlint-rules", "myrules/x.yaml", False),
    ],
)
def test_a_hook_takes_the_files_that_it_is_for(name: str, path: str, is_taken: bool) -> None:
    assert bool(re.search(hook(name)["files"], path)) == is_taken


def entry(name: str, folder: Path, *files: str) -> int:
    """Return how the command of a hook ends, run on files as pre-commit runs it."""
    command, *words = shlex.split(hook(name)["entry"])
    assert command == "healthlint"
    done = subprocess.run(
        [str(SCRIPT), *words, *files], cwd=folder, capture_output=True, check=False
    )
    return done.returncode


@pytest.mark.parametrize(("run", "code"), [("healthy-espeak", 0), ("over-smoothed", 1)])
def test_the_hook_of_logs_refuses_a_sick_one(run: str, code: int, tmp_path: Path) -> None:
    shutil.copy(RUNS / run / "logs.jsonl", tmp_path)
    assert entry("healthlint", tmp_path, "logs.jsonl") == code


def test_the_hook_of_rules_checks_a_pack_and_runs_its_tests(tmp_path: Path) -> None:
    new = [str(SCRIPT), "rules", "new", "team/mel-stands", "--kind", "plateau"]
    subprocess.run(new, cwd=tmp_path, check=True, capture_output=True)
    tests = tmp_path / "rules/tests/team.yaml"
    assert entry("healthlint-rules", tmp_path, "rules/team.yaml", "rules/tests/team.yaml") == 0
    tests.write_text(re.sub(r"expect: .*", "expect: []", tests.read_text()))
    assert entry("healthlint-rules", tmp_path, "rules/tests/team.yaml") == 1
    shutil.copy(ROOT / "fixtures/packs/typo-kind.yaml", tmp_path / "rules/typo.yaml")
    assert entry("healthlint-rules", tmp_path, "rules/typo.yaml") == 2


def act(folder: Path, logs: str, arguments: str = "") -> subprocess.CompletedProcess[str]:
    """Run the check of the action as a runner does."""
    step = next(one for one in ACTION["runs"]["steps"] if one.get("id") == "check")
    env = {
        "PATH": f"{SCRIPT.parent}:{os.environ['PATH']}",
        "LOGS": logs,
        "ARGUMENTS": arguments,
        "DIRECTORY": ACTION["inputs"]["directory"]["default"],
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(shell, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_action_annotates_summarises_and_fails_as_the_check_does(tmp_path: Path) -> None:
    shutil.copy(RUNS / "over-smoothed/logs.jsonl", tmp_path / "my logs.jsonl")
    done = act(tmp_path, "my logs.jsonl\n", "--fail-on=warning\n")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=my logs.jsonl,line=64,title=tts/over-smoothing::")
    assert "tts/over-smoothing" in (tmp_path / "summary.md").read_text()
    outputs = dict(line.split("=") for line in (tmp_path / "output").read_text().splitlines())
    assert outputs["exit-code"] == "1"
    assert json.loads((tmp_path / outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert (tmp_path / outputs["html"]).read_text().startswith("<!DOCTYPE html>")


def test_the_action_takes_no_input_for_a_command(tmp_path: Path) -> None:
    done = act(tmp_path, "$(touch owned)\n`touch owned`; touch owned")
    assert done.returncode == 2
    assert not (tmp_path / "owned").exists()
    assert "${{ inputs" not in json.dumps([one.get("run") for one in ACTION["runs"]["steps"]])


def matched(line: str) -> tuple[str, ...] | None:
    """Return owner and parts of the first pattern that takes a line."""
    for one in MATCHER["problemMatcher"]:
        if found := re.match(one["pattern"][0]["regexp"], line):
            return one["owner"], *found.groups()
    return None


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "runs/a/logs.jsonl:85: error[tts/x] mel -48%",
            ("healthlint", "runs/a/logs.jsonl", "85", "error", "tts/x", "mel -48%"),
        ),
        (
            "a.jsonl:17:4: problem: not JSON",
            ("healthlint-log", "a.jsonl", "17", "4", "problem", "not JSON"),
        ),
        (
            "a.jsonl: no verdict: too short",
            ("healthlint-log", "a.jsonl", None, None, "no verdict", "too short"),
        ),
        ("a.jsonl:3: info[tts/x] late", None),
        ("No findings in 1 log. 14 rules: 14 passed.", None),
    ],
)
def test_the_problem_matcher_reads_the_concise_report(
    line: str, parts: tuple[str, ...] | None
) -> None:
    assert matched(line) == parts


def test_the_gitlab_template_names_the_files_that_it_writes() -> None:
    template = yaml.safe_load((ROOT / "integrations/gitlab.yml").read_text(encoding="utf-8"))
    job = template["healthlint"]
    reports = job["artifacts"]["reports"]
    command = job["script"][-1]
    assert f"-o gitlab:{reports['codequality']}" in command
    assert f"-o junit:{reports['junit']}" in command
    assert f"-o html:{job['artifacts']['paths'][0]}" in command
