"""Forks, signals, full disks, and what importing the emitter brings along."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from healthlint.emit import RunLogger

Child = Callable[..., "subprocess.Popen[bytes]"]
Read = Callable[[Path], list[dict[str, Any]]]


def finished(process: "subprocess.Popen[bytes]") -> str:
    """Return what a child printed, once it has ended well."""
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.decode()) == (0, "")
    return output.decode()


def test_importing_it_loads_the_standard_library_alone(child: Child) -> None:
    code = """
import healthlint.emit
tops = {name.partition(".")[0] for name in sys.modules}
print(sorted(tops - sys.stdlib_module_names - {"__main__"}))
"""
    assert finished(child(code)) == "['healthlint']\n"


def test_logging_plain_numbers_loads_no_torch_numpy_or_pydantic(child: Child, path: Path) -> None:
    """In the full environment, where all three can be imported."""
    code = """
from healthlint.emit import RunLogger, SummaryWriterTee
with RunLogger(sys.argv[1], meta={"a": [1, 2.5]}) as log:
    log.log(1, {"loss": 0.5}, epoch=1)
    SummaryWriterTee(None, log).add_scalar("loss", 0.4, 2)
with RunLogger(sys.argv[1], resume_step=1) as log:
    pass
print(sorted({"torch", "numpy", "pydantic", "tensorboard"} & set(sys.modules)))
"""
    assert finished(child(code, path, bare=False)) == "[]\n"


def test_a_forked_child_writes_nothing_of_its_parent(path: Path, child: Child) -> None:
    """It must not repeat what waits, nor end or close the run, whichever way it exits."""
    code = """
import os
from healthlint.emit import RunLogger, SummaryWriterTee
with RunLogger(sys.argv[1]) as log:
    SummaryWriterTee(None, log).add_scalar("loss", 0.5, 1)
    for status in (0, 3):
        process = os.fork()
        if not process:
            try:
                log.log(2, lr=0.1)
            except RuntimeError as error:
                print(error, flush=True)
            log.flush()
            sys.exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == status
    log.log(3, lr=0.1)
"""
    said = finished(child(code, path))
    assert said.count("this log belongs to the process that forked this one; open a Run") == 2
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 1, 3, 3]
    assert [line.get("status") for line in lines] == [None, None, None, "ok"]


def test_a_forked_child_may_open_a_log_of_its_own(path: Path, child: Child) -> None:
    code = """
import os
from healthlint.emit import RunLogger
with RunLogger(sys.argv[1], run="b1f0") as log:
    log.log(1, lr=0.1)
    process = os.fork()
    if not process:
        with RunLogger(sys.argv[1], run="b1f0", rank=1) as mine:
            mine.log(1, lr=0.2)
        os._exit(0)
    os.waitpid(process, 0)
"""
    finished(child(code, path))
    for file, rate in ((path, 0.1), (path.with_name("logs.rank1.jsonl"), 0.2)):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert [line.get("lr") for line in lines] == [None, rate, None]


def test_a_disk_that_fills_up_costs_no_record_once_it_has_room(path: Path, child: Child) -> None:
    """A limit on the file's size stands for the disk: the write stops within the line."""
    code = """
import resource
from healthlint.emit import RunLogger
def allow(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
with RunLogger(sys.argv[1]) as log:
    log.log(1, lr=0.1)
    allow(log.tell() + 10)
    for step in (2, 3):
        try:
            log.log(step, lr=0.1)
        except OSError as error:
            print(type(error).__name__)
    allow(resource.RLIM_INFINITY)
    log.log(4, lr=0.1)
"""
    assert finished(child(code, path)) == "OSError\nOSError\n"
    lines = path.read_bytes().splitlines()
    assert lines[2] == b'{"step":2,'
    assert [json.loads(line)["step"] for line in lines if line != lines[2]] == [0, 1, 2, 3, 4, 4]


def test_signals_that_interrupt_a_write_tear_no_line(path: Path, child: Child) -> None:
    """A handler that returns costs nothing; one that raises may cost the record in hand."""
    code = """
import signal
from healthlint.emit import RunLogger
class Stop(Exception): pass
def stop(number, frame):
    global count, may_stop
    count += 1
    if count % 2 and may_stop:
        may_stop = False
        raise Stop
count, step, stopped, may_stop = 0, 0, 0, False
signal.signal(signal.SIGALRM, stop)
log = RunLogger(sys.argv[1])
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
while count < 400:
    try:
        may_stop = True
        while count < 400:
            step += 1
            log.log(step, lr=0.1)
        may_stop = False
    except Stop:
        stopped += 1
signal.setitimer(signal.ITIMER_REAL, 0)
log.close()
print(step, stopped)
"""
    process = child(code, path)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    logged, stopped = map(int, output.split())
    lines = path.read_bytes().splitlines()
    assert path.read_bytes().endswith(b"\n")
    seen = {json.loads(line)["step"] for line in lines if line} - {0}
    assert seen <= set(range(1, logged + 1))
    assert logged - len(seen) <= stopped
    assert stopped > 50


def test_a_handler_that_logs_while_logging_repeats_at_most_the_line_in_hand(
    path: Path, records: Read
) -> None:
    log = RunLogger(path)
    asked = 0

    def handle(number: int, frame: object) -> None:
        nonlocal asked
        asked += 1
        log.event("checkpoint", step=asked)

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        steps = 0
        while asked < 200:
            steps += 1
            log.log(steps, lr=0.1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        log.close()
    lines = records(path)[1:]
    metrics = [line["step"] for line in lines if "_type" not in line]
    events = [line["step"] for line in lines if "_type" in line]
    assert set(metrics) == set(range(1, steps + 1))
    assert set(events) == set(range(1, asked + 1))
    assert len(lines) <= steps + 2 * asked


def test_threads_share_a_log_without_mixing_lines(path: Path, records: Read) -> None:
    with RunLogger(path) as log:

        def work(thread: int) -> None:
            for step in range(200):
                log.log(step, {f"thread_{thread}": step * 1.5})

        threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = records(path)[1:-1]
    for thread in range(4):
        mine = [line["step"] for line in lines if f"thread_{thread}" in line]
        assert mine == list(range(200))


def test_a_log_syncs_as_often_as_it_is_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default on the header and on close; every line where the interval is zero."""
    synced: list[int] = []
    real = os.fsync

    def count(descriptor: int) -> None:
        synced.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", count)
    for every, expected in ((None, 2), (3600.0, 2), (0.0, 2 + 12)):
        synced.clear()
        with RunLogger(path, fsync_every=every) as log:
            for step in range(10):
                log.log(step, lr=0.1)
        assert len(synced) == expected
