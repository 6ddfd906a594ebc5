"""CPU time of our readers beside the library that a user would otherwise call, in turn, in one run.

    python benchmarks/readers.py [--scalars 1000000] [--rounds 3]

Where a library is not installed its row says so. TensorBoard: one file of 1,000,000 scalars of
eight tags, and one that is mostly histograms; its ``RawEventFileLoader`` decodes nothing beyond the
frames, its ``EventAccumulator`` is what scripts call (all scalars kept). Lightning's
``metrics.csv``: half-empty rows, read by pandas to a dictionary of its columns without what is
blank, and by a loop over ``csv.DictReader``. JSON Lines: eight metrics a line, read by a loop that
decodes each line with orjson (or msgspec) and appends its numbers to columns.
"""

from __future__ import annotations

import argparse
import csv
import gc
import re
import statistics
import sys
import tempfile
import time
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from healthlint.readers import read

TAGS = ("total", "mel", "duration", "stop", "pitch", "energy", "grad_norm", "lr")
NAME = "events.out.tfevents.1790000000.host.1.0"


class Case(NamedTuple):
    """One file, and what reads it.

    Attributes:
        name: What is in it.
        path: Where it lies.
        rivals: What else reads it, by name.
    """

    name: str
    path: Path
    rivals: dict[str, Callable[[Path], object]]


def write_scalars(path: Path, steps: int) -> None:
    """Write an event file of eight scalars a step, by TensorBoard's own writer."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    with _records(path) as write:
        for step in range(steps):
            for tag in TAGS:
                value = Summary.Value(tag=f"loss/{tag}", simple_value=1 / (step + 1))
                write(Event(wall_time=1.79e9 + step, step=step, summary=Summary(value=[value])))


def write_histograms(path: Path, steps: int) -> None:
    """Write an event file of one scalar and twenty histograms of 300 buckets a step."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

    limits, counts = np.linspace(-1, 1, 300), np.arange(300.0)
    histogram = HistogramProto(min=-1, max=1, num=9, sum=1, bucket_limit=limits, bucket=counts)
    with _records(path) as write:
        for step in range(steps):
            values = [Summary.Value(tag="loss/mel", simple_value=1 / (step + 1))]
            values += [Summary.Value(tag=f"w/{i}", histo=histogram) for i in range(20)]
            for value in values:
                write(Event(wall_time=1.79e9 + step, step=step, summary=Summary(value=[value])))


class _records:  # noqa: N801
    """Writes events to a file."""

    def __init__(self, path: Path) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._stream = path.open("wb")
        self._writer = RecordWriter(self._stream)

    def __enter__(self) -> Callable[[object], None]:
        return lambda event: self._writer.write(event.SerializeToString())  # type: ignore[attr-defined]

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def write_csv(path: Path, steps: int) -> None:
    """Write a table of half-empty rows, as Lightning does."""
    with path.open("w") as stream:
        stream.write("epoch,step,train_loss,val_loss\n")
        for step in range(steps):
            stream.write(f"{step // 100},{step},{1 / (step + 1):.9},\n")
            if step % 100 == 99:
                stream.write(f"{step // 100},{step},,{2 / (step + 1):.9}\n")


def write_jsonl(path: Path, steps: int) -> None:
    """Write records of eight metrics, with a step and an epoch."""
    with path.open("w") as stream:
        for step in range(1, steps + 1):
            losses = (f'"train/{tag}_loss":{1 / (step + at):.9}' for at, tag in enumerate(TAGS))
            values = ",".join(losses)
            stream.write(f'{{"step":{step},"epoch":{1 + step // 1000},{values}}}\n')


def orjson_loop(path: Path) -> object:
    """Decode each line with orjson and append its numbers to columns."""
    import orjson

    return _columns(path, orjson.loads)


def msgspec_loop(path: Path) -> object:
    """Decode each line with msgspec and append its numbers to columns."""
    import msgspec

    return _columns(path, msgspec.json.Decoder().decode)


def _columns(path: Path, decode: Callable[[bytes], dict[str, float]]) -> object:
    columns: dict[str, array[float]] = defaultdict(lambda: array("d"))
    with path.open("rb") as stream:
        for line in stream:
            for name, value in decode(line).items():
                columns[name].append(value)
    return columns


