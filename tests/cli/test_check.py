"""``healthlint check`` through its real entry point: reports, selection, exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from cli.harness import SCRIPT, Cli, rows, write_rows

PACK = """\
schema: healthlint.rules/1
pack: my
metrics: {mel: mel_loss}
rules:
  - id: my/never
    severity: warning
    summary: mel is negative
    when: {value: {metric: mel, below: -1}}
    message: "mel {value}"
    help: look
  - id: my/high
    severity: info
    summary: mel is above its bound
    when: {value: {metric: mel, above: 0.01}}
    message: "mel {value:.2f}"
    help: look
"""


def test_a_healthy_log_is_quiet(cli: Cli, healthy: Path) -> None:
    done = cli("check", healthy.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No findings." in done.stdout


def test_a_finding_fails_with_its_line_and_numbers(cli: Cli, broken: Path) -> None:
    done = cli("check", broken.name)
    assert (done.returncode, done.stderr) == (1, "")
    assert "error[core/non-finite]" in done.stdout
    assert "--> broken.jsonl:21" in done.stdout


def test_concise_is_one_line_a_finding_and_the_answer(cli: Cli, broken: Path) -> None:
    done = cli("check", "-o", "concise", "--select", "core/non-finite", broken.name)
    first, answer, *_ = done.stdout.splitlines()
    assert answer.startswith("broken.jsonl: stop: ")
    assert first.startswith("broken.jsonl:21: error[core/non-finite] ")


def test_json_is_byte_equal_and_names_no_place_of_this_machine(cli: Cli, broken: Path) -> None:
    relative = cli("check", "-o", "json", broken.name).stdout
    absolute = cli("check", "-o", "json", str(broken)).stdout
    assert relative == absolute == cli("check", "-o", "json", broken.name).stdout
    assert str(broken.parent) not in relative
    assert json.loads(relative)["exit_code"] == 1


def test_several_logs_are_judged_in_order(cli: Cli, healthy: Path, broken: Path) -> None:
    done = cli("check", "-o", "json", healthy.name, broken.name)
    logs = json.loads(done.stdout)["logs"]
    assert [(log["path"], log["exit_code"]) for log in logs] == [
        ("healthy.jsonl", 0),
        ("broken.jsonl", 1),
    ]


def test_unreadable_outranks_findings_outranks_no_verdict(
    cli: Cli, broken: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    codes = [
        cli("check", *names).returncode
        for names in (
            ("empty.jsonl", broken.name),
            ("empty.jsonl", broken.name, "absent.jsonl"),
        )
    ]
    assert codes == [1, 2]


def test_standard_input_is_a_log(cli: Cli, broken: Path) -> None:
    done = cli("check", "-o", "concise", "-", stdin=broken.read_text())
    assert done.returncode == 1
    assert done.stdout.startswith("-:21: error[core/non-finite]")


def test_a_folder_with_a_log_is_a_log(cli: Cli, broken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    broken.rename(folder / "logs.jsonl")
    assert cli("check", "run").returncode == 1


def test_reports_go_where_they_are_sent(cli: Cli, broken: Path, tmp_path: Path) -> None:
    done = cli("check", "-o", "concise", "-o", "json:report.json", broken.name)
    assert done.stdout.startswith("broken.jsonl:21")
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_report_replaces_a_file_and_keeps_its_permissions(
    cli: Cli, healthy: Path, tmp_path: Path
) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    cli("check", "-o", "json:report.json", healthy.name)
    assert target.stat().st_mode & 0o777 == 0o640
    assert json.loads(target.read_text())["exit_code"] == 0


def test_a_report_to_a_device_goes_to_the_device(cli: Cli, healthy: Path) -> None:
    assert cli("check", "-o", "json:/dev/stdout", healthy.name).stdout.startswith("{")


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 0), ("info", 1)], ids=str)
def test_fail_on_draws_the_line(
    cli: Cli, healthy: Path, tmp_path: Path, fail_on: str, code: int
) -> None:
    (tmp_path / "my.yaml").write_text(PACK)
    done = cli(
        "check", "--rules", "my.yaml", "--select", "my/*", "--fail-on", fail_on, healthy.name
    )
    assert "info[my/high]" in done.stdout
    assert done.returncode == code


def test_select_and_ignore_narrow_the_rules(cli: Cli, broken: Path) -> None:
    done = cli(
        "check", "-o", "json", "--select", "core/*", "--ignore", "core/non-finite", broken.name
    )
    rules = [verdict["rule"] for verdict in json.loads(done.stdout)["logs"][0]["verdicts"]]
    assert "core/divergence" in rules
    assert {rule for rule in rules if rule == "core/non-finite" or rule.startswith("tts/")} == set()


def test_a_required_rule_without_a_verdict_is_no_verdict(cli: Cli, tmp_path: Path) -> None:
    kept = ("step", "epoch", "val/mel_loss")
    records = [{name: row[name] for name in kept} for row in rows()]
    write_rows(tmp_path / "mel.jsonl", records)
    free = cli("check", "mel.jsonl")
    bound = cli("check", "--require", "tts/over-smoothing", "mel.jsonl")
    assert (free.returncode, bound.returncode) == (0, 3)
    assert "required: tts/over-smoothing" in bound.stdout


def test_a_required_rule_with_a_verdict_changes_nothing(cli: Cli, healthy: Path) -> None:
    assert cli("check", "--require", "tts/over-smoothing", healthy.name).returncode == 0


def test_facts_are_typed_and_reach_the_report(cli: Cli, healthy: Path) -> None:
    given = ["utterances=2200", "language=ru", "clean=true", "lr=1e-3", "off=off"]
    given += ["metrics.mel_loss.kind=l1", "tags=[a, b]", "quoted='1'"]
    words = [word for fact in given for word in ("--fact", fact)]
    done = cli("check", "-o", "json", *words, healthy.name)
    facts = json.loads(done.stdout)["logs"][0]["run"]["facts"]
    shown = {name: facts[name] for name in ("utterances", "language", "clean", "lr", "off", "tags")}
    assert shown == {
        "utterances": 2200,
        "language": "ru",
        "clean": True,
        "lr": 0.001,
        "off": "off",
        "tags": ["a", "b"],
    }
    assert facts["quoted"] == "1"
    assert facts["metrics"]["mel_loss"]["kind"] == "l1"


@pytest.mark.parametrize(
    ("fact", "near"),
    [("utterences=9", "utterances"), ("devices=mps", "device"), ("utt=9", ""), ("room=A", "")],
)
def test_a_misspelt_fact_is_wrong_use_and_any_other_is_free(
    cli: Cli, healthy: Path, fact: str, near: str
) -> None:
    done = cli("check", "--fact", fact, healthy.name)
    assert done.returncode == (2 if near else 0)
    assert (f"did you mean `{near}`?" in done.stderr) == bool(near)


def test_a_misspelt_fact_of_the_config_is_told_at_its_place(cli: Cli, healthy: Path) -> None:
    (healthy.parent / "healthlint.yaml").write_text("facts:\n  utterences: 2200\n")
    done = cli("check", healthy.name)
    assert done.returncode == 2
    assert "healthlint.yaml:2" in done.stderr
    assert "unknown fact `utterences`; did you mean `utterances`?" in done.stderr


def test_a_fact_that_a_rule_asks_for_is_no_slip(cli: Cli, healthy: Path) -> None:
    pack = "schema: healthlint.rules/1\npack: own\nmetrics: {mel: mel_loss}\nrules:\n"
    pack += "  - {id: own/low, severity: info, summary: low, when: {value: {metric: mel, "
    pack += "below: run.devices}}, message: low, why: low, help: low}\n"
    (healthy.parent / "own.yaml").write_text(pack)
    done = cli("check", "--rules", "own.yaml", "--fact", "devices=2", healthy.name)
    assert done.returncode == 0


@pytest.fixture
def two_runs(tmp_path: Path) -> Path:
    """Return a log whose first run breaks and whose second, started anew, does not."""
    first = [{**row, "train/total_loss": float("nan")} for row in rows(20)]
    return write_rows(tmp_path / "two.jsonl", [*first, *rows(25)])


@pytest.mark.parametrize(
    ("run", "judged", "code"),
    [("last", [2], 0), ("1", [1], 1), ("2", [2], 0), ("longest", [2], 0), ("all", [1, 2], 1)],
)
def test_run_chooses_what_is_judged(
    cli: Cli, two_runs: Path, run: str, judged: list[int], code: int
) -> None:
    done = cli("check", "-o", "json", "--run", run, two_runs.name)
    logs = json.loads(done.stdout)["logs"]
    assert ([log["run"]["number"] for log in logs], done.returncode) == (judged, code)


def test_colour_is_for_terminals_and_for_those_who_ask(cli: Cli, healthy: Path) -> None:
    def is_colored(*args: str, **env: str) -> bool:
        return "\x1b[" in cli("check", *args, healthy.name, env=env).stdout

    assert not is_colored()
    assert is_colored("--color", "always")
    assert is_colored(FORCE_COLOR="1")
    assert not is_colored(FORCE_COLOR="0")
    assert not is_colored(FORCE_COLOR="1", NO_COLOR="1")
    assert not is_colored("--color", "never", FORCE_COLOR="1")


def test_a_stream_without_unicode_gets_ascii(cli: Cli, healthy: Path) -> None:
    done = cli("check", healthy.name, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_width_follows_columns(cli: Cli, broken: Path) -> None:
    lines = cli("check", broken.name, env={"COLUMNS": "72"}).stdout.splitlines()
    assert max(map(len, lines)) <= 72


def test_a_closed_pipe_is_quiet_and_keeps_the_verdict(
    broken: Path, clean_env: dict[str, str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [SCRIPT, "check", broken],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=clean_env,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def _hear_interrupts() -> None:
    """A command that was started in the background is born deaf to them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupting_ends_with_130(clean_env: dict[str, str]) -> None:
    with subprocess.Popen(
        [SCRIPT, "check", "-"],
        preexec_fn=_hear_interrupts,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_env,
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: once it is written, the command is reading.
        process.stdin.write(b'{"step": 1, "mel_loss": 1.0}\n' * 8000)
        process.stdin.flush()
        code = None
        for _ in range(20):
            # A signal that comes between two reads of one block waits for the next one.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(timeout=1)
                break
        process.kill()
        assert process.stderr is not None
        assert (code, process.stderr.read()) == (130, b"interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error(broken: Path, clean_env: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [SCRIPT, "check", broken],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_env,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("healthlint: error: cannot write to standard output: ")


def test_parts_of_a_list_without_names_are_no_progress(cli: Cli, tmp_path: Path) -> None:
    """MelGAN prints four losses by their place: two of them are a game's, and may climb."""
    lines = [
        f"Epoch {epoch} | Iters {step} / 60 | ms/batch 80.0 | "
        f"loss [{3 - step / 60:.4f} {1 - step / 120:.4f} {0.06 + step / 600:.4f} 0.0500]\n"
        for epoch in range(1, 6)
        for step in (20, 40, 60)
    ]
    (tmp_path / "console.log").write_text("".join(lines))
    done = cli("check", "console.log", "-o", "concise")
    assert "divergence" not in done.stdout
    assert done.returncode == 0
