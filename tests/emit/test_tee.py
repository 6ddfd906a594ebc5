"""A TensorBoard writer and a log fed by the same calls."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from healthlint.emit import RunLogger, SummaryWriterTee, tee_writers

Read = Callable[[Path], list[dict[str, Any]]]


def metrics_of(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the metric lines without their times."""
    return [{k: v for k, v in line.items() if k != "time"} for line in lines if "_type" not in line]


def test_scalars_of_one_step_become_one_line(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        for step in (10, 20):
            tee.add_scalar("loss/mel", 1 / step, step)
            tee.add_scalar("loss/dur", 2 / step, step)
        assert metrics_of(records(path)) == [{"step": 10, "loss/mel": 0.1, "loss/dur": 0.2}]
        tee.flush()
        assert metrics_of(records(path))[1:] == [{"step": 20, "loss/mel": 0.05, "loss/dur": 0.1}]


@pytest.mark.parametrize("finish", ["end", "flush", "close", "error"])
def test_the_last_step_is_written_whatever_ends_the_log(
    path: Path, records: Read, finish: str
) -> None:
    log = RunLogger(path)
    SummaryWriterTee(None, log).add_scalar("loss", 0.5, 3)
    if finish == "error":
        with pytest.raises(ZeroDivisionError), log:
            1 / 0  # noqa: B018
    else:
        getattr(log, finish)()
    assert metrics_of(records(path)) == [{"step": 3, "loss": 0.5}]
    log.close()


def test_what_is_collected_goes_before_what_is_logged_later(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        tee.add_scalar("loss", 0.5, 3)
        log.log(3, lr=0.1)
        tee.add_scalar("loss", 0.4, 4)
        log.event("checkpoint", step=4)
        tee.add_scalar("loss", 0.3, 4)
    kinds = [line.get("loss", line.get("lr", line.get("event"))) for line in records(path)[1:-1]]
    assert kinds == [0.5, 0.1, 0.4, "checkpoint", 0.3]


def test_a_tag_that_comes_again_begins_a_line(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        for value in (0.5, 0.4):
            tee.add_scalar("loss", value, 3)
    assert [line["loss"] for line in metrics_of(records(path))] == [0.5, 0.4]


def test_a_scalar_without_a_step_belongs_to_the_latest(path: Path, records: Read) -> None:
    with RunLogger(path, resume_step=7) as log:
        tee = SummaryWriterTee(None, log)
        tee.add_scalar("a", 1.0)
        tee.add_scalar("b", 2.0, 9)
        tee.add_scalar("c", 3.0)
    assert metrics_of(records(path)) == [{"step": 7, "a": 1.0}, {"step": 9, "b": 2.0, "c": 3.0}]


def test_a_line_has_the_time_of_its_first_scalar(
    path: Path, records: Read, clock: Callable[[], float]
) -> None:
    with RunLogger(path, clock=clock) as log:
        tee = SummaryWriterTee(None, log)
        tee.add_scalar("a", 1.0, 1)
        tee.add_scalar("b", 1.0, 1)
        tee.add_scalar("a", 1.0, 2, walltime=5.0)
        tee.add_scalar("a", 1.0, 3)
    assert [line["time"] for line in records(path)[1:-1]] == [101.0, 5.0, 102.0]


def test_tags_that_a_log_may_not_carry_are_kept_under_another_name(
    path: Path, records: Read
) -> None:
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        for tag in ("epoch", "time", "step", "_x", "", "tb/step"):
            tee.add_scalar(tag, 4, 1)
        tee.add_scalar("epoch", float("nan"), 2)
    assert metrics_of(records(path)) == [
        {"step": 1, "epoch": 4, "tb/time": 4, "tb/step": 4, "tb/_x": 4, "tb/": 4},
        {"step": 1, "tb/step": 4},
        {"step": 2, "tb/epoch": None, "_nonfinite": {"tb/epoch": "NaN"}},
    ]


def test_many_scalars_are_named_below_their_main_tag(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        SummaryWriterTee(None, log).add_scalars("loss", {"train": 0.5, "val": 0.6}, 3)
    assert metrics_of(records(path)) == [{"step": 3, "loss/train": 0.5, "loss/val": 0.6}]


def test_hyperparameters_are_an_event(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        tee.add_scalar("loss", 0.5, 3)
        tee.add_hparams({"lr": np.float32(0.1), "name": "a"}, {"mel": float("nan")})
    event = records(path)[2]
    assert event["event"] == "hparams"
    assert event["step"] == 3
    assert event["hparams"] == {"lr": 0.1, "name": "a"}
    assert event["metrics"] == {"mel": "NaN"}


def test_without_a_writer_everything_else_does_nothing(path: Path) -> None:
    with RunLogger(path) as log, SummaryWriterTee(None, log) as tee:
        before = log.tell()
        assert tee.add_histogram("w", [1, 2, 3], 4) is None
        assert tee.add_image("mel", object(), global_step=4) is None
        assert log.tell() == before
        with pytest.raises(AttributeError):
            copy.copy(tee)._private  # noqa: B018
        with pytest.raises(AttributeError):
            tee._private  # noqa: B018


def test_a_bad_value_is_refused_where_it_is_given(path: Path) -> None:
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        with pytest.raises(TypeError, match="'loss'"):
            tee.add_scalar("loss", "0.5", 3)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="-1"):
            tee.add_scalar("loss", 0.5, -1)
    with pytest.raises(ValueError, match="closed"):
        tee.add_scalar("loss", 0.5, 3)


def test_a_tensor_changed_in_place_is_written_as_it_was(path: Path, records: Read) -> None:
    torch = pytest.importorskip("torch")
    loss = torch.zeros(())
    with RunLogger(path) as log:
        tee = SummaryWriterTee(None, log)
        for step in range(5):
            tee.add_scalar("loss", loss, step)
            loss += 1
    assert [line["loss"] for line in metrics_of(records(path))] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_the_log_has_the_scalars_that_tensorboard_has(
    tmp_path: Path, path: Path, records: Read
) -> None:
    """TensorBoard itself reads back what torch's own writer was given."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    folder = tmp_path / "tb"
    writer = SummaryWriter(str(folder))
    with RunLogger(path) as log, SummaryWriterTee(writer, log) as tee:
        assert tee.log_dir == str(folder)
        for step in range(1, 31):
            tee.add_scalar(tag="loss/mel", scalar_value=torch.tensor(1 / step), global_step=step)
            tee.add_scalar("stats/lr", np.float32(1e-4 * step), step, walltime=1000.0 + step)
            if step % 10 == 0:
                tee.add_scalar("val/mel", 2 / step, step, new_style=True)
                tee.add_scalars("both", {"a": step, "b": -step}, step)
        tee.add_text("note", "passes through", 30)

    board = EventAccumulator(str(folder)).Reload()
    assert "note/text_summary" in board.Tags()["tensors"]
    lines = metrics_of(records(path))
    for tag in ("loss/mel", "stats/lr"):
        theirs = [(event.step, event.value) for event in board.Scalars(tag)]
        ours = [(line["step"], float(np.float32(line[tag]))) for line in lines if tag in line]
        assert ours == theirs
        assert len(ours) == 30
    newer = [(event.step, event.tensor_proto.float_val[0]) for event in board.Tensors("val/mel")]
    val = [line for line in lines if "val/mel" in line]
    assert [(line["step"], float(np.float32(line["val/mel"]))) for line in val] == newer
    assert len(newer) == 3
    below = EventAccumulator(str(folder / "both_a")).Reload()
    assert [(event.step, event.value) for event in below.Scalars("both")] == [
        (line["step"], line["both/a"]) for line in lines if "both/a" in line
    ]


class Writer:
    """A writer as trainers make one, and make another when they resume."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float]] = []

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None) -> None:
        self.seen.append((tag, scalar_value))


def test_a_writer_that_is_replaced_is_teed_too(tmp_path) -> None:
    own = Writer.add_scalar
    with RunLogger(tmp_path / "logs.jsonl") as log, tee_writers(Writer, log):
        for step in (1, 2):
            writer = Writer()
            writer.add_scalar("train/mel_loss", step / 10, step)
            assert writer.seen == [("train/mel_loss", step / 10)]
        with pytest.warns(UserWarning, match="TypeError"):
            writer.add_scalar("train/mel_loss", "no number", 3)
    lines = [json.loads(line) for line in (tmp_path / "logs.jsonl").read_text().splitlines()]
    assert [one["train/mel_loss"] for one in lines if "train/mel_loss" in one] == [0.1, 0.2]
    assert Writer.add_scalar is own
