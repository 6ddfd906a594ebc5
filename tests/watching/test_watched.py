"""Real runs, replayed: each cause is told once, a healthy run of nothing, and no crash matters."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from replays import replay
from watching.replaying import (
    ROOT,
    SINK,
    START,
    lines_of,
    plan,
    replayed,
    rulebook,
    taken,
    watched,
)

from healthlint.engine import judge
from healthlint.logs import Log
from healthlint.readers import read
from healthlint.report import LogReport
from healthlint.watching import Event, StopPolicy, Watched, sinks, state
from healthlint.watching import watched as module
from healthlint.watching.sinks import EventFile

RUNS = sorted(ROOT.glob("runs/*/logs.jsonl"))
HEALTHY = ("healthy-espeak", "healthy-festvox", "killed-and-resumed")


def rules(events: list[Event], kind: str = "firing") -> list[str]:
    return [event.rule for event in events if event.event == kind]


@pytest.mark.parametrize("run", RUNS, ids=lambda path: path.parent.name)
def test_each_cause_of_check_is_told_once_and_nothing_of_a_healthy_run(
    run: Path, tmp_path: Path
) -> None:
    found = replay(run, tmp_path, 5, plan())
    assert found.faults(is_healthy=run.parent.name in HEALTHY) == []
    assert bool(found.fired) is (run.parent.name not in HEALTHY)
    kinds = [event.event for event in found.told if not event.rule]
    resumed = ["resumed"] if run.parent.name == "killed-and-resumed" else []
    assert kinds == ["began", *resumed, "ended"]


@pytest.mark.parametrize("log", sorted(ROOT.glob("formats/*/")), ids=lambda path: path.name)
def test_a_log_of_any_format_is_told_of_as_check_reports_it(log: Path, tmp_path: Path) -> None:
    assert replay(log, tmp_path, 3, plan()).faults() == []


def test_events_are_numbered_and_told_apart(tmp_path: Path) -> None:
    told = replayed(lines_of(ROOT / "runs/lr-jump/logs.jsonl"), tmp_path / "logs.jsonl", 20)
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert len({event.id for event in told}) == len(told)
    jump = next(event for event in told if event.rule == "core/lr-jump")
    assert (jump.severity, jump.attempt, jump.first.epoch) == ("error", 0, 9)


def test_a_second_watch_tells_only_what_is_new(tmp_path: Path) -> None:
    lines, path = lines_of(ROOT / "runs/lr-jump/logs.jsonl"), tmp_path / "logs.jsonl"
    first = replayed(lines[:43], path, 50)
    second = replayed(lines[43:], path, 99)
    assert rules(first) == ["core/lr-jump"]
    assert rules(second) == ["core/divergence"]


def test_a_look_by_hand_does_not_swallow_the_messages_of_a_service(tmp_path: Path) -> None:
    lines, path = lines_of(ROOT / "runs/nan/logs.jsonl"), tmp_path / "logs.jsonl"
    path.write_bytes(lines[0])
    service = watched(path)
    service.look(START)
    del service
    path.write_bytes(b"".join(lines))
    by_hand = Watched(str(path), plan(), frozenset({"screen"}))
    by_hand.look(START)
    assert rules(by_hand.owed("screen")) == ["core/non-finite"]
    del by_hand
    assert rules(taken(watched(path))) == ["core/non-finite"]


def test_a_run_that_has_just_begun_behind_one_that_ended_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")))
    log = watched(path)
    log.look(START)
    assert log.is_over
    with path.open("ab") as out:
        out.write(b"".join(lines_of(ROOT / "runs/inf/logs.jsonl")[:3]))
    log.look(START)
    assert not log.is_over


def test_a_fault_of_ours_in_judging_is_told_and_ends_no_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, path = lines_of(ROOT / "runs/nan/logs.jsonl"), tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(lines[:20]))

    def broken(log: Log, *others: object, **named: object) -> LogReport:
        if log.runs:
            raise ZeroDivisionError("a mistake")
        return judge(log, *others, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(module, "judge", broken)
        log = watched(path)
        log.look(START)
        assert log.report is not None
        assert "a mistake" in log.report.no_verdict
    with path.open("ab") as out:
        out.write(b"".join(lines[20:]))
    log.look(START + 60, is_last=True)
    assert "core/non-finite" in rules(taken(log))


def test_two_watches_of_one_log_do_not_tell_it_twice(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")))
    first, second = watched(path), watched(path)
    first.look(START)
    second.look(START)
    assert rules(taken(first)) == ["core/non-finite"]
    assert taken(second) == []


def test_a_run_that_stalls_is_told_and_its_going_on_too(tmp_path: Path) -> None:
    lines, path = lines_of(ROOT / "runs/healthy-espeak/logs.jsonl"), tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(lines[:50]))
    os.utime(path, (START, START))
    log = watched(path)
    for age, kinds in ((0, ["began"]), (179, []), (180, ["stalled"]), (900, [])):
        log.look(START + age)
        assert [event.event for event in taken(log)] == kinds
    with path.open("ab") as out:
        out.write(lines[50])
    log.look(START + 901)
    assert [event.event for event in taken(log)] == ["resumed"]


def test_what_happens_to_the_file_is_told_and_followed(tmp_path: Path) -> None:
    bad, path = lines_of(ROOT / "runs/nan/logs.jsonl"), tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(bad))
    log, told = watched(path), []
    for step in (
        lambda: None,
        path.unlink,
        lambda: path.write_bytes(b"".join(lines_of(ROOT / "runs/overfit/logs.jsonl"))),
        lambda: path.write_bytes(b"".join(bad[:3])),
        lambda: path.write_bytes(b"".join(bad[:1])),
    ):
        step()
        log.look(START)
        told.append([event.rule or event.event for event in taken(log)])
    assert told[0] == ["began", "core/non-finite", "ended"]
    assert told[1] == ["deleted"]
    assert told[2] == ["replaced", "began", "core/validation-stalls", "core/overfit", "ended"]
    assert told[3][0] == "replaced"
    assert told[4] == ["truncated"]


def test_an_anonymous_run_in_place_of_another_is_told_anew(tmp_path: Path) -> None:
    path, records = tmp_path / "a.jsonl", [{"step": n, "loss": 1.0} for n in range(20)]

    def write(first: float) -> None:
        rows = [{"step": 0, "loss": first}, *records, {"step": 20, "loss": float("nan")}]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    log = watched(path)
    write(2.0)
    log.look(START)
    assert "core/non-finite" in rules(taken(log))
    write(3.0)
    log.look(START)
    assert "core/non-finite" in rules(taken(log))


def test_a_stop_is_asked_for_after_so_many_looks(tmp_path: Path) -> None:
    lines, path = lines_of(ROOT / "runs/nan/logs.jsonl")[:-1], tmp_path / "logs.jsonl"
    own = plan()
    own = replace(own, stop=StopPolicy(("core/*",), after=3))
    log, told = watched(path, own), []
    for at in range(0, 40, 8):
        with path.open("ab") as out:
            out.write(b"".join(lines[at : at + 8]))
        log.look(START)
        told += taken(log)
    assert rules(told, "stop") == ["core/non-finite"]
    stop = json.loads((tmp_path / "STOP.json").read_text())
    assert (stop["rule"], stop["attempt"]) == ("core/non-finite", 0)
    assert json.loads(lines[0])["run"] == stop["run"]


class Killed(BaseException):
    """A process that is no more."""


@cache
def judged(data: bytes, path: str) -> LogReport:
    """Return what a log comes to: the same after every crash."""
    return judge(read(path), rulebook())


class Crashes:
    """Lets the watch die before and after its writes, at random."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._dice = random.Random(seed)
        for owner, name in ((state, "save"), (EventFile, "_append")):
            monkeypatch.setattr(owner, name, self._crashing(getattr(owner, name)))

    def _crashing(self, write):
        def crashing(*args: object) -> None:
            self._roll()
            write(*args)
            self._roll()

        return crashing

    def _roll(self) -> None:
        if self._dice.random() < 0.6:
            self.count += 1
            raise Killed


