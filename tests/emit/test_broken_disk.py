"""A log that is deleted or renamed while it grows; a disk that takes nothing for a while."""

from __future__ import annotations

import os
import time
import tracemalloc
import warnings
from pathlib import Path

import pytest

from healthlint.emit import RunLogger, SummaryWriterTee
from healthlint.emit.logger import MOST_WAITING
from healthlint.readers import read

FULL = Path("/dev/full")


def _gone(path: Path, how: str) -> None:
    if how == "deleted":
        path.unlink()
    elif how == "renamed":
        path.rename(path.with_name("logs.1.jsonl"))
    else:
        os.replace(_other(path), path)


def _other(path: Path) -> Path:
    made = path.with_name("other.jsonl")
    made.write_text('{"step":1,"loss":2.0}\n')
    return made


@pytest.mark.parametrize("how", ["deleted", "renamed", "replaced"])
def test_it_goes_on_in_a_new_file(path: Path, records, how: str) -> None:
    log = RunLogger(path, run="r", meta={"utterances": 3})
    log.log(1, loss=1.0)
    _gone(path, how)
    with pytest.warns(RuntimeWarning, match=r"logs\.jsonl was deleted or renamed"):
        log.log(2, loss=0.9)
    log.log(3, loss=0.8)
    log.close()
    *before, header, second, third = records(path)
    assert len(before) == (how == "replaced")
    assert (header["_type"], header["run"], header["step"]) == ("run", "r", 2)
    assert header["meta"] == {"utterances": 3}
    assert (second["loss"], third["loss"]) == (0.9, 0.8)
    if how == "renamed":
        assert [one.get("step") for one in records(path.with_name("logs.1.jsonl"))] == [0, 1]


def test_the_working_folder_may_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    log = RunLogger("logs.jsonl")
    monkeypatch.chdir("/")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log.log(1, loss=1.0)
        log.close()
    assert len(path.read_bytes().splitlines()) == 2


def test_a_new_file_is_read_as_a_log(path: Path) -> None:
    log = RunLogger(path)
    path.unlink()
    with pytest.warns(RuntimeWarning):
        log.log(100, {"train/mel_loss": 1.0}, epoch=3)
    log.close()
    (run,) = read(str(path)).runs
    assert run.series["train/mel_loss"].steps.tolist() == [100.0]


class _Disk:
    """Lets writes through, or refuses them."""

    def __init__(self) -> None:
        self.is_full = False
        self._write = os.write

    def write(self, descriptor: int, data: bytes) -> int:
        if self.is_full:
            raise OSError(28, "No space left on device")
        return self._write(descriptor, data)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> _Disk:
    made = _Disk()
    monkeypatch.setattr(os, "write", made.write)
    return made


def _fail(log: RunLogger, first: int, count: int) -> float:
    start = time.process_time()
    for step in range(first, first + count):
        with pytest.raises(OSError, match="No space"):
            log.log(step, loss=1.0)
    return time.process_time() - start


@pytest.mark.parametrize("beyond", [0, 1, 500])
def test_what_waits_for_a_full_disk_is_bounded_and_counted(
    path: Path, records, disk: _Disk, beyond: int
) -> None:
    log = RunLogger(path)
    disk.is_full = True
    _fail(log, 0, MOST_WAITING + beyond)
    disk.is_full = False
    log.log(9999, loss=0.5)
    log.close()
    _, *lines = records(path)
    lost = [line["count"] for line in lines if line.get("event") == "records_lost"]
    kept = [line for line in lines if "loss" in line]
    assert sum(lost) == max(0, beyond + 1)  # the one that was written found a full queue too
    assert len(kept) + sum(lost) == MOST_WAITING + beyond + 1


def test_a_full_disk_costs_constant_time_and_memory(path: Path, disk: _Disk) -> None:
    log = RunLogger(path)
    disk.is_full = True
    _fail(log, 0, 2 * MOST_WAITING)
    tracemalloc.start()
    early = _fail(log, 5000, 200)
    before = tracemalloc.get_traced_memory()[0]
    _fail(log, 6000, 1000)
    assert tracemalloc.get_traced_memory()[0] - before < 1 << 18
    late = _fail(log, 20_000, 200)
    tracemalloc.stop()
    assert late < 3 * early + 0.5
    disk.is_full = False
    log.close()


@pytest.mark.parametrize(
    ("epoch", "is_taken"),
    [(0, True), (0.5, True), (1e9, True), (-1, False), (-1e-9, False), (1e308, False),
     (1.1e9, False), (float("nan"), False), (float("inf"), False)],
)  # fmt: skip
def test_epochs_that_count_none_are_refused(path: Path, epoch: float, is_taken: bool) -> None:
    with RunLogger(path) as log:
        if is_taken:
            log.log(1, loss=1.0, epoch=epoch)
            log.event("checkpoint", step=1, epoch=epoch)
            return
        for call in (
            lambda: log.log(1, loss=1.0, epoch=epoch),
            lambda: log.event("checkpoint", step=1, epoch=epoch),
        ):
            with pytest.raises(ValueError, match="epoch must be a number from 0"):
                call()


@pytest.mark.parametrize(("step", "is_taken"), [(2**53 - 1, True), (2**53, False)])
def test_steps_that_no_reader_keeps_are_refused(path: Path, step: int, is_taken: bool) -> None:
    with RunLogger(path) as log:
        if is_taken:
            log.log(step, loss=1.0)
            return
        for large in (step, 10**5000):
            with pytest.raises(ValueError, match="below 2"):
                log.log(large, loss=1.0)


def test_a_tag_that_counts_no_epoch_is_a_value(path: Path, records) -> None:
    with RunLogger(path) as log, SummaryWriterTee(None, log) as tee:
        tee.add_scalar("epoch", -1.0, 5)
        tee.add_scalar("loss", 1.0, 5)
    assert records(path)[1]["tb/epoch"] == -1.0


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
def test_a_device_is_no_file_that_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError):
        RunLogger(FULL)
