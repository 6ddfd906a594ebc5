"""What a step of logging costs beside the frameworks' own loggers, in turn, in one run.

    scripts/test-callbacks -q
    PYTHONPATH=. ~/.cache/healthlint/frameworks/bin/python benchmarks/loggers.py

Each logs four floats a step to a file, as its framework does: a ``SummaryWriter`` beside
``RunLogger`` in a loop of one's own, ``TensorBoardCallback`` beside our callback of transformers,
Lightning's ``CSVLogger`` beside our callback of it, and Keras' ``CSVLogger`` an epoch beside ours.
Ours look for a stop at each step too, as they do in a training. Frameworks that are not installed
are left out. CPU time of all threads of the process, the median of the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from healthlint.emit import RunLogger

VALUES = {"loss": 0.512345, "mel_loss": 0.312345, "grad_norm": 1.2345, "learning_rate": 3.2e-4}
STEP = 0.020
"""Seconds of the step of a training that the costs are held against."""
Log = Callable[[int], object]


class Pair(NamedTuple):
    """Two loggers of one framework: what a step of each does, and what is called at the end."""

    name: str
    rival: str
    ours: Log
    theirs: Log
    close: Callable[[], object]


def loop(folder: Path) -> Pair:
    """Return a loop of one's own."""
    from torch.utils.tensorboard import SummaryWriter

    writer, log = SummaryWriter(str(folder / "tb")), RunLogger(folder / "logs.jsonl")

    def ours(step: int) -> None:
        log.log(step, VALUES)
        log.should_stop()

    def theirs(step: int) -> None:
        for name, value in VALUES.items():
            writer.add_scalar(name, value, step)

    return Pair("a loop of one's own", "`SummaryWriter`", ours, theirs, writer.close)


def hugging_face(folder: Path) -> Pair:
    """Return the callbacks of a ``Trainer``."""
    from torch.utils.tensorboard import SummaryWriter
    from transformers import TrainerControl, TrainerState, TrainingArguments
    from transformers.integrations import TensorBoardCallback

    from healthlint.callbacks.transformers import HealthlintCallback

    args = TrainingArguments(output_dir=str(folder / "hf"), report_to=[], use_cpu=True)
    state, control = TrainerState(), TrainerControl()
    state.is_world_process_zero = True
    writer = SummaryWriter(str(folder / "hf" / "tb"))
    board, own = TensorBoardCallback(writer), HealthlintCallback()
    own.on_train_begin(args, state, control)

    def ours(step: int) -> None:
        state.global_step = step
        own.on_log(args, state, control, logs=VALUES)
        own.on_step_end(args, state, control)

    def theirs(step: int) -> None:
        state.global_step = step
        board.on_log(args, state, control, logs=VALUES)

    return Pair("Hugging Face", "`TensorBoardCallback`", ours, theirs, writer.close)


def lightning(folder: Path) -> Pair:
    """Return a callback and a logger of Lightning."""
    from lightning.pytorch.loggers import CSVLogger

    from healthlint.callbacks.lightning import HealthlintCallback

    table = CSVLogger(str(folder), name="csv", flush_logs_every_n_steps=100)
    own = HealthlintCallback(str(folder / "lightning.jsonl"))
    own._log = RunLogger(folder / "lightning.jsonl")  # without a trainer nobody opens it
    trainer = SimpleNamespace(world_size=1)

    def ours(step: int) -> None:
        own.write(VALUES, step)
        own.on_train_batch_end(trainer, None, None, None, step)

    def theirs(step: int) -> None:
        table.log_metrics(VALUES, step)
        if step % 100 == 99:
            table.save()

    return Pair("Lightning", "`CSVLogger`, saved each 100 steps", ours, theirs, table.save)


def keras(folder: Path) -> Pair:
    """Return the callbacks of ``fit``, of an epoch of one batch."""
    from keras.callbacks import CSVLogger

    from healthlint.callbacks.keras import HealthlintCallback

    table, own = CSVLogger(str(folder / "keras.csv")), HealthlintCallback()
    model = SimpleNamespace(stop_training=False)
    table.set_model(model)
    table.on_train_begin()
    own._log = RunLogger(folder / "keras.jsonl")  # without a model nobody opens it

    def ours(step: int) -> None:
        own.on_train_batch_end(0)
        own.on_epoch_end(step, VALUES)

    def theirs(step: int) -> None:
        table.on_epoch_end(step, VALUES)

    return Pair("Keras, an epoch", "`CSVLogger`", ours, theirs, table.on_train_end)


def pairs(folder: Path) -> Iterator[Pair]:
    """Yield the pairs whose frameworks are installed."""
    for make in (loop, hugging_face, lightning, keras):
        try:
            yield make(folder)
        except ImportError as error:
            print(f"without {make.__name__}: {error}")


def cost(log: Log, begin: int, steps: int) -> float:
    """Return the seconds of CPU of a step."""
    before = time.process_time()
    for step in range(begin, begin + steps):
        log(step)
    return (time.process_time() - before) / steps


def main() -> None:
    """Log, in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    print("| framework | ours, µs a step | beside it | its own, µs a step | ours of a 20 ms step |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for pair in pairs(Path(name)):
            costs: tuple[list[float], list[float]] = [], []
            for at in range(args.rounds + 1):
                for each, log in zip(costs, (pair.ours, pair.theirs), strict=True):
                    each.append(cost(log, at * args.steps, args.steps))
            pair.close()
            ours, theirs = (statistics.median(each[1:]) for each in costs)  # the first one warms
            print(
                f"| {pair.name} | {1e6 * ours:.0f} | {pair.rival} | {1e6 * theirs:.0f} "
                f"| {ours / STEP:.2%} |"
            )


if __name__ == "__main__":
    main()
