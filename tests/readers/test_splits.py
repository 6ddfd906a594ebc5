"""Records that tell their split: a test set beside a validation, and alone."""

import json

import pytest

from healthlint.readers import read


def series_of(path, records: list[dict]) -> dict[str, list[float]]:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    (run,) = read(str(path)).runs
    return {key: one.values.tolist() for key, one in run.series.items()}


def wide(split: str, loss: float, epoch: int) -> dict:
    return {"epoch": epoch, "split": split, "loss": loss}


def long(split: str, loss: float, epoch: int) -> dict:
    return {"epoch": epoch, "split": split, "name": "loss", "value": loss}


@pytest.mark.parametrize("record", [wide, long])
def test_a_test_set_beside_a_validation_is_kept_apart(record, tmp_path):
    records = [
        record(split, loss + epoch, epoch)
        for epoch in (1, 2)
        for split, loss in (("train", 0.1), ("val", 0.2), ("test", 0.3))
    ]
    found = series_of(tmp_path / "log.jsonl", records)
    assert found["train/total_loss"] == [1.1, 2.1]
    assert found["val/total_loss"] == [1.2, 2.2]
    assert found["test/loss"] == [1.3, 2.3]


@pytest.mark.parametrize("record", [wide, long])
@pytest.mark.parametrize("word", ["test", "eval", "dev"])
def test_the_only_other_set_stands_for_a_validation(record, word, tmp_path):
    records = [record(split, 0.5, epoch) for epoch in (1, 2) for split in ("train", word)]
    assert set(series_of(tmp_path / "log.jsonl", records)) == {"train/total_loss", "val/total_loss"}


def test_a_name_that_tells_the_split_itself_is_left_as_it_is(tmp_path):
    records = [{"epoch": epoch, "split": "test", "test_loss": 0.5} for epoch in (1, 2)]
    path = tmp_path / "log.jsonl"
    assert series_of(path, records) == {"val/total_loss": [0.5, 0.5]}
    assert read(str(path)).runs[0].series["val/total_loss"].name == "test_loss"


def test_sets_of_a_validation_are_kept_apart_by_their_names(tmp_path):
    records = [
        {"epoch": epoch, "set": name, "loss": loss + epoch}
        for epoch in (1, 2)
        for name, loss in (("train-960", 0.1), ("dev-clean", 0.2), ("dev_other", 0.3))
    ]
    found = series_of(tmp_path / "log.jsonl", records)
    assert found == {
        "total_loss": [1.1, 2.1],
        "val/total_loss": [1.2, 2.2],
        "val/loss other": [1.3, 2.3],
    }


@pytest.mark.parametrize("word", ["val_epoch", "validation_set", "valid-loss", "dev-clean"])
def test_one_set_alone_keeps_its_names(word, tmp_path):
    records = [{"epoch": epoch, "split": word, "mel_loss": 0.5} for epoch in (1, 2)]
    assert set(series_of(tmp_path / "log.jsonl", records)) == {"val/mel_loss"}


def test_a_nested_record_of_another_set_is_called_by_it_at_the_end(tmp_path):
    records = [
        {"epoch": epoch, "split": word, "metrics": {"loss": 0.5}}
        for epoch in (1, 2)
        for word in ("dev-clean", "dev-other")
    ]
    found = series_of(tmp_path / "log.jsonl", records)
    assert set(found) == {"val/total_loss", "val/metrics/loss other"}


@pytest.mark.parametrize(
    ("key", "word"), [("event", "val-epoch"), ("set", "clean-dev"), ("set", 5)]
)
def test_words_that_name_no_such_set_tell_nothing(key, word, tmp_path):
    records = [{"epoch": epoch, key: word, "loss": 0.5} for epoch in (1, 2)]
    assert "total_loss" in series_of(tmp_path / "log.jsonl", records)
