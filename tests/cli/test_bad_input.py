"""Bad input ends with one clear line and exit code 2 or 3: never 0, never a traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.harness import Cli

Make = Callable[[Path], object]

POINTER = """\
version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""
HEADER = {"_type": "run", "_schema": "healthlint.log/1", "run": "a", "step": 0, "meta": {}}
WEB = "".join(
    json.dumps({"time": 1795340157 + i, "path": "/", "status": 200, "latency_ms": 12.5 + i}) + "\n"
    for i in range(50)
)

LOGS: dict[str, tuple[Make, int, str]] = {
    "missing": (lambda path: None, 2, "no such file"),
    "folder without logs": (lambda path: path.mkdir(), 3, "no log"),
    "empty": (lambda path: path.write_text(""), 3, "empty"),
    "blank lines": (lambda path: path.write_text("\n\n\n"), 3, "empty"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 40), 3, "binary"),
    "LFS pointer": (lambda path: path.write_text(POINTER), 2, "LFS pointer"),
    "prose": (lambda path: path.write_text("epoch 1\nepoch 2\n"), 3, "no number with a name"),
    "web metrics": (lambda path: path.write_text(WEB), 3, "not a training log"),
    "header alone": (lambda path: path.write_text(json.dumps(HEADER) + "\n"), 3, "header"),
}


@pytest.mark.parametrize("kind", LOGS)
def test_bad_logs(cli: Cli, tmp_path: Path, kind: str) -> None:
    make, code, words = LOGS[kind]
    make(tmp_path / "x.jsonl")
    done = cli("check", "x.jsonl")
    said = done.stdout + done.stderr
    assert done.returncode == code
    assert words.lower() in said.lower()
    assert "x.jsonl" in said
    assert "Traceback" not in said


def test_a_missing_log_is_found_by_its_near_name(cli: Cli, healthy: Path) -> None:
    done = cli("check", "helthy.jsonl")
    assert done.returncode == 2
    assert "did you mean" in done.stdout
    assert "healthy.jsonl" in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_log_without_permission_to_read(cli: Cli, healthy: Path) -> None:
    healthy.chmod(0)
    done = cli("check", healthy.name)
    assert done.returncode == 2
    assert "ermission denied" in done.stdout


def test_a_name_that_steers_the_terminal_is_made_visible(cli: Cli, tmp_path: Path) -> None:
    done = cli("check", "\x1b[31mred.jsonl")
    assert done.returncode == 2
    assert "\x1b" not in done.stdout + done.stderr
    assert "\\x1b[31mred.jsonl" in done.stdout


USES: dict[str, tuple[tuple[str, ...], str]] = {
    "no log": (("backtest", "core/frozen"), "which LOG?"),
    "baseline and none": (("check", "--baseline", "b", "--no-baseline", "x"), "exclude each other"),
    "absent baseline": (("check", "--baseline", "b.json", "x"), "b.json: no such baseline"),
    "unknown command": (("chek", "x"), "did you mean 'check'?"),
    "unknown choice": (("check", "--fail-on", "eror", "x"), "'eror', did you mean 'error'?"),
    "unknown action": (("rules", "chek"), "ACTION: invalid choice: 'chek', did you mean 'check'?"),
    "unknown option": (("check", "--selct", "x"), "did you mean '--select'?"),
    "abbreviated option": (("check", "--sel", "x", "y"), "unknown option '--sel'"),
    "option without value": (("check", "x", "--fail-on"), "--fail-on"),
    "unknown severity": (("check", "--fail-on", "errors", "x"), "errors"),
    "unknown format": (("check", "-o", "jsn", "x"), "did you mean 'json'?"),
    "format without path": (("check", "-o", "json:", "x"), "lacks its path"),
    "two formats to one stream": (("check", "-o", "json", "-o", "full", "x"), "both go to"),
    "two formats to one file": (("check", "-o", "json:r", "-o", "full:r", "x"), "both go to r"),
    "unknown rule": (("check", "--select", "tts/over-smothing", "x"), "tts/over-smoothing"),
    "unknown ignored rule": (("check", "--ignore", "tts/none-such", "x"), "no rule matches"),
    "unknown required rule": (("check", "--require", "tts/over-smothing", "x"), "did you mean"),
    "required rule left out": (
        ("check", "--require", "core/non-finite", "--ignore", "core/non-finite", "x"),
        "not among the selected",
    ),
    "unknown profile": (("check", "--profile", "most", "x"), "most"),
    "unknown run": (("check", "--run", "first", "x"), "first"),
    "run zero": (("check", "--run", "0", "x"), "0"),
    "fact without value": (("check", "--fact", "utterances", "x"), "NAME=VALUE"),
    "fact without name": (("check", "--fact", "=1", "x"), "NAME=VALUE"),
    "fact that is no YAML": (("check", "--fact", "a=[1", "x"), "not valid YAML"),
    "fact that is two things": (("check", "--fact", "a=1", "--fact", "a.b=2", "x"), "a.b"),
    "missing pack": (("check", "--rules", "absent.yaml", "x"), "absent.yaml: no such file"),
}


@pytest.mark.parametrize("kind", USES)
def test_wrong_use(cli: Cli, kind: str) -> None:
    args, words = USES[kind]
    done = cli(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_the_log_does_not_have(cli: Cli, healthy: Path) -> None:
    done = cli("check", "--run", "2", healthy.name)
    assert (done.returncode, done.stderr) == (
        2,
        "healthlint check: error: no run 2: healthy.jsonl has 1, counted from 1\n",
    )


def test_every_mistake_of_a_pack_has_its_line(cli: Cli, healthy: Path, tmp_path: Path) -> None:
    lines = ["schema: healthlint.rules/1", "pack: my", "metrics: {}", "rules:"]
    lines += ["  - id: my/x", "    sverity: error", ""]
    (tmp_path / "my.yaml").write_text("\n".join(lines))
    done = cli("check", "--rules", "my.yaml", healthy.name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "my.yaml:6:5: " in done.stderr
    assert "severity" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pack_cannot_steer_the_terminal(cli: Cli, healthy: Path, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text('schema: "x"\n"\x85\\e[2J": 1\npack: \x1b[31m\n')
    done = cli("check", "--rules", "my.yaml", healthy.name)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("target", ["absent/report.json", "."])
def test_a_report_that_cannot_be_written(cli: Cli, healthy: Path, target: str) -> None:
    done = cli("check", "-o", f"json:{target}", healthy.name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"healthlint: error: cannot write {target}: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("none/*.jsonl", 3, "no file matches this pattern"),
        ("run[12].jsonl", 3, "no file matches this pattern"),
        ("run[12.jsonl", 2, "no such file"),
        ("none.jsonl", 2, "no such file"),
    ],
)
def test_a_pattern_without_a_match_is_no_verdict_and_a_missing_file_wrong_use(
    cli: Cli, path: str, code: int, said: str
) -> None:
    done = cli("check", path)
    assert (done.returncode, said in done.stdout) == (code, True)
