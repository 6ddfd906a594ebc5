"""Records without any axis are counted; names in both splits tell a training."""

import json
from pathlib import Path

import pytest

from healthlint.readers import read


def written(path: Path, *records: dict[str, float]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


@pytest.mark.parametrize(("count", "is_read"), [(2, False), (3, True)])
def test_three_records_of_a_loss_are_worth_it(tmp_path: Path, count: int, is_read: bool) -> None:
    log = read(written(tmp_path / "a.jsonl", *({"loss": 1 / n} for n in range(1, count + 1))))
    assert bool(log.runs) is is_read
    if is_read:
        assert log.runs[0].series["total_loss"].steps.tolist() == [1, 2, 3]
        assert "no step and no epoch in it: records are counted" in log.runs[0].notes


@pytest.mark.parametrize(
    ("names", "is_read"),
    [
        (("train_oddity", "val_oddity"), True),
        (("train_oddity", "val_rarity"), False),
        (("oddity", "val_oddity"), False),
    ],
)
def test_a_name_in_both_splits_tells_a_training(
    tmp_path: Path, names: tuple[str, str], is_read: bool
) -> None:
    records = ({"epoch": n, **dict.fromkeys(names, 1 / n)} for n in range(1, 5))
    assert bool(read(written(tmp_path / "a.jsonl", *records)).runs) is is_read
