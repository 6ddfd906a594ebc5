"""``healthlint backtest``: where a rule would have fired, and how much earlier."""

from __future__ import annotations

import json
import math
from pathlib import Path

from cli.harness import Cli, rows, write_rows


def test_quiet_at_its_best_however_short(
    cli: Cli, broken: Path, healthy: Path, tmp_path: Path
) -> None:
    write_rows(tmp_path / "short.jsonl", rows(3))
    done = cli("backtest", "core/divergence", "healthy.jsonl", "broken.jsonl", "short.jsonl")
    assert done.returncode == 0
    assert done.stdout == (
        "core/divergence   a loss climbed far above its best and stayed there\n"
        "  run                   fired at  ended at  earlier\n"
        "  broken.jsonl   quiet            epoch 30\n"
        "  healthy.jsonl  quiet            epoch 30\n"
        "  short.jsonl    quiet             epoch 3\n"
        "It fires on none of 3 judged runs: nothing here shows that it can.\n"
    )


def test_how_much_earlier(cli: Cli, broken: Path, healthy: Path) -> None:
    done = cli("backtest", "core/non-finite", "healthy.jsonl", "broken.jsonl")
    assert done.returncode == 0
    assert done.stdout == (
        "core/non-finite   a loss is NaN or infinite\n"
        "  run                   fired at  ended at   earlier\n"
        "  broken.jsonl   fired  epoch 21  epoch 30  9 epochs\n"
        "      train/total_loss became NaN at epoch 21\n"
        "  healthy.jsonl  quiet            epoch 30\n"
        "It fires on 1 of 2 judged runs, 9 epochs before the end.\n"
    )


def test_a_rule_that_fires_everywhere_tells_nothing_apart(cli: Cli, tmp_path: Path) -> None:
    for name, first in (("a", 10), ("b", 20)):
        records = rows()
        records[first]["train/total_loss"] = math.nan
        write_rows(tmp_path / f"{name}.jsonl", records)
    done = cli("backtest", "core/non-finite", "a.jsonl", "b.jsonl")
    assert done.stdout.endswith(
        "It fires on every one of 2 judged runs: it tells none of them apart.\n"
    )
    assert "(over by epoch 11)" in done.stdout


def test_every_run_of_a_log_is_tried(cli: Cli, tmp_path: Path) -> None:
    first = rows()
    first[20]["train/total_loss"] = math.nan
    write_rows(tmp_path / "two.jsonl", [*first, *rows(12)])
    done = cli("backtest", "core/non-finite", "two.jsonl")
    assert "two.jsonl run 1  fired  epoch 21  epoch 30  9 epochs" in done.stdout
    assert "two.jsonl run 2  quiet            epoch 12" in done.stdout


def test_json(cli: Cli, broken: Path, healthy: Path) -> None:
    words = ("backtest", "core/*", "-o", "json", "healthy.jsonl", "broken.jsonl")
    done = cli(*words)
    report = json.loads(done.stdout)
    assert (report["schema_version"], done.stdout) == ("healthlint.backtest/1", cli(*words).stdout)
    by_rule = {one["rule"]: one for one in report["rules"]}
    assert (by_rule["core/non-finite"]["fired"], by_rule["core/non-finite"]["judged"]) == (1, 2)
    quiet, fired = by_rule["core/non-finite"]["runs"]
    assert (quiet["state"], quiet["first"], quiet["epochs_earlier"]) == ("pass", None, None)
    assert (fired["first"]["line"], fired["epochs_earlier"], fired["steps_earlier"]) == (21, 9, 450)
    (reason,) = {run["reason"] for run in by_rule["core/lr-jump"]["runs"]}
    assert reason == "no lr in this log"


def test_nothing_judged_is_no_verdict(cli: Cli, healthy: Path) -> None:
    done = cli("backtest", "core/lr-jump", "healthy.jsonl")
    assert done.returncode == 3
    assert done.stdout.endswith("It could be judged on none of 1 run (1 not judged).\n")


def test_an_unreadable_log_is_told_and_the_others_are_tried(cli: Cli, broken: Path) -> None:
    done = cli("backtest", "core/non-finite", "broken.jsonl", "nope.jsonl")
    assert (done.returncode, done.stderr) == (2, "nope.jsonl: no such file\n")
    assert "broken.jsonl  fired" in done.stdout


def test_wrong_use(cli: Cli, healthy: Path, tmp_path: Path) -> None:
    done = cli("backtest", "core/nonfinit", "healthy.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `core/non-finite`?" in done.stderr
    (tmp_path / "own.yaml").write_text("schema: healthlint.rules/1\npack: own\nmetrcs: {}\n")
    done = cli("backtest", "core/non-finite", "healthy.jsonl", "--rules", "own.yaml")
    assert done.returncode == 2
    assert "own.yaml:3:1: unknown field `metrcs`; did you mean `metrics`?" in done.stderr
