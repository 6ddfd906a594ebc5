"""The config through the real entry point: where it is found, what it says, what outranks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.harness import Cli, rows, write_rows
from cli.test_check import PACK

PYPROJECT = '[project]\nname = "x"\n\n[tool.healthlint]\nlogs = ["healthy.jsonl"]\n'

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file below the test's folder, its folders with it."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return put


def report(cli: Cli, *args: str) -> Any:
    return json.loads(cli("check", "-o", "json", *args).stdout)


def test_logs_of_the_config_are_judged_in_order(cli: Cli, write: Write, tmp_path: Path) -> None:
    write("healthlint.yaml", "logs: [runs/*/logs.jsonl, a.jsonl]\n")
    for name in ("runs/c/logs.jsonl", "runs/b/logs.jsonl", "a.jsonl"):
        write_rows(write(name, ""), rows())
    logs = report(cli)["logs"]
    assert [log["path"] for log in logs] == ["runs/b/logs.jsonl", "runs/c/logs.jsonl", "a.jsonl"]


def test_a_named_log_outranks_those_of_the_config(cli: Cli, write: Write, healthy: Path) -> None:
    write("healthlint.yaml", "logs: [absent.jsonl]\n")
    assert [log["path"] for log in report(cli, healthy.name)["logs"]] == [healthy.name]


def test_a_pattern_that_matches_no_file_is_no_verdict(
    cli: Cli, write: Write, healthy: Path
) -> None:
    write("healthlint.yaml", f"logs: [runs/*.jsonl, {healthy.name}]\n")
    done = cli("check")
    assert done.returncode == 3
    assert "no verdict: runs/*.jsonl: no file matches this pattern" in done.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [("healthlint.yaml", "logs: [healthy.jsonl]\n"), ("pyproject.toml", PYPROJECT)],
)
def test_it_is_found_upward_and_its_paths_are_its_own(
    cli: Cli, write: Write, healthy: Path, tmp_path: Path, name: str, text: str
) -> None:
    write(name, text)
    (tmp_path / "a" / "b").mkdir(parents=True)
    done = cli("config", "show", cwd="a/b")
    assert f"config: ../../{name}" in done.stdout
    assert "../../healthy.jsonl" in done.stdout
    assert cli("check", cwd="a/b").returncode == 0


def test_the_root_of_the_repository_ends_the_search(cli: Cli, write: Write, tmp_path: Path) -> None:
    write("healthlint.yaml", "fail-on: info\n")
    (tmp_path / "repository" / "src").mkdir(parents=True)
    assert "config: ../../healthlint.yaml" in cli("config", "show", cwd="repository/src").stdout
    (tmp_path / "repository" / ".git").mkdir()
    assert "config: none found" in cli("config", "show", cwd="repository/src").stdout


def test_the_nearest_one_counts_and_nothing_is_merged(cli: Cli, write: Write) -> None:
    write("healthlint.yaml", "fail-on: info\nprofile: all\n")
    write("inner/healthlint.yaml", "profile: all\n")
    shown = cli("config", "show", cwd="inner").stdout
    assert "healthlint.yaml:1" in shown
    assert [line.split() for line in shown.splitlines() if line.startswith("fail-on")] == [
        ["fail-on", "error", "default"]
    ]


def test_a_pyproject_that_is_not_about_us_is_passed_over(cli: Cli, write: Write) -> None:
    write("healthlint.yaml", "fail-on: info\n")
    write("inner/pyproject.toml", "[project]\nname = 'healthlint-plugin'\n[broken\n")
    assert "config: ../healthlint.yaml" in cli("config", "show", cwd="inner").stdout


MISTAKES: dict[str, tuple[dict[str, str], str]] = {
    "two in one folder": (
        {"healthlint.yaml": "", "pyproject.toml": PYPROJECT},
        "healthlint.yaml: two configs in one folder; `pyproject.toml` has [tool.healthlint] too",
    ),
    "another name": ({"healthlint.yml": ""}, "healthlint.yml: this name is not read"),
    "unknown key": (
        {"healthlint.yaml": "profile: all\nselct: [tts]\n"},
        "healthlint.yaml:2:1: unknown key `selct`; did you mean `select`?\n  selct: [tts]\n  ^^^^^",
    ),
    "broken TOML": (
        {"pyproject.toml": "[tool.healthlint]\nselect = [\n"},
        "pyproject.toml:2:1: not valid TOML",
    ),
    "rule": (
        {"healthlint.yaml": "select: [tts, core/divergense]\n"},
        "healthlint.yaml:1:15: no rule matches `core/divergense`; did you mean `core/divergence`?",
    ),
    "required rule": (
        {"healthlint.yaml": "require:\n  - tts/over-smothing\n"},
        "healthlint.yaml:2:5: required rule tts/over-smothing is not among the selected",
    ),
    "suppressed rule": (
        {"healthlint.yaml": "suppress:\n  - reason: x\n    rule: tts/over-smothing\n"},
        "healthlint.yaml:3:11: no rule matches `tts/over-smothing`",
    ),
    "param": (
        {"healthlint.yaml": "params: {core: {patience: 3}}\n"},
        "healthlint.yaml:1:17: pack `core` has no param `patience`",
    ),
    "pack of a param": (
        {"healthlint.yaml": "params: {ttts: {patience: 3}}\n"},
        "healthlint.yaml:1:10: no pack `ttts`; did you mean `tts`?",
    ),
    "pack": ({"healthlint.yaml": "rules: [absent.yaml]\n"}, "absent.yaml: no such file"),
    "baseline": ({"healthlint.yaml": "baseline: b.json\n"}, "b.json: no such baseline; write it"),
    "not UTF-8": ({"healthlint.yaml": "profile: \udcff\n"}, "cannot be read: it is not UTF-8"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_are_told_at_their_place(
    cli: Cli, healthy: Path, tmp_path: Path, kind: str
) -> None:
    files, words = MISTAKES[kind]
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    done = cli("check", healthy.name)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_config_cannot_steer_the_terminal(cli: Cli, write: Write, healthy: Path) -> None:
    write("healthlint.yaml", '"\\e[2J": 1\nfail-on: "\\e[31m"\n')
    done = cli("check", healthy.name)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    write("healthlint.yaml", 'facts: {language: "\\e[31mred", "\\e[2J": 1}\n')
    assert "\x1b" not in cli("config", "show").stdout


def test_no_config_and_a_named_config(cli: Cli, write: Write, healthy: Path) -> None:
    write("healthlint.yaml", "nonsense: 1\n")
    write("ci/strict.yaml", "fail-on: info\n")
    assert cli("check", healthy.name).returncode == 2
    assert cli("check", "--no-config", healthy.name).returncode == 0
    named = report(cli, "--config", "ci/strict.yaml", healthy.name)
    assert (named["config"], named["fail_on"]) == ("ci/strict.yaml", "info")
    both = cli("check", "--config", "ci/strict.yaml", "--no-config", healthy.name)
    assert (both.returncode, "exclude each other" in both.stderr) == (2, True)
    absent = cli("check", "--config", "absent.yaml", healthy.name)
    assert (absent.returncode, "absent.yaml: cannot be read" in absent.stderr) == (2, True)
    other = cli("check", "--config", write("x.toml", "[a]\n").name, healthy.name)
    assert "no [tool.healthlint] in this file" in other.stderr


def test_the_command_line_outranks_the_config_key_by_key(
    cli: Cli, write: Write, healthy: Path
) -> None:
    text = "select: [tts]\nfail-on: info\nfacts:\n  utterances: 10\n  language: ru\n"
    write("healthlint.yaml", text)
    shown = report(cli, "--select", "core", "--fact", "utterances=20", healthy.name)
    assert [(one["key"], one["value"], one["origin"]) for one in shown["settings"]] == [
        ("select", ["core"], "command line"),
        ("fail-on", "info", "healthlint.yaml:2"),
        ("facts.utterances", 20, "command line"),
        ("facts.language", "ru", "healthlint.yaml:5"),
    ]
    (log,) = shown["logs"]
    assert {verdict["rule"].split("/")[0] for verdict in log["verdicts"]} == {"core"}
    facts = log["run"]["facts"]
    assert (shown["fail_on"], facts["utterances"], facts["language"]) == ("info", 20, "ru")


def test_rules_outputs_and_requirements_of_the_config_hold(
    cli: Cli, write: Write, healthy: Path, tmp_path: Path
) -> None:
    write("lint/my.yaml", PACK)
    text = "rules: [my.yaml]\nselect: [my]\nfail-on: info\nrequire: [my/high]\n"
    write("lint/strict.yaml", text + "output: [concise, 'json:report.json']\n")
    done = cli("check", "--config", "lint/strict.yaml", healthy.name)
    assert done.returncode == 1
    assert "info[my/high]" in done.stdout.splitlines()[1]
    assert json.loads((tmp_path / "lint/report.json").read_text())["exit_code"] == 1


def test_the_report_names_the_config(cli: Cli, write: Write, healthy: Path) -> None:
    write("healthlint.yaml", "fail-on: info\nfacts: {utterances: 20}\n")
    done = cli("check", healthy.name)
    assert done.stdout.splitlines()[-1] == "config: healthlint.yaml (fail-on, facts.utterances)"


def test_without_a_log_those_of_the_working_folder_are_judged(
    cli: Cli, healthy: Path, write: Write
) -> None:
    write("runs/two/logs.jsonl", healthy.read_text())
    done = cli("check", "-o", "line")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "runs/two/logs.jsonl: " in done.stdout


def test_a_working_folder_without_logs_is_no_verdict(cli: Cli) -> None:
    done = cli("check")
    assert (done.returncode, done.stderr) == (3, "")
    assert "no log in this folder" in done.stdout


def test_config_show_has_every_key_once(cli: Cli) -> None:
    done = cli("config", "show")
    keys = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert keys == [
        "logs", "kinds", "rules", "profile", "select", "ignore", "require", "fail-on", "facts",
        "names", "params", "reference", "suppress", "baseline", "output", "probe", "gate",
        "watch", "notify", "heartbeat",
    ]  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
