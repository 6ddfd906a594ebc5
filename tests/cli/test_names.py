"""A user teaches a name: on the command line, in a config, for some paths, through `init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.harness import Cli


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    rows = [{"epoch": n, "loss": 3 / n, "spec": 2 / n, "dur_pred": 1 / n} for n in range(1, 9)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(cli: Cli, *words: str) -> dict[str, str]:
    """Return the metric of each name that `inspect` shows."""
    done = cli("inspect", "-o", "json", *words, "train.jsonl")
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["logs"][0]["runs"]
    return {one["name"]: one["metric"] for one in run["metrics"]}


@pytest.mark.usefixtures("log")
def test_on_the_command_line(cli: Cli) -> None:
    found = read(cli, "--name", "mel_loss=spec", "--name", "duration_loss=dur_pred")
    assert found == {"loss": "total_loss", "spec": "mel_loss", "dur_pred": "duration_loss"}


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("names: {mel_loss: spec}\n", "mel_loss"),
        ("names: {mel_loss: [mel, spec]}\n", "mel_loss"),
        ("names: {'*.jsonl': {mel_loss: spec}}\n", "mel_loss"),
        ("names: {'runs/*': {mel_loss: spec}}\n", "spec"),
    ],
)
def test_in_a_config(cli: Cli, tmp_path: Path, text: str, metric: str) -> None:
    (tmp_path / "healthlint.yaml").write_text(text)
    assert read(cli)["spec"] == metric
    assert read(cli, "--no-config")["spec"] == "spec"


@pytest.mark.usefixtures("log")
def test_the_command_line_outranks_the_config_metric_by_metric(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "healthlint.yaml").write_text("names: {mel_loss: loss, duration_loss: dur_pred}\n")
    found = read(cli, "--name", "mel_loss=spec")
    assert (found["spec"], found["loss"]) == ("mel_loss", "total_loss")
    assert found["dur_pred"] == "duration_loss"


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("mel_loss", "is not METRIC=NAME"),
        ("spec=mel_loss", "the wrong way round; write `mel_loss=spec`"),
        ("mel_los=spec", "did you mean `mel_loss`?"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(cli: Cli, word: str, said: str) -> None:
    done = cli("check", "--name", word, "train.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.usefixtures("log")
def test_a_mistake_in_a_config_has_its_place(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "healthlint.yaml").write_text("names:\n  spec: mel_loss\n")
    done = cli("check", "train.jsonl")
    assert done.returncode == 2
    assert done.stderr.startswith("healthlint.yaml:2:3: `spec: mel_loss` is the wrong way round")


@pytest.mark.usefixtures("log")
def test_what_nobody_reads_is_listed_with_its_likely_meaning(cli: Cli) -> None:
    remark = "`dur_pred` may be duration_loss: --name duration_loss=dur_pred"
    assert cli("inspect", "train.jsonl").stdout.count(remark) == 1
    assert remark in cli("check", "train.jsonl").stdout


@pytest.mark.usefixtures("log")
def test_init_writes_the_names_and_check_takes_them(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", "train.jsonl").returncode == 0
    text = (tmp_path / "healthlint.yaml").read_text()
    assert text.endswith("names:\n  duration_loss: dur_pred\n")
    assert "Nobody reads: `spec`." in text
    assert read(cli)["dur_pred"] == "duration_loss"


def test_a_log_that_no_name_tells_says_what_one_may_be(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"step": 1, "dur_pred": 0.5}\n')
    done = cli("check", "train.jsonl")
    assert done.returncode == 3
    assert "--name duration_loss=dur_pred" in done.stdout
