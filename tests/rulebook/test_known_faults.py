"""Known faults of a device's software: each can be looked up, and concerns the runs it should."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

import healthlint
from healthlint.cli import main
from healthlint.rulebook.knownfaults import KnownFault, concerning, is_within, shipped

ROOT = Path(__file__).resolve().parents[2]
DEVICE, FAULTS = shipped()
MPS = {"device": "mps", "torch": "2.10.0"}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["healthlint"])


def run(words: list[str]) -> int:
    sys.argv[1:] = words
    return main()


def names(facts: dict[str, object]) -> set[str]:
    return {one.name for one in concerning(facts)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_has_an_issue_a_range_of_versions_and_a_way_round(fault: KnownFault) -> None:
    assert re.fullmatch(r"https://github\.com/pytorch/pytorch/(issues|pull)/\d+", fault.issue)
    bound = r"(>=|<=|==|<|>)\d+(\.\d+)*"
    assert re.fullmatch(rf"{bound}(, {bound})*", fault.torch)
    assert re.fullmatch(rf"({bound}(, {bound})*)?", fault.macos)
    assert len(fault.what) > 20 and len(fault.way_round) > 10


@pytest.mark.parametrize(
    ("version", "bounds", "is_in"),
    [
        ("2.8.0", ">=2.8, <2.9", True),
        ("2.8", ">=2.8.0, <2.9", True),
        ("2.7.1", ">=2.8, <2.9", False),
        ("2.9.0", ">=2.8, <2.9", False),
        ("2.9.0a0+git12", "<2.9", False),
        ("2.10.0", ">2.9", True),
        ("2.9", "<=2.9", True),
        ("2.9.1", "==2.9", False),
        ("", ">=26.0", False),
        ("", "", True),
    ],
)
def test_a_version_is_in_a_range(version: str, bounds: str, is_in: bool) -> None:
    assert is_within(version, bounds) is is_in


def test_a_run_on_the_device_is_told_of_what_is_open() -> None:
    assert "pytorch#177116" in names(MPS)
    assert "pytorch#177116" in names({**MPS, "device": "mps:0"})


@pytest.mark.parametrize(
    "facts", [{}, {"device": "mps"}, {"torch": "2.10.0"}, {**MPS, "device": "cuda"}]
)
def test_others_are_told_nothing(facts: dict[str, object]) -> None:
    assert names(facts) == set()


def test_what_is_mended_concerns_nobody() -> None:
    assert "pytorch#162730" in names({**MPS, "torch": "2.8.0"})
    assert "pytorch#162730" not in names(MPS)


def test_a_setting_that_is_not_known_matches_nothing() -> None:
    assert "pytorch#184286" not in names(MPS)
    assert "pytorch#184286" in names({**MPS, "precision": "bf16"})
    assert "pytorch#184286" not in names({**MPS, "precision": "fp32"})
    assert "pytorch#180201" not in names(MPS)
    assert "pytorch#180201" in names({**MPS, "macos": "26.2"})
    assert "pytorch#180201" not in names({**MPS, "macos": "26.4"})


def log(folder: Path, **meta: object) -> str:
    path = folder / "logs.jsonl"
    records = [{"_type": "run", "_schema": "healthlint.log/1", "step": 0, "meta": meta}]
    records += [{"step": step, "epoch": 1, "train/mel_loss": 3 - step / 10} for step in range(1, 9)]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return str(path)


def test_check_remarks_on_them_and_finds_nothing(tmp_path: Path) -> None:
    report = healthlint.check(log(tmp_path, device="mps", torch="2.10.0")).logs[0]
    assert report.run is not None
    (note,) = (note for note in report.run.notes if "may concern you" in note)
    assert "pytorch#177116" in note and "and 1 more" in note
    assert report.findings == []


def test_check_of_another_device_does_not_speak_of_them(tmp_path: Path) -> None:
    report = healthlint.check(log(tmp_path, device="cuda", torch="2.10.0")).logs[0]
    assert report.run is not None
    assert not any("concern" in note for note in report.run.notes)


def test_explain_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "known-faults"]) == 0
    out = capsys.readouterr().out
    assert all(fault.issue in out for fault in FAULTS)


def test_explain_lists_those_of_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "known-faults", log(tmp_path, device="mps", torch="2.8.0")]) == 0
    out = capsys.readouterr().out
    assert "pytorch#162730" in out and "pytorch#118115" not in out


def test_explain_says_what_it_must_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "known-faults", log(tmp_path, device="mps")]) == 3
    assert "--fact torch=V" in capsys.readouterr().err


@pytest.mark.parametrize("run", ["healthy-espeak", "healthy-festvox", "energy-stuck", "misaligned"])
def test_runs_without_a_fault_of_the_device_are_not_accused_of_one(run: str) -> None:
    facts = {"device": "mps", "precision": "fp32"}
    paths = sorted((ROOT / "fixtures" / "runs" / run).glob("*.jsonl"))
    assert paths
    for report in healthlint.check(paths, select=["mps"], facts=facts).logs:
        assert report.findings == []
        assert any(one.state == "pass" for one in report.verdicts)
