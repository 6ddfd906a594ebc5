"""Lines of several processes: one of them is read, of the others what is wrong with them."""

import json
import math

import pytest

from healthlint.readers import read
from healthlint.readers.ranks import ranks_of

SIGNS = {
    "torchrun": "[rank{rank}]: step {step}, loss: {loss}",
    "srun": "{rank}: step {step}, loss: {loss}",
    "mpirun": "[1,{rank}]<stdout>:step {step}, loss: {loss}",
    "icefall": "2024-01-14 01:03:00,826 INFO [train.py:1034] ({rank}/2) step {step}, loss: {loss}",
    "wenet": "step {step} loss {loss} rank {rank}",
}


def written(shape: str, ranks: tuple[int, ...], odd: str = "") -> list[str]:
    return [
        shape.format(rank=rank, step=step, loss=odd if odd and (step, rank) == (200, 1) else loss)
        for step in (100, 200, 300)
        for rank in ranks
        for loss in (round(2 - step / 400 + rank, 3),)
    ]


@pytest.mark.parametrize("shape", SIGNS.values(), ids=SIGNS)
@pytest.mark.parametrize("ranks", [(0, 1), (1, 0), (3, 2)])
def test_the_lowest_rank_is_read_whoever_comes_first(shape, ranks, tmp_path):
    path = tmp_path / "train.log"
    path.write_text("\n".join(written(shape, ranks)) + "\n")
    (run,) = read(str(path)).runs
    lowest = min(ranks)
    assert [one.values.tolist() for one in run.series.values()] == [
        [1.75 + lowest, 1.5 + lowest, 1.25 + lowest]
    ]
    assert any(f"lines of rank {lowest} are read" in note for note in run.notes)


@pytest.mark.parametrize("shape", SIGNS.values(), ids=SIGNS)
def test_a_value_of_another_rank_that_is_not_finite_is_read(shape, tmp_path):
    path = tmp_path / "train.log"
    path.write_text("\n".join(written(shape, (0, 1), odd="nan")) + "\n")
    (run,) = read(str(path)).runs
    (series,) = run.series.values()
    assert [v for v in series.values.tolist() if math.isfinite(v)] == [1.75, 1.5, 1.25]
    assert series.steps[[math.isnan(v) for v in series.values]].tolist() == [200.0]


@pytest.mark.parametrize(
    "lines",
    [
        written(SIGNS["torchrun"], (0,)),
        ["[Rank 0] step=10, skipped=0", "[Rank 1] joins", "[Rank 1] leaves", "rank 1 is done"] * 2,
        [f"{at}: loss 0.{at}" for at in range(1, 9)],
    ],
    ids=["one rank", "another one logs no loss", "steps"],
)
def test_one_process_is_no_several(lines):
    assert ranks_of(lines) is None


def records(ranks: tuple[int, ...], steps: tuple[int, ...] = (1, 2, 3)) -> list[dict]:
    return [{"step": step, "rank": rank, "loss": 2.0 + rank} for step in steps for rank in ranks]


@pytest.mark.parametrize(
    ("lines", "losses"),
    [
        (records((1, 0)), [2.0] * 3),
        ([*records((1, 0)), {"step": 4, "rank": 1, "loss": math.nan}], [2.0] * 3 + [math.nan]),
        (records((1, 0), steps=(1, 2)), [3.0, 2.0, 3.0, 2.0]),
        (records((16,)), [18.0] * 3),
    ],
    ids=["two", "not finite", "too few steps to tell", "a rank that is none of a process"],
)
def test_records_tell_their_rank(lines, losses, tmp_path):
    path = tmp_path / "logs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (run,) = read(str(path)).runs
    found = run.series["total_loss"].values.tolist()
    assert found == pytest.approx(losses, nan_ok=True)
