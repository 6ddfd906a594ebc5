"""Write the genuine logs of ``fixtures/formats/`` with the libraries that trainers use.

Each maker runs where its library is installed and says so where it is not:
``python scripts/make_reader_fixtures.py [NAME ...]``. Beside each log lies ``NAME.values.json``,
its values by ``split:name`` as the library's own reader (or what was logged) gives them.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "formats"
Course = dict[str, list[tuple[int, float]]]


def course(steps: int = 40) -> list[dict[str, float]]:
    """Return the losses of a short training, with a NaN and an infinity in it."""
    rows = []
    for step in range(1, steps + 1):
        mel = 0.6 + 3.5 * math.exp(-step / 12)
        rows.append({"mel": mel, "duration": 0.05 + math.exp(-step / 8), "norm": 1.5 + 1 / step})
    rows[20]["norm"] = math.nan
    rows[21]["norm"] = math.inf
    return rows


def by_tensorboard(folder: Path) -> Course:
    """Return every scalar of the event files of a folder, as TensorBoard's own reader has it."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
    from tensorboard.util import tensor_util

    found: Course = {}
    for path in sorted(folder.rglob("*tfevents*")):
        inner = "" if path.parent == folder else path.parent.name
        if inner[:1].isdecimal():  # hyperparameters
            continue
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    number = value.simple_value
                elif value.HasField("tensor") and value.metadata.plugin_data.plugin_name in (
                    "",
                    "scalars",
                ):
                    number = float(tensor_util.make_ndarray(value.tensor).item())
                else:
                    continue
                split, name = inner, value.tag
                if inner.startswith(prefix := value.tag.replace("/", "_") + "_"):  # add_scalars
                    split, name = "", f"{value.tag}/{inner.removeprefix(prefix)}"
                found.setdefault(f"{split}:{name}", []).append((event.step, number))
    return found


def torch_writer(folder: Path) -> Course:
    """Torch's writer: scalars among histograms, images and text; train and val apart."""
    import torch
    from torch.utils.tensorboard import SummaryWriter

    writers = {name: SummaryWriter(folder / name, filename_suffix="") for name in ("train", "val")}
    for step, row in enumerate(course(), 1):
        writers["train"].add_scalar("Loss/mel_loss", row["mel"], step)
        writers["train"].add_scalar("Loss/duration_loss", row["duration"], step)
        writers["train"].add_scalar("grad_norm", row["norm"], step)
        if step % 10 == 0:
            writers["train"].add_histogram("weights", torch.linspace(-1, 1, 50), step)
            writers["train"].add_image("mel", torch.zeros(1, 4, 6), step)
            writers["train"].add_text("note", "words", step)
            writers["val"].add_scalar("Loss/mel_loss", row["mel"] * 1.1, step)
    for writer in writers.values():
        writer.close()
    return by_tensorboard(folder)


def torch_new_style(folder: Path) -> Course:
    """Torch's writer with values as tensors, and ``add_scalars`` and ``add_hparams``."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder) as writer:
        for step, row in enumerate(course()[:25], 1):
            writer.add_scalar("train/mel_loss", row["mel"], step, new_style=True)
            writer.add_scalar(
                "train/lr", row["norm"] / 1e4, step, new_style=True, double_precision=True
            )
            writer.add_scalars(
                "Loss/dur", {"train": row["duration"], "val": row["duration"] + 1}, step
            )
        writer.add_hparams({"lr": 0.1}, {"hparam/mel": 0.5})
    return by_tensorboard(folder)


def tensorboardx(folder: Path) -> Course:
    """TensorboardX, its file cut within the last record as a killed process leaves it."""
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step, row in enumerate(course()[:25]):
            writer.add_scalar("loss/g/mel", row["mel"] * 45, step)
            writer.add_scalar("loss/d/total", row["duration"], step)
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-12])
    return by_tensorboard(folder)


def torch_resumed(folder: Path) -> Course:
    """Two starts into one folder: the second resumes at step 21 with smooth values."""
    from torch.utils.tensorboard import SummaryWriter

    rows = course(40)
    for name, steps in (("a", range(1, 31)), ("b", range(21, 41))):
        with SummaryWriter(folder / name) as writer:
            for step in steps:
                writer.add_scalar("train/mel_loss", rows[step - 1]["mel"], step)
        (path,) = (folder / name).iterdir()
        number = 1795340911 if name == "a" else 1795340999
        path.rename(folder / f"events.out.tfevents.{number}.host.1.0")
        (folder / name).rmdir()
    return by_tensorboard(folder)


MAKERS: dict[str, Callable[[Path], Course]] = {
    "tensorboard-torch": torch_writer,
    "tensorboard-tensors": torch_new_style,
    "tensorboardx-killed": tensorboardx,
    "tensorboard-resumed": torch_resumed,
}


def rename(folder: Path) -> None:
    """Give event files names without the machine they were written on."""
    for number, path in enumerate(sorted(folder.rglob("*tfevents*"))):
        if ".host." not in path.name:
            path.rename(path.with_name(f"events.out.tfevents.1795340911.host.1.{number}"))


def main(names: list[str]) -> None:
    """Make the named logs, or all."""
    for name in names or MAKERS:
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            values = MAKERS[name](folder)
        except ImportError as error:
            print(f"{name}: not made: {error}")
            folder.rmdir()
            continue
        rename(folder)
        (FOLDER / f"{name}.values.json").write_text(json.dumps(values) + "\n")
        print(f"{name}: {sum(map(len, values.values()))} values")


if __name__ == "__main__":
    main(sys.argv[1:])
