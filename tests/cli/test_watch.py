"""``healthlint watch`` and ``run`` as a user meets them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from cli.harness import Cli
from reporters.canonical import REPORTS

from healthlint.cli import main
from healthlint.cli._watch_text import rows
from healthlint.report import Answer
from healthlint.reporters import Style

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/events-1.json").read_text())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Return a function that runs a command in this process, which starts quicker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str) -> SimpleNamespace:
        code = main(words)
        out, err = capfd.readouterr()
        return SimpleNamespace(returncode=code, stdout=out, stderr=err)

    return run


def test_once_tells_what_is_new_and_exits_as_check(here, broken: Path) -> None:
    first = here("watch", "--once", "broken.jsonl")
    assert first.returncode == 1
    assert "ERROR broken.jsonl: [core/non-finite] since epoch 21 (step 1050):" in first.stdout
    second = here("watch", "--once", "broken.jsonl")
    assert (second.returncode, second.stdout.count("\n")) == (1, 1)
    assert second.stdout.startswith("STOP  broken.jsonl  epoch 30")


def test_a_watch_begins_with_what_still_stands(here, broken: Path) -> None:
    here("watch", "--once", "broken.jsonl")
    with broken.open("a") as out:
        out.write('{"_type": "end", "status": "ok"}\n')
    again = here("watch", "broken.jsonl")
    assert again.returncode == 1
    assert "still" in again.stdout
    assert again.stdout.count("[core/non-finite]") == 1
    assert "ENDED broken.jsonl" in again.stdout


def test_of_more_runs_than_lines_those_that_are_most_wanted_are_shown() -> None:
    answers = ["go on"] * 5 + ["stop"] + ["finished"] * 4
    seen = [
        (
            replace(REPORTS["sick"].logs[0], path=f"{at}", answer=Answer(state=one, reason="")),
            9.0 - at,
            None,
        )
        for at, one in enumerate(answers)
    ]
    assert len(rows(seen, Style(), 10)) == 10
    shown = rows(seen, Style(), 4)
    assert [line.split("  ")[0] for line in shown[:3]] == ["GO ON", "GO ON", "STOP"]
    assert shown[3:] == ["and 7 more: 3 GO ON, 4 FINISHED"]


def test_a_folder_without_a_log_is_said(here, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    shown = here("watch", "--once", "empty").stdout
    assert shown.startswith("NOT YET  empty  no log in this folder: no *.jsonl")
    assert len(shown) == 100


def test_a_healthy_run_is_told_nothing_of(here, healthy: Path) -> None:
    done = here("watch", "--once", "healthy.jsonl")
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    assert done.stdout.startswith("GO ON")


def test_the_stream_of_events_keeps_to_its_schema(here, broken: Path, tmp_path: Path) -> None:
    done = here("watch", "--once", "-o", "jsonl", "-o", "jsonl:events.jsonl", "broken.jsonl")
    assert done.stdout == (tmp_path / "events.jsonl").read_text()
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for event in events:
        jsonschema.validate(event, SCHEMA)
    assert [one["event"] for one in events] == ["began", "firing"]


def test_standard_input_is_judged_at_its_end(cli: Cli, broken: Path) -> None:
    done = cli("check", "--follow", "-", stdin=broken.read_text())
    assert done.returncode == 1
    assert "ERROR -: [core/non-finite]" in done.stdout


def test_a_command_is_run_on_an_event(here, broken: Path, tmp_path: Path) -> None:
    code = "import sys; open('got.json', 'w').write(sys.stdin.read())"
    here("watch", "--once", "--on", "firing", f'{sys.executable} -c "{code}"', "broken.jsonl")
    assert json.loads((tmp_path / "got.json").read_text())["rule"] == "core/non-finite"


def test_what_is_suppressed_is_not_told(here, broken: Path, tmp_path: Path) -> None:
    said = "suppress:\n  - {rule: core/non-finite, reason: known}\n"
    (tmp_path / "healthlint.yaml").write_text(said)
    done = here("watch", "--once", "broken.jsonl")
    assert (done.returncode, "ERROR" in done.stdout) == (0, False)


def test_the_config_is_read_and_refused_at_its_place(here, broken: Path, tmp_path: Path) -> None:
    config = tmp_path / "healthlint.yaml"
    config.write_text("watch: {every: 5s, duty: 2%, stop: {on: [core/*], after: 1}}\n")
    assert here("watch", "--once", "broken.jsonl").returncode == 1
    assert json.loads((tmp_path / "broken.STOP.json").read_text())["rule"] == "core/non-finite"
    config.write_text("watch: {every: 5}\n")
    refused = here("watch", "--once", "broken.jsonl")
    assert refused.returncode == 2
    assert "healthlint.yaml:1:16" in refused.stderr
    assert "write it as 5s, 3min, 12h or 2d" in refused.stderr


def test_a_log_that_is_not_there_is_no_verdict_of_health(here) -> None:
    done = here("watch", "--once", "nowhere.jsonl")
    assert done.returncode == 2
    assert done.stdout == "NOT YET  nowhere.jsonl  no such file\n"


def test_a_pattern_of_the_config_may_match_later(here, broken: Path, tmp_path: Path) -> None:
    (tmp_path / "healthlint.yaml").write_text("logs: ['*.jsonl', 'later/*.jsonl']\n")
    done = here("watch", "--once")
    assert (done.returncode, done.stdout.count("broken.jsonl:")) == (1, 1)
    assert not (tmp_path / "later").exists()


def test_wrong_use_is_said(here, broken: Path) -> None:
    for words, said in (
        ((), "which LOG?"),
        (("--on", "firin", "x", "broken.jsonl"), "did you mean 'firing'?"),
        (("--every", "soon", "broken.jsonl"), "--every: 'soon' is no time"),
        (("-o", "json", "broken.jsonl"), "the stream of events is jsonl[:PATH]"),
        (("--test-notify",), "there is no address"),
        (("--heartbeat", "file:///x", "broken.jsonl"), "begins with http"),
        (("-", "broken.jsonl"), "standard input is watched alone"),
    ):
        done = here("watch", *words)
        assert (done.returncode, said in done.stderr) == (2, True), (words, done.stderr)


def test_run_records_how_a_training_died(cli: Cli, broken: Path, tmp_path: Path) -> None:
    code = "print('step 1'); raise SystemExit('no space left')"
    done = cli("run", "--log", "broken.jsonl", "--", sys.executable, "-c", code)
    assert done.returncode == 1
    assert "step 1" in done.stdout
    assert "DIED broken.jsonl: exit code 1: no space left" in done.stderr
    said = json.loads((tmp_path / "console.exit.json").read_text())
    assert (said["exit_code"], said["last_words"]) == (1, ["step 1", "no space left"])


def test_run_ends_a_training_that_does_not_stop(cli: Cli, broken: Path) -> None:
    done = cli(
        "run", "--log", "broken.jsonl", "--stop", "core/non-finite", "--stop-after", "1",
        "--grace", "0.1s", "--", sys.executable, "-c", "import time; time.sleep(50)",
    )  # fmt: skip
    assert done.returncode == 143
    assert "sending SIGTERM" in done.stderr


def test_run_refuses_a_command_that_is_not_there(here) -> None:
    done = here("run", "--", "/nowhere/train")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "/nowhere/train" in done.stderr