def session(path: Path, stream: Path) -> bool:
    """Watch as a new process would; return whether it lived."""
    name = EventFile(str(stream)).name
    try:
        log = Watched(str(path), plan(), frozenset({name}), frozenset({name}))
        log.look(START)
        for event in log.owed(name):
            assert EventFile(str(stream)).send(event) == ""
            log.arrived([event.id], name)
    except Killed:
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_no_crash_loses_or_doubles_a_message(seed: int, tmp_path: Path, monkeypatch) -> None:
    """Each seed takes some twenty crashes; every one leaves what lies on the disk, and no more."""
    lines, path = lines_of(ROOT / "runs/lr-jump/logs.jsonl"), tmp_path / "logs.jsonl"
    stream, crashes = tmp_path / "events.jsonl", Crashes(seed, monkeypatch)
    monkeypatch.setattr(module, "judge", lambda log, *_, **__: judged(path.read_bytes(), str(path)))
    for start, stop in ((0, 20), (20, 50), (50, 60), (60, 70), (70, 86)):
        with path.open("ab") as out:
            out.write(b"".join(lines[start:stop]))
        while not session(path, stream):
            pass
    told = [json.loads(line) for line in stream.read_text().splitlines()]
    assert crashes.count >= 15
    assert len({one["id"] for one in told}) == len(told)
    assert [one["rule"] or one["event"] for one in told] == [
        "began",
        "core/lr-jump",
        "core/divergence",
        "ended",
    ]


def test_a_torn_event_is_written_again_on_a_line_of_its_own(tmp_path: Path) -> None:
    events = replayed(lines_of(ROOT / "runs/nan/logs.jsonl"), tmp_path / "logs.jsonl", 99)
    path = tmp_path / "events.jsonl"
    path.write_text(sinks.line(events[0]) + sinks.line(events[1])[:40])
    for event in events:
        EventFile(str(path)).send(event)
    whole = [line for line in path.read_text().splitlines() if line.endswith("}")]
    assert [json.loads(line)["id"] for line in whole] == [event.id for event in events]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_real_kill_loses_and_doubles_nothing(tmp_path: Path) -> None:
    lines, path = lines_of(ROOT / "runs/lr-jump/logs.jsonl"), tmp_path / "logs.jsonl"
    stream = tmp_path / "events.jsonl"
    command = [sys.executable, "-m", "healthlint", "watch", "--no-config", "--every", "0.05s"]
    command += ["--duty", "100%", "-o", f"jsonl:{stream}", str(path)]
    for at in range(0, len(lines), 30):
        with path.open("ab") as out:
            out.write(b"".join(lines[at : at + 30]))
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(0.7)
        child.send_signal(signal.SIGKILL)
        child.wait()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=60)
    told = [json.loads(line) for line in stream.read_text().splitlines()]
    assert done.returncode == 1
    assert len({one["id"] for one in told}) == len(told)
    fired = [one["rule"] for one in told if one["event"] == "firing"]
    assert fired == ["core/lr-jump", "core/divergence"]


def test_a_state_that_nobody_can_write_is_said(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")))
    (tmp_path / ".logs.jsonl.watch.json").mkdir()
    log = watched(path)
    log.look(START)
    assert "watch.json" in log.trouble
    assert rules(log.owed(SINK)) == ["core/non-finite"]
