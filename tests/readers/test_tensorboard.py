"""Event files: what libraries do not write, or only when something goes wrong."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from reading.events import NAME, VERSION, course, event, frame, nested, scalar, value, write
from reading.soundness import check

from healthlint.readers import find_logs, read, tensorboard, tfrecord


def only_problem(path: str):
    (problem,) = read(path).problems
    return problem


def test_scalars_with_their_steps_and_clocks(tmp_path):
    series = read(write(tmp_path, course(range(300)))).runs[0].series["mel_loss"]
    assert series.steps.tolist() == list(range(300))
    assert series.values.tolist() == [float(np.float32(1 / (s + 1))) for s in range(300)]
    assert series.times.tolist() == [1.79e9 + s for s in range(300)]


@pytest.mark.parametrize("step", [0, 1, 127, 128, 16383, 16384, 2**31, 2**62, -1, -(2**40)])
def test_steps_of_any_size(tmp_path, step):
    path = write(tmp_path, VERSION + scalar("loss", 0.5, step) + scalar("loss", 0.5, step + 1))
    assert read(path).runs[0].series["total_loss"].steps.tolist() == [float(step), float(step + 1)]


def test_several_values_of_one_event(tmp_path):
    events = [event(s, value("mel_loss", s), value("duration_loss", -s)) for s in (1, 2)]
    run = read(write(tmp_path, VERSION + b"".join(events))).runs[0]
    assert run.series["mel_loss"].values.tolist() == [1, 2]
    assert run.series["duration_loss"].values.tolist() == [-1, -2]
    assert run.series["duration_loss"].records.tolist() == [0, 1]


def test_tags_of_one_step_are_one_record(tmp_path):
    rows = [scalar(tag, s, s) for s in (1, 2) for tag in ("mel_loss", "lr")]
    run = read(write(tmp_path, VERSION + b"".join(rows))).runs[0]
    assert run.series["lr"].records.tolist() == run.series["mel_loss"].records.tolist() == [0, 1]


def test_a_tag_twice_at_one_step_keeps_both(tmp_path):
    rows = scalar("loss", 1, 1) + scalar("lr", 7, 1) + scalar("loss", 2, 1) + scalar("loss", 3, 2)
    run = read(write(tmp_path, VERSION + rows)).runs[0]
    assert run.series["total_loss"].values.tolist() == [1, 2, 3]
    assert run.series["total_loss"].records.tolist() == [0, 1, 2]


@pytest.mark.parametrize("cut", [1, 4, 5, 20, 30])
def test_torn_tail_is_left_out_and_said(tmp_path, cut):
    log = read(write(tmp_path, course(range(9))[:-cut]))
    assert len(log.runs[0].series["mel_loss"]) == 8
    assert "the last record is torn" in log.problems[0].message


def test_damage_in_the_middle_loses_what_it_hits(tmp_path):
    content = bytearray(course(range(100)))
    at = content.index(scalar("mel_loss", 1 / 51, 50, 1.79e9 + 50))
    content[at] ^= 0x40  # the length of a frame
    log = read(write(tmp_path, bytes(content)))
    assert log.runs[0].series["mel_loss"].steps.tolist() == [s for s in range(100) if s != 50]
    assert f"damaged bytes at byte {at:,}" in log.problems[0].message


def test_damage_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(tfrecord, "CHUNK", 1 << 16)
    whole = course(range(9000))
    log = read(write(tmp_path, whole[:200_000] + b"\x07" * 150_000 + whole[200_000:]))
    steps = log.runs[0].series["mel_loss"].steps
    assert 8990 < len(steps) < 9000 and steps[-1] == 8999
    assert len(log.problems) == 1


def test_a_payload_that_is_no_event_is_left_out(tmp_path):
    content = VERSION + scalar("loss", 1, 1) + frame(b"\x09\x01") + scalar("loss", 2, 2)
    log = read(write(tmp_path, content))
    assert log.runs[0].series["total_loss"].values.tolist() == [1, 2]
    assert "1 records left out" in log.problems[0].message


def test_large_frames_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(tfrecord, "LARGEST", 1 << 16)
    image = event(1, nested(1, nested(1, b"audio") + nested(6, bytes(300_000))))
    log = read(write(tmp_path, course(range(3)) + image + scalar("mel_loss", 5, 9)))
    assert log.runs[0].series["mel_loss"].steps.tolist() == [0, 1, 2, 9]
    assert log.problems == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (VERSION, "nothing was logged"),
        (VERSION + event(1, nested(1, nested(1, b"w") + nested(5, b"\x09"))), "only 1 histogram"),
        (VERSION + event(1, nested(1, nested(1, b"i") + nested(4, b"\x09"))) * 2, "only 2 images"),
    ],
)
def test_a_file_without_scalars_is_nothing_to_judge(tmp_path, content, says):
    problem = only_problem(write(tmp_path, content))
    assert problem.kind == "nothing" and says in problem.message


def test_empty_file_beside_a_whole_one(tmp_path):
    write(tmp_path, b"", "events.out.tfevents.1780000000.host.1.0")
    assert len(read(write(tmp_path, course(range(5)))).runs[0].series["mel_loss"]) == 5


def test_files_in_the_order_of_the_time_in_their_names(tmp_path):
    write(tmp_path, course(range(50, 100), wall=1.79e9), "events.out.tfevents.1795340999.a.1.0")
    write(tmp_path, course(range(60), wall=1.79e9 + 70), "events.out.tfevents.1795340911.z.1.0")
    run = read(str(tmp_path)).runs[0]
    assert run.series["mel_loss"].steps.tolist() == list(range(100))
    assert [timeline.resumed_from for timeline in run.timelines] == [None, 49]


def test_a_restart_is_a_new_run(tmp_path):
    write(tmp_path, course(range(60)), "events.out.tfevents.1795340911.a.1.0")
    write(tmp_path, course(range(20), wall=1.8e9), "events.out.tfevents.1795340999.a.1.0")
    assert [len(run.series["mel_loss"]) for run in read(str(tmp_path)).runs] == [60, 20]


def test_train_and_val_side_by_side_in_time(tmp_path):
    write(tmp_path / "train", course(range(100)))
    write(tmp_path / "validation", course(range(9, 100, 10), wall=1.79e9 + 0.5))
    assert find_logs([str(tmp_path)]) == [str(tmp_path)]
    run = read(str(tmp_path)).runs[0]
    assert sorted(run.series) == ["train/mel_loss", "val/mel_loss"]
    assert run.series["val/mel_loss"].records.tolist() == [10 + 11 * i for i in range(10)]


def test_folders_of_several_runs_are_several_logs(tmp_path):
    for name in ("version_0", "version_1"):
        write(tmp_path / name, course(range(5)))
    assert find_logs([str(tmp_path)]) == [str(tmp_path / f"version_{n}") for n in (0, 1)]
    assert only_problem(str(tmp_path)).message.startswith("2 logs in this folder")


def test_a_tag_that_counts_epochs(tmp_path):
    rows = b""
    for step in range(10, 100, 10):
        rows += scalar("train/mel_loss", 1 / step, step)
        if step % 30 == 0:
            rows += scalar("eval/mel_loss", 2 / step, step // 30)
    run = read(write(tmp_path, VERSION + rows)).runs[0]
    assert run.series["val/mel_loss"].steps.tolist() == [30, 60, 90]
    assert run.series["val/mel_loss"].epochs.tolist() == [1, 2, 3]
    assert run.series["train/mel_loss"].epochs.tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_epochs_of_lightning(tmp_path):
    rows = b""
    for step in range(6):
        rows += scalar("train_loss", 1.0, step) + scalar("epoch", step // 3, step)
    run = read(write(tmp_path, VERSION + rows)).runs[0]
    assert run.series["train/total_loss"].epochs.tolist() == [1, 1, 1, 2, 2, 2]
    assert list(run.series) == ["train/total_loss"]


def epochs_of(steps: list[int], closing: list[int], tmp_path: Path) -> list[float]:
    rows = b""
    for step in steps:
        rows += scalar("loss/mel", 1.0, step)
        rows += scalar("loss/val_mel_epoch", 1.0, step) if step in closing else b""
    return read(write(tmp_path, VERSION + rows)).runs[0].series["mel_loss"].epochs.tolist()


def test_epochs_end_at_tags_that_are_logged_once_an_epoch(tmp_path):
    assert epochs_of([1, 2, 3, 4, 5], [2, 4], tmp_path) == [1, 1, 2, 2, 3]


def test_epochs_of_a_log_that_begins_late_are_told_by_the_step(tmp_path):
    assert epochs_of([5, 6, 7, 8, 9], [6, 8], tmp_path) == [3, 3, 4, 4, 5]


def test_epochs_of_unequal_length_are_counted(tmp_path):
    assert epochs_of([1, 2, 3, 4, 5, 6], [1, 3, 6], tmp_path) == [1, 2, 2, 3, 3, 3]


def test_gzip(tmp_path):
    write(tmp_path, gzip.compress(course(range(5))), NAME + ".gz")
    assert len(read(str(tmp_path)).runs[0].series["mel_loss"]) == 5


def test_sniff_knows_events_and_no_other_frames():
    assert tensorboard.sniff(VERSION, "x") == 1
    assert tensorboard.sniff(frame(b"\x0a\x07feature"), "x") == 0
    assert tensorboard.sniff(b'{"step":1}', "x") == 0


PIECES = [
    *(VERSION, scalar("loss", 1, 1), scalar("loss", np.nan, 2), scalar("lr", 3, 0), frame(b"")),
    *(frame(b"\x09"), frame(b"\x09" * 30), frame(b"\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")),
    *(event(3, value("a" * 2000, 1)), event(3, b"\x0a\x03\x0a\xff\x01"), event(4, nested(1, b""))),
    *(event(5, nested(1, nested(1, b"t") + b"\x42\x08\x08\x01\x12\x00\x2a\x02\x00\x00")),),
    *(event(6, value("epoch", 3), value("step", 4)), event(-7, value("val_loss", -np.inf))),
    *(scalar("loss", 2, 9)[:-6], b"\0", b"\xff" * 12, bytes(12), scalar("x\xff/\n", 1, 1, np.inf)),
]


@examples(150)
@given(st.lists(st.sampled_from(PIECES), max_size=15), st.data())
def test_any_frames(tmp_path_factory, pieces, data):
    content = bytearray(VERSION + b"".join(pieces))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "any-frames"
    path.write_bytes(bytes(content))
    check(path)


def name_at(second: int) -> str:
    return f"events.out.tfevents.{1_790_000_000 + second}.host.1.0"


def starts(*files: tuple[int, bytes], folder: Path) -> list[list[float]]:
    """Return the steps of each run of a folder with files that were begun at some seconds."""
    for second, content in files:
        write(folder, VERSION + content, name_at(second))
    return [
        sorted({step for one in run.series.values() for step in one.steps.tolist()})
        for run in read(str(folder)).runs
    ]


def one(step: int, second: int, tag: str = "mel_loss") -> bytes:
    return scalar(tag, 1.0, step, 1.79e9 + second)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param([(0, one(0, 1)), (5, one(0, 6)), (9, one(0, 10))], [[0]] * 3, id="anew"),
        pytest.param([(0, one(0, 1)), (5, one(1, 6))], [[0, 1]], id="goes on"),
        pytest.param([(0, one(0, 7)), (5, one(0, 6))], [[0]], id="side by side in time"),
        pytest.param([(0, one(0, 1)), (5, one(0, 6, "lr"))], [[0]], id="nothing in common"),
        pytest.param(
            [(0, one(0, 1, "lr") + one(9, 2)), (5, one(0, 6, "lr") + one(10, 7))],
            [[0, 9, 10]],
            id="a constant is told again, the rest goes on",
        ),
        pytest.param(
            [(0, one(3, 1) + one(4, 2)), (5, one(2, 6) + one(3, 7))],
            [[3, 4], [2, 3]],
            id="before the first step",
        ),
    ],
)
def test_a_file_that_starts_anew_is_a_run(tmp_path, files, expected):
    assert starts(*files, folder=tmp_path) == expected


def test_training_and_validation_start_anew_together(tmp_path):
    for second in (0, 100):
        train = course(range(50), wall=1.79e9 + second)
        write(tmp_path / "train", train, name_at(second))
        val = course(range(0, 50, 10), wall=1.79e9 + second + 0.5)
        write(tmp_path / "val", val, name_at(second + 1))
    runs = read(str(tmp_path)).runs
    assert [len(run.series["train/mel_loss"]) for run in runs] == [50, 50]
    assert [len(run.series["val/mel_loss"]) for run in runs] == [5, 5]
    assert runs[1].notes == ("restarted: a later event file begins at step 0 again",)


def test_a_folder_with_files_and_folders_of_other_runs(tmp_path):
    write(tmp_path, course(range(30)))
    write(tmp_path / "version_1", course(range(9)))
    assert find_logs([str(tmp_path)]) == [str(tmp_path), str(tmp_path / "version_1")]
    lengths = [len(read(path).runs[0].series["mel_loss"]) for path in find_logs([str(tmp_path)])]
    assert lengths == [30, 9]


@pytest.mark.parametrize("stub", [b"", VERSION])
def test_an_empty_stub_is_harmless(tmp_path, stub):
    write(tmp_path, course(range(30)))
    write(tmp_path / "version_1", stub)
    assert find_logs([str(tmp_path)]) == [str(tmp_path)]


@pytest.mark.parametrize("stub", [b"", VERSION])
def test_a_stub_above_a_folder_is_harmless_too(tmp_path, stub):
    write(tmp_path, stub)
    write(tmp_path / "version_1", course(range(30)))
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "version_1")]
    assert len(read(str(tmp_path)).runs[0].series["mel_loss"]) == 30


def test_a_folder_of_stubs_is_nothing_to_judge(tmp_path):
    write(tmp_path, VERSION)
    write(tmp_path / "version_1", VERSION)
    assert {read(path).problems[0].kind for path in find_logs([str(tmp_path)])} == {"nothing"}


def test_a_file_with_a_constant_alone_begins_nothing(tmp_path):
    losses = [one(0, 2, tag) for tag in ("mel_loss", "pitch_loss", "energy_loss")]
    again = [one(1, 9, tag) for tag in ("mel_loss", "pitch_loss", "energy_loss")]
    files = [(0, one(0, 1, "lr") + b"".join(losses)), (5, one(0, 6, "lr"))]
    files.append((8, one(0, 8, "lr") + b"".join(again)))
    assert starts(*files, folder=tmp_path) == [[0, 1]]


def test_validation_before_the_first_step_opens_the_run_of_its_training(tmp_path):
    for second in (0, 100):
        write(tmp_path / "train", course(range(9), wall=1.79e9 + second), name_at(second))
        val = course(range(0, 9, 3), wall=1.79e9 + second - 0.5)
        write(tmp_path / "val", val, name_at(second))
    runs = read(str(tmp_path)).runs
    assert [[len(one) for one in run.series.values()] for run in runs] == [[3, 9], [3, 9]]
