"""A log that is read while it grows is the log that is read at its end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from watching.replaying import ROOT, lines_of

from healthlint.logs import Log
from healthlint.looking import look
from healthlint.readers import source
from healthlint.watching import tails
from healthlint.watching.course import SHORTEST_STALL
from healthlint.watching.following import Follower, Head

RUN = ROOT / "runs/killed-and-resumed/logs.jsonl"
GROWING = (
    *("jsonl/late-key.jsonl", "jsonl/list-lines.jsonl", "scars/timm-summary.csv"),
    *("scars/semicolons.csv", "scars/coqui.txt", "scars/printed.out", "scars/bars.out"),
    *("scars/mlperf.log", "scars/mmcv.json", "scars/fairseq.log", "scars/fastspeech2.txt"),
    *("scars/styletts2.log", "scars/jets.log", "scars/mel_loss.txt", "scars/rvc.log"),
    *("scars/so-vits.log", "scars/vits.log", "formats/lightning-csv/metrics.csv"),
    *("formats/lightning-console/console.out", "formats/hf-console/console.out"),
)


def plain(thing: object) -> object:
    """Return all that a log holds as data that can be compared, NaN and all."""
    if is_dataclass(thing):
        return {one.name: plain(getattr(thing, one.name)) for one in fields(thing)}
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, thing.tobytes()
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple, range)):
        return [plain(one) for one in thing]
    return repr(thing)


def grown(follower: Follower, path: Path, pieces: Iterable[bytes]) -> Iterator[Log]:
    """Yield what a follower makes of a file after each piece; the last line counts at once."""
    log = Log(path=str(path), format="")
    for piece in pieces:
        with path.open("ab") as out:
            out.write(piece)
        log = follower.look(is_over=True).log or log
        yield log


def cut(data: bytes, cuts: Iterable[float]) -> list[bytes]:
    """Return data in pieces that end at shares of its length."""
    ends = sorted({0, *(int(share * len(data)) for share in cuts), len(data)})
    return [data[start:stop] for start, stop in pairwise(ends)]


def losses(log: Log) -> list[float]:
    """Return the values of the first metric."""
    found: list[float] = next(iter(log.runs[0].series.values())).values.tolist()
    return found


shares = st.lists(st.floats(0, 1), max_size=4)


@pytest.mark.parametrize("name", GROWING)
@examples(3)
@given(cuts=shares)
def test_lines_cut_anywhere_make_the_log_of_the_whole_file(
    name: str, cuts: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = (ROOT / name).read_bytes()
    path = tmp_path_factory.mktemp("log") / Path(name).name
    with pytest.MonkeyPatch.context() as patch:  # a beginning that is full early
        patch.setattr(source, "HEAD", len(data))
        patch.setattr(tails, "HEAD", len(data))
        for log in grown(Follower(str(path), {}), path, cut(3 * data, cuts)):
            assert plain(log) == plain(look(str(path)))
    assert log.lines is not None


@pytest.mark.parametrize("name", ["tensorboard-torch", "tensorboard-tensors"])
@examples(5)
@given(cuts=shares)
def test_event_files_cut_anywhere_make_the_log_of_the_whole_folder(
    name: str, cuts: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    follower, files = Follower(str(folder), {}), sorted((ROOT / "formats" / name).rglob("*tfev*"))
    for file in files:
        path = folder / file.relative_to(ROOT / "formats" / name)
        path.parent.mkdir(exist_ok=True, parents=True)
        for log in grown(follower, path, cut(file.read_bytes(), cuts)):
            assert plain(log) == plain(look(str(folder)))
    assert log.runs


def test_a_line_that_is_being_written_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    whole = b"".join(lines_of(RUN)[:20])
    path.write_bytes(whole + b'{"step": 30, "train/mel_')
    log = Follower(str(path), {}).look().log
    assert log is not None
    assert log.problems == ()
    assert log.runs


def test_a_log_that_has_not_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_bytes(RUN.read_bytes())
    follower = Follower(str(path), {})
    assert follower.look().log is not None
    assert follower.look().log is None


def test_a_torn_row_counts_once_nobody_writes_on_it(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss\n" + "".join(f"{n},{9 / (n + 1)}\n" for n in range(20)) + "20,0.")
    follower, written = Follower(str(path), {}), path.stat().st_mtime
    seen = [
        follower.look(written + age) for age in (0, SHORTEST_STALL - 0.1, SHORTEST_STALL + 0.1, 99)
    ]
    assert [one.log and len(losses(one.log)) for one in seen] == [20, None, 21, None]
    assert [one.is_grown for one in seen if one.log] == [True, False]
    with path.open("a") as out:
        out.write("125\n")
    log = follower.look(written).log
    assert log is not None
    assert losses(log)[-1] == 0.125


def test_a_torn_line_in_a_folder_that_is_read_as_a_whole_waits_too(tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        lines = "".join(f"Step {n}/900, Mel Loss: 0.{900 - n}\n" for n in range(100, 200))
        (tmp_path / split / "log.txt").write_text(lines + "Step 200/900, Mel Loss: 0.")
    written = (tmp_path / "val/log.txt").stat().st_mtime
    follower = Follower(str(tmp_path), {})
    seen = [follower.look(written + age).log for age in (0, SHORTEST_STALL + 1)]
    assert [log and 0.0 in losses(log) for log in seen] == [False, True]


def test_a_bar_counts_while_its_line_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "console.out"
    bars = "".join(f"\rEpoch 0:  5%|# | {n}/99 [0, train_loss=4.5{n}]" for n in range(1, 9))
    path.write_text(bars + "\rEpoch 0: 9%|# | 9/99 [0, train_lo")
    log = Follower(str(path), {}).look().log
    assert log is not None
    assert losses(log)[-1] == 4.58


def test_a_format_that_is_read_as_a_whole_is_read_anew(tmp_path: Path) -> None:
    path, rows = tmp_path / "trainer_state.json", [{"step": n, "loss": 1.0} for n in range(9)]
    path.write_text(json.dumps({"log_history": rows[:5], "global_step": 5}))
    follower = Follower(str(path), {})
    first = follower.look().log
    path.write_text(json.dumps({"log_history": rows, "global_step": 9}))
    second = follower.look().log
    assert first is not None
    assert second is not None
    assert len(losses(second)) == len(losses(first)) + 4


def test_event_files_that_change_are_said_and_read_anew(tmp_path: Path) -> None:
    first, second = sorted((ROOT / "formats/tensorboard-resumed").iterdir())
    data = first.read_bytes()
    path, other = tmp_path / first.name, tmp_path / second.name
    follower = Follower(str(tmp_path), {})
    said = []
    for file, held in (
        *((path, data[:2000]), (path, data), (other, second.read_bytes()), (path, data[:900])),
        (path, second.read_bytes()),
    ):
        file.write_bytes(held)
        news = follower.look(is_over=True)
        said.append(news.incident)
        assert plain(news.log) == plain(look(str(tmp_path)))
    assert said == [None, None, None, "truncated", "replaced"]
    other.unlink()
    news = follower.look(is_over=True)
    assert (news.incident, plain(news.log)) == (None, plain(look(str(tmp_path))))


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    follower = Follower(str(path), {})
    news = follower.look()
    assert (news.incident, news.log is not None and news.log.problems[0].message) == (
        None,
        "no such file",
    )
    path.write_bytes(RUN.read_bytes())
    news = follower.look()
    assert news.incident is None
    assert news.log is not None
    assert news.log.runs


def test_a_file_is_known_by_its_beginning() -> None:
    assert Head.of(b"abc").knows(b"abcd")
    assert not Head.of(b"abc").knows(b"ab")
    assert not Head.of(b"abc").knows(b"xbcd")
    assert Head().knows(b"anything")


def test_a_line_of_many_megabytes_is_left_out_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    rows = [json.dumps({"step": n, "loss": 1.0}) for n in range(3)]
    path.write_text("\n".join([rows[0], '{"x": "' + "y" * (17 << 20) + '"}', rows[1], rows[2], ""]))
    log = Follower(str(path), {}).look().log
    assert log is not None
    assert plain(log) == plain(look(str(path)))
    assert len(log.lines) == 3
