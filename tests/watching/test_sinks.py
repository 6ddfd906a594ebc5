"""Whoever is slow or away delays nobody, and gets everything in the end."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from watching.replaying import ROOT, START, lines_of, plan

from healthlint.watching import Watched
from healthlint.watching.events import SCHEMA, Event, timestamp
from healthlint.watching.loop import Loop, Pace
from healthlint.watching.notify import AddressError, Heartbeat, body, title, with_variables
from healthlint.watching.sinks import Background, Command, Repeats


def event(number: int, **more: object) -> Event:
    given = {"event": "firing", "message": "a loss is NaN", **more}
    given = {"at": timestamp(START), **given}
    return Event(
        schema=SCHEMA, id=f"e-{number}", seq=number, log="logs.jsonl", run="", attempt=0, **given
    )  # type: ignore[arg-type]


class Away:
    """An endpoint that takes nothing for a while."""

    is_lasting = True

    def __init__(self, refusals: int) -> None:
        self.name = "away"
        self.got: list[str] = []
        self.refused = 0
        self._refusals = refusals

    def send(self, event: Event) -> str:
        if self.refused < self._refusals:
            self.refused += 1
            if self.refused % 2:
                raise ConnectionError("no route to host")
            return "503"
        self.got.append(event.id)
        return ""


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.005)
    return is_so()


def test_an_endpoint_that_was_away_gets_everything_once_in_order() -> None:
    away, wake = Away(5), threading.Event()
    slow = Background(away, wake, first_pause=0.001)
    for number in (1, 2, 3, 2, 1):
        slow.offer(event(number))
    assert until(lambda: len(away.got) == 3)
    assert away.got == ["e-1", "e-2", "e-3"]
    assert until(lambda: not slow.trouble)
    assert slow.arrived() == ["e-1", "e-2", "e-3"]
    assert wake.is_set()
    slow.close()


class Clock:
    """A clock that only waiting moves."""

    def __init__(self, wake: threading.Event) -> None:
        self.time, self.used, self._wake = START, 0.0, wake

    def now(self) -> float:
        return self.time

    def cpu(self) -> float:
        return self.used

    def wait(self, seconds: float) -> None:
        self.time += seconds
        self._wake.wait(0.02)


def test_what_was_not_sent_is_said_and_sent_by_the_next_watch(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")))
    wake = threading.Event()
    down = Away(10**9)
    loop = Loop([str(path)], plan(), (), [Background(down, wake, 60)], clock=Clock(wake))
    loop.run()
    assert list(loop.unsent()) == ["away: ConnectionError: no route to host"]
    up = Away(0)
    Loop([str(path)], plan(), (), [Background(up, wake)], clock=Clock(wake)).run()
    assert len(up.got) == len(set(up.got)) == 3  # began, firing, ended


def noted(log: Watched, clock: Clock) -> list[float]:
    """Return when a log is looked at from here on: each costs a tenth of a second of a core."""
    looks: list[float] = []
    real = log.look

    def look(*given: Any, **more: Any) -> bool:
        looks.append(clock.time)
        clock.used += 0.1
        return real(*given, **more)

    log.look = look  # type: ignore[method-assign]
    return looks


@pytest.mark.parametrize(("duty", "most"), [(0.02, 14), (1.0, 61)])
def test_looks_keep_to_their_share_of_a_core(duty: float, most: int, tmp_path: Path) -> None:
    path, wake = tmp_path / "logs.jsonl", threading.Event()
    path.write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")[:9]))
    clock = Clock(wake)
    loop = Loop([str(path)], plan(), clock=clock, pace=Pace(every=1.0, duty=duty, most=duty))
    loop.round()
    looks = noted(loop.logs[str(path)], clock)
    loop.run(lambda: clock.time < START + 60)
    assert most * 0.7 <= len(looks) <= most


@pytest.mark.parametrize(
    ("row", "seconds"),
    [('{"step": 1000, "loss": NaN}\n', 1), ('{"step": 1000, "loss": 1.0}\n', 21)],
)
def test_what_alarms_is_looked_at_out_of_turn(row: str, seconds: int, tmp_path: Path) -> None:
    path, wake = tmp_path / "logs.jsonl", threading.Event()
    rows = (f'{{"step": {step}, "loss": 1.0, "spare": "{"-" * 80}"}}\n' for step in range(1000))
    path.write_text("".join(rows))
    clock = Clock(wake)
    loop = Loop([str(path)], plan(), clock=clock, pace=Pace(every=1.0, duty=0.005))
    loop.round()
    clock.time += 2
    looks = noted(loop.logs[str(path)], clock)
    path.open("a").write('{"step": 1000, "loss": 1.0}\n')
    loop.round()  # from here on the share of a core is used up for 21 seconds
    begun = clock.time
    looks.clear()
    path.open("a").write(row)
    while not looks and clock.time < begun + 90:
        loop.round()
        clock.time += 1
    assert looks[0] - begun == pytest.approx(seconds, abs=2)


def test_new_logs_join(tmp_path: Path) -> None:
    wake = threading.Event()
    clock = Clock(wake)
    loop = Loop([str(tmp_path)], plan(), clock=clock)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "logs.jsonl").write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")))
    loop.round()
    assert len(loop.logs) == 1
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "logs.jsonl").write_bytes(b"".join(lines_of(ROOT / "runs/inf/logs.jsonl")))
    clock.time += 31
    loop.round()
    assert sorted(Path(log).parent.name for log in loop.logs) == ["a", "b"]


def test_what_is_not_there_yet_is_waited_for_and_no_folder_is_made(tmp_path: Path) -> None:
    wake = threading.Event()
    clock, later = Clock(wake), tmp_path / "later" / "logs.jsonl"
    (tmp_path / "runs").mkdir()
    names = [str(later), str(tmp_path / "runs" / "*" / "logs.jsonl"), str(tmp_path / "runs")]
    loop = Loop(names, plan(), clock=clock)
    loop.round()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]
    assert set(loop.logs) == {names[0], names[2]}
    for path in (later, tmp_path / "runs" / "a" / "logs.jsonl"):
        path.parent.mkdir()
        path.write_bytes(b"".join(lines_of(ROOT / "runs/nan/logs.jsonl")))
    clock.time += 31
    loop.round()
    assert sorted(loop.logs) == [names[0], str(tmp_path / "runs" / "a" / "logs.jsonl")]
    assert all(log.is_over for log in loop.logs.values())


@pytest.mark.parametrize(("kind", "runs"), [("firing", True), ("any", True), ("ended", False)])
def test_a_command_gets_the_event_on_its_standard_input(
    kind: str, runs: bool, tmp_path: Path
) -> None:
    target = tmp_path / "got.json"
    code = f"import sys; open({str(target)!r}, 'w').write(sys.stdin.read())"
    assert Command(kind, [sys.executable, "-c", code]).send(event(7)) == ""
    assert target.exists() is runs
    if runs:
        assert json.loads(target.read_text())["seq"] == 7


def test_a_command_that_is_not_there_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert Command("any", ["/nowhere/to/be/found"]).send(event(1)) == ""
    assert "nowhere" in capsys.readouterr().err


def test_a_variable_that_is_not_set_is_named_and_no_secret_is() -> None:
    assert with_variables("ntfy://${TOPIC}/x", {"TOPIC": "t"}) == "ntfy://t/x"
    with pytest.raises(AddressError, match="the variable TOPIC is not set"):
        with_variables("slack://secret/${TOPIC}", {})


def test_a_message_says_what_why_and_what_next() -> None:
    found = event(1, severity="error", rule="core/non-finite", help="Go back.", follows=("a/b",))
    assert title(found) == "error: core/non-finite - logs.jsonl"
    assert body(found) == "a loss is NaN\nGo back.\nThis explains a/b."


@pytest.mark.parametrize(("every", "told"), [(0.0, []), (60.0, [60, 120, 180]), (120.0, [120])])
def test_each_address_is_reminded_at_its_own_pace(every: float, told: list[int]) -> None:
    repeats = Repeats(every)
    first = event(1, rule="a/b", at=timestamp(START))
    assert repeats.passes(first)
    repeats.note(first)
    got = []
    for age in (60, 120, 180):
        again = replace(first, at=timestamp(START + age), repeat=True)
        assert repeats.passes(again) == repeats.passes(again)  # nothing is noted until it arrived
        if repeats.passes(again):
            repeats.note(again)
            got.append(age)
    assert got == told
    other = replace(first, rule="a/c")
    assert repeats.passes(other)


def test_a_heart_beats_once_a_minute() -> None:
    calls: list[str] = []
    heart = Heartbeat("https://hc.example/id/", lambda url, _: calls.append(url))
    for now in (1000.0, 1059.0, 1060.0, 1061.0):
        heart.beat(now)
    heart.end(1)
    assert calls == [
        "https://hc.example/id/start",
        "https://hc.example/id",
        "https://hc.example/id/1",
    ]
    with pytest.raises(AddressError):
        Heartbeat("file:///etc/passwd", lambda url, _: calls.append(url))


def test_apprise_sends_what_is_bad_enough() -> None:
    pytest.importorskip("apprise")
    from healthlint.watching.notify import Notifier

    got: list[dict[str, str]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    teller = Notifier(f"json://127.0.0.1:{server.server_port}", "error")
    for number, severity in enumerate(("error", "warning", "info")):
        assert teller.send(event(number, severity=severity, rule="a/b")) == ""
    server.shutdown()
    assert [one["title"] for one in got] == ["error: a/b - logs.jsonl"]
    assert teller.send(event(9, severity="error", rule="a/b"))  # the endpoint is away
    assert "127.0.0.1" not in teller.name
    with pytest.raises(AddressError, match="no address"):
        Notifier("nonsense://secret")
