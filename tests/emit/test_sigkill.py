"""What is left of a log whose process is killed, at a hundred random moments."""

import json
import random
import select
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Logs without end; after each log() returned, says so through the pipe.
LOGGING = """
import os
from healthlint.emit import RunLogger
log = RunLogger(sys.argv[1], meta={"utterances": 2200})
acknowledge, step = os.write, 0
names = ["train/metric_%d" % number for number in range(20)]
while True:
    step += 1
    log.log(step, {name: step / 7 for name in names}, epoch=1)
    acknowledge(1, step.to_bytes(4, "little"))
"""


def kill_at_a_random_moment(process: "subprocess.Popen[bytes]", chance: random.Random) -> int:
    """Kill the process up to 10 ms after its first record; return the last step it vouched for."""
    assert process.stdout is not None
    assert process.stderr is not None
    select.select([process.stdout], [], [], 30)
    time.sleep(chance.uniform(0, 0.01))
    process.kill()
    acknowledged, errors = process.communicate(timeout=30)
    assert errors == b""
    steps = [step for (step,) in struct.iter_unpack("<I", acknowledged)]
    assert steps == list(range(1, len(steps) + 1))
    return len(steps)


def sound_steps(data: bytes) -> tuple[list[int], int]:
    """Return the steps of the whole lines, and how many lines are torn."""
    lines = data.split(b"\n")
    steps = []
    for line in lines[:-1]:
        record = json.loads(line)
        assert record.get("_type") == "run" or len(record) == 23
        steps += [] if "_type" in record else [record["step"]]
    return steps, int(lines[-1] != b"")


def batches(paths: list[Path], size: int) -> Iterator[list[Path]]:
    for start in range(0, len(paths), size):
        yield paths[start : start + size]


def test_a_kill_takes_no_record_that_log_returned_for(
    tmp_path: Path, child: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    """The record that was being written when the kill came may be there, missing, or torn."""
    chance = random.Random(2200)
    killed = 0
    for batch in batches([tmp_path / f"{number}.jsonl" for number in range(100)], size=5):
        for path, process in [(path, child(LOGGING, path)) for path in batch]:
            vouched = kill_at_a_random_moment(process, chance)
            assert process.returncode == -9
            steps, torn = sound_steps(path.read_bytes())
            assert steps == list(range(1, len(steps) + 1))
            assert vouched <= len(steps) <= vouched + 1
            assert torn <= 1
            killed += vouched > 0
    assert killed == 100


WITH_TENSORS = """
import os, time, torch
from healthlint.emit import RunLogger
torch.set_num_threads(1)
log = RunLogger(sys.argv[1], hold=int(sys.argv[2]))
loss = torch.zeros(())
for step in range(1, int(sys.argv[3]) + 1):
    loss += 1
    log.log(step, loss=loss, lr=0.1)
os.write(1, b"done")
time.sleep(60)
"""


@dataclass(frozen=True)
class Held:
    """So many records logged with this hold, and so many left after a kill."""

    hold: int
    logged: int
    kept: int


def test_a_kill_takes_fewer_tensor_records_than_are_held(
    tmp_path: Path, child: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    pytest.importorskip("torch")
    cases = [Held(20, 59, kept=40), Held(20, 60, kept=60), Held(1, 3, kept=3)]
    started = []
    for number, case in enumerate(cases):
        path = tmp_path / f"{number}.jsonl"
        process = child(WITH_TENSORS, path, case.hold, case.logged, bare=False)
        started.append((case, path, process))
    for case, path, process in started:
        assert process.stdout is not None
        said = process.stdout.read(4)
        process.kill()
        _, errors = process.communicate(timeout=30)
        assert said == b"done", errors.decode()
        assert steps_of_tensors(path.read_bytes()) == list(range(1, case.kept + 1))
        assert case.logged - case.kept < case.hold


def steps_of_tensors(data: bytes) -> list[int]:
    """Return the steps of the lines, each of which must carry its own step as its loss."""
    lines = [json.loads(line) for line in data.splitlines()[1:]]
    assert [line["loss"] for line in lines] == [line["step"] for line in lines]
    return [line["step"] for line in lines]
