"""Lines as the log's format has them, and the life of a log."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from healthlint.emit import RunLogger

Read = Callable[[Path], list[dict[str, Any]]]

META = {
    "trainer": "healthlint",
    "utterances": 2200,
    "language": "ru",
    "metrics": {"mel_loss": {"kind": "l1", "space": "ln-power-mel", "logged_factor": 1.0}},
}

GOLDEN = """\
{"_type":"run","_schema":"healthlint.log/1","run":"b1f0","attempt":0,"time":100.0,"step":0,"meta":{"trainer":"healthlint","utterances":2200,"language":"ru","metrics":{"mel_loss":{"kind":"l1","space":"ln-power-mel","logged_factor":1.0}}}}
{"step":1200,"epoch":9,"time":101.0,"train/mel_loss":0.41,"train/duration_loss":0.21,"train/energy_loss":0.3,"grad_norm":2.3,"lr":0.0002}
{"step":1242,"epoch":9,"time":102.0,"val/mel_loss":null,"val/spectral_convergence":0.31,"_nonfinite":{"val/mel_loss":"NaN"}}
{"_type":"event","event":"checkpoint","step":2000,"epoch":15,"path":"epoch_15.pt","sha256":"ab","time":103.0}
{"_type":"event","event":"sample","step":2000,"epoch":15,"text":"Вода.","wav":"s/15_0.wav","mel":"s/15_0.npz","target_mel":"s/t_0.npz","time":104.0}
"""

GOLDEN_RESUMED = """\
{"_type":"run","_schema":"healthlint.log/1","run":"b1f0","attempt":1,"step":2000,"resumed_from":2000,"time":105.0,"meta":{}}
{"_type":"end","status":"ok","step":4000,"time":106.0}
"""


def test_every_line_has_the_shape_that_the_format_gives_it(
    path: Path, clock: Callable[[], float]
) -> None:
    log = RunLogger(path, meta=META, run="b1f0", clock=clock)
    train = {
        "train/mel_loss": np.float32(0.41),
        "train/duration_loss": 0.21,
        "train/energy_loss": 0.3,
    }
    log.log(1200, train, epoch=9, grad_norm=2.3, lr=2e-4)
    log.log(1242, {"mel_loss": math.nan}, epoch=9, split="val", spectral_convergence=0.31)
    log.event("checkpoint", step=2000, epoch=15, path=Path("epoch_15.pt"), sha256="ab")
    sample = {"wav": "s/15_0.wav", "mel": "s/15_0.npz", "target_mel": "s/t_0.npz"}
    log.event("sample", step=2000, epoch=15, text="Вода.", **sample)
    log.close()
    assert path.read_text("utf-8") == GOLDEN
    with RunLogger(path, resume_step=2000, clock=clock) as log:
        log.end(step=4000)
    assert path.read_text("utf-8") == GOLDEN + GOLDEN_RESUMED


def test_a_split_goes_before_names_without_a_slash_alone(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(1, {"mel_loss": 0.5, "train/mel_loss": 0.4}, split="val", lr=0.1)
    assert list(records(path)[1])[2:] == ["val/mel_loss", "train/mel_loss", "val/lr"]


def test_the_end_is_at_the_last_step_unless_it_says_otherwise(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(7)
        log.event("checkpoint", step=9)
    with RunLogger(path, resume_step=8):
        pass
    ends = [record for record in records(path) if record.get("_type") == "end"]
    assert [end["step"] for end in ends] == [9, 8]


@pytest.mark.parametrize("name", ["", "_x", "_nonfinite", "step", "epoch", "time", "a\ud800"])
@pytest.mark.parametrize("split", [None, "val"])
def test_a_bad_name_is_refused_and_nothing_is_written(
    path: Path, name: str, split: str | None
) -> None:
    with RunLogger(path) as log:
        place = log.tell()
        with pytest.raises(ValueError, match="name"):
            log.log(1, {"fine": 1.0, name: 1.0}, split=split)
        assert log.tell() == place


def test_reserved_names_are_refused_as_keywords_too(path: Path) -> None:
    with RunLogger(path) as log:
        with pytest.raises(TypeError, match="multiple values for argument 'step'"):
            log.log(1, step=2)
        with pytest.raises(ValueError, match="'time' is reserved"):
            log.event("checkpoint", step=1, time=3.0)
        with pytest.raises(ValueError, match="'_type' starts with '_'"):
            log.event("checkpoint", step=1, _type="end")


def test_the_step_may_be_named(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(step=3, mel_loss=0.5)
    assert (records(path)[1]["step"], records(path)[1]["mel_loss"]) == (3, 0.5)


@pytest.mark.parametrize("name", ["steps", "timer", "val/step", "x_", "мел", "time "])
def test_a_name_near_a_reserved_one_is_allowed(path: Path, records: Read, name: str) -> None:
    with RunLogger(path) as log:
        log.log(1, {name: 2.0})
    assert records(path)[1][name] == 2.0


def test_a_name_that_comes_twice_is_refused(path: Path) -> None:
    with RunLogger(path) as log:
        with pytest.raises(ValueError, match="'lr' comes twice"):
            log.log(1, {"lr": 0.1}, lr=0.2)
        with pytest.raises(ValueError, match="'val/lr' comes twice"):
            log.log(1, {"lr": 0.1, "val/lr": 0.2}, split="val")


@pytest.mark.parametrize("split", ["", "val/", "a/b", "_val"])
def test_a_split_is_one_word(path: Path, split: str) -> None:
    with RunLogger(path) as log, pytest.raises(ValueError, match="split"):
        log.log(1, {"lr": 0.1}, split=split)


def test_a_step_is_a_whole_number_from_zero(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(0)
        log.log(np.int64(2**40))  # type: ignore[arg-type]
        for step in (1.5, "3", None):
            with pytest.raises(TypeError, match="step"):
                log.log(step)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="-1"):
            log.log(-1)
    assert [record["step"] for record in records(path)[1:3]] == [0, 2**40]


def test_an_epoch_is_finite_and_may_have_a_fraction(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(1, epoch=1.5)
        with pytest.raises(ValueError, match="epoch"):
            log.log(1, epoch=math.nan)
    assert records(path)[1]["epoch"] == 1.5


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("diverged"), "error"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(1), "error"),
        (SystemExit("why"), "error"),
        (SystemExit(0), "ok"),
        (SystemExit(), "ok"),
    ],
)
def test_an_exception_passes_and_the_log_says_how_it_ended(
    path: Path, records: Read, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)), RunLogger(path) as log:
        log.log(5, {"lr": 0.1})
        raise error
    assert [record.get("status") for record in records(path)] == [None, None, status]


def test_closing_without_an_end_writes_none(path: Path, records: Read) -> None:
    log = RunLogger(path)
    log.close()
    log.close()
    log.flush()
    assert [record["_type"] for record in records(path)] == ["run"]


def test_a_with_block_may_close_or_end_its_log_itself(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.close()
    with RunLogger(path) as log:
        log.end("stopped early")
        log.end()
    kinds = [(record["_type"], record.get("status")) for record in records(path)]
    assert kinds == [("run", None), ("run", None), ("end", "stopped early")]


def test_nothing_is_taken_after_the_end_or_the_close(path: Path) -> None:
    log = RunLogger(path)
    log.end()
    with pytest.raises(ValueError, match="end"):
        log.log(1)
    log.close()
    with pytest.raises(ValueError, match="closed"):
        log.event("checkpoint", step=1)
    with pytest.raises(ValueError, match="closed"):
        log.tell()


def test_tell_is_the_place_where_the_next_line_begins(path: Path) -> None:
    path.write_bytes(b'{"step":1}\n')
    with RunLogger(path) as log:
        log.log(1, {"lr": 0.1})
        place = log.tell()
        log.log(2, {"lr": 0.2})
    assert path.read_bytes()[place:].startswith(b'{"step":2,')
    assert path.read_bytes()[place - 1 : place] == b"\n"


def test_runs_have_their_own_ids_and_a_second_run_appends(path: Path, records: Read) -> None:
    for _ in range(2):
        RunLogger(path).close()
    first, second = records(path)
    assert first["run"] != second["run"]
    assert first["attempt"] == second["attempt"] == 0


def test_each_rank_writes_its_own_file_beside(tmp_path: Path, records: Read) -> None:
    for rank in (0, 1, 12):
        with RunLogger(tmp_path / "new" / "logs.jsonl", rank=rank, run="b1f0") as log:
            log.log(1, rank_seen=rank)
    names = ["logs.jsonl", "logs.rank1.jsonl", "logs.rank12.jsonl"]
    assert sorted(os.listdir(tmp_path / "new")) == names
    seen = [records(tmp_path / "new" / name)[1]["rank_seen"] for name in names]
    assert seen == [0, 1, 12]


@pytest.mark.parametrize(("option", "bad"), [("hold", 0), ("rank", -1), ("resume_step", -1)])
def test_a_log_that_cannot_be_right_is_not_begun(path: Path, option: str, bad: int) -> None:
    with pytest.raises(ValueError, match=r"at least|or more"):
        RunLogger(path, **{option: bad})  # type: ignore[arg-type]
    assert not path.exists()


def test_facts_that_json_cannot_hold_begin_no_log(path: Path) -> None:
    with pytest.raises(TypeError, match=r"meta\.model"):
        RunLogger(path, meta={"model": object()})
    assert not path.exists()


def test_a_device_that_cannot_sync_still_takes_lines() -> None:
    with RunLogger("/dev/null", fsync_every=0) as log:
        log.log(1, {"lr": 0.1})