def frames(path: Path) -> object:
    """Read with TensorBoard's loader of frames."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

    return sum(1 for _ in RawEventFileLoader(str(path)).Load())


def accumulator(path: Path) -> object:
    """Read with TensorBoard's accumulator, which keeps all scalars."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(path), size_guidance={"scalars": 0})
    found.Reload()
    return found.Tags()


def pandas_csv(path: Path) -> object:
    """Read with pandas, and take what is blank out of each column."""
    import pandas as pd

    table = pd.read_csv(path)
    return {name: table[["step", name]].dropna().to_numpy() for name in table}


def loop_csv(path: Path) -> object:
    """Read with a loop over ``csv.DictReader``."""
    found: dict[str, list[tuple[float, float]]] = {}
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            for name, cell in row.items():
                if cell:
                    found.setdefault(name, []).append((float(row["step"]), float(cell)))
    return found


_LINE = re.compile(
    r"Epoch (\d+), Step (\d+)/\d+, Total Loss: ([\d.]+), Mel Loss: ([\d.]+), lr: ([\d.]+)"
)


def write_console(path: Path, lines: int) -> None:
    """Write a console of one line a step."""
    with path.open("w") as stream:
        for step in range(lines):
            loss = 1 / (step + 1)
            stream.write(
                f"INFO:root:Epoch {step // 1000 + 1}, Step {step % 1000}/1000, "
                f"Total Loss: {loss + 1:.4f}, Mel Loss: {loss:.4f}, lr: {0.001:.6f}\n"
            )


def pattern_by_hand(path: Path) -> object:
    """Read with the pattern that a user would write for this one trainer."""
    with path.open() as stream:
        return np.array([found.groups() for line in stream if (found := _LINE.search(line))], float)


def cases(folder: Path, scalars: int) -> Iterator[Case]:
    """Write the files and yield them."""
    tensorboard = {"RawEventFileLoader": frames, "EventAccumulator": accumulator}
    for name, write, steps in (
        (f"{scalars:,} scalars", write_scalars, scalars // len(TAGS)),
        ("mostly histograms", write_histograms, max(scalars // 1250, 10)),
    ):
        path = folder / name.replace(" ", "-") / NAME
        path.parent.mkdir()
        with suppress(ImportError):
            write(path, steps)
            yield Case(f"TensorBoard, {name}", path, dict(tensorboard))
    path = folder / "logs.jsonl"
    write_jsonl(path, scalars // 4)
    loops = {"orjson loop": orjson_loop, "msgspec loop": msgspec_loop}
    yield Case(f"JSON Lines, {scalars // 4:,} records", path, loops)
    path = folder / "console.log"
    write_console(path, scalars // 8)
    yield Case(f"console, {scalars // 8:,} lines", path, {"a pattern by hand": pattern_by_hand})
    path = folder / "metrics.csv"
    write_csv(path, scalars)
    yield Case(
        f"Lightning CSV, {scalars:,} rows", path, {"pandas": pandas_csv, "csv.DictReader": loop_csv}
    )


def seconds(call: Callable[[], object]) -> float:
    """Return the CPU time of a call."""
    gc.collect()  # what the last call left is not this one's
    start = time.process_time()
    call()
    return time.process_time() - start


def measure(case: Case, rounds: int) -> None:
    """Print the times of one file."""
    times: dict[str, list[float]] = {}
    own = {"healthlint": lambda path: read(str(path))}
    for _ in range(rounds):
        for name, call in {**case.rivals, **own}.items():
            with suppress(ImportError):
                took = seconds(lambda c=call: c(case.path))  # type: ignore[misc]
                times.setdefault(name, []).append(took)
    ours = statistics.median(times["healthlint"])
    size = case.path.stat().st_size / 1e6
    print(f"{case.name}, {size:.0f} MB: healthlint {ours:.3f} s")
    for name in case.rivals:
        if not times.get(name):
            print(f"  {name}: not installed")
            continue
        theirs = statistics.median(times[name])
        low, high = min(times[name]), max(times[name])
        print(f"  {name}: {theirs:.2f} s ({low:.2f}-{high:.2f}), {theirs / ours:.1f} times as long")


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scalars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(Path(folder), args.scalars):
            measure(case, args.rounds)


if __name__ == "__main__":
    main()
