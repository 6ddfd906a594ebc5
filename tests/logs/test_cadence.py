"""Dense rows and epoch means of one metric: two series, neither hides the other."""

import json

import pytest

import healthlint
from healthlint.readers import read


def write(folder, rows) -> str:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def rows(dense: str, mean: str, before: int = 10, epochs: int = 3) -> list[dict]:
    """Return the rows of a training that logs some steps, then their mean."""
    found = []
    for epoch in range(1, epochs + 1):
        steps = range((epoch - 1) * before + 1, epoch * before + 1)
        found += [{"step": step, dense: 1 / step} for step in steps]
        found.append({"step": epoch * before, "epoch": epoch, mean: 1 / epoch})
    return found


def lengths(path: str) -> dict[str, int]:
    return {key: len(one) for key, one in read(path).runs[0].series.items()}


@pytest.mark.parametrize(
    ("dense", "mean", "keys"),
    [
        ("loss", "train_loss", ("total_loss", "train/total_loss@epoch")),
        ("train_loss", "loss", ("train/total_loss", "total_loss@epoch")),
        ("train/mel_loss", "train/mel", ("train/mel_loss", "train/mel_loss@epoch")),
        ("loss/mel", "loss/train_mel_epoch", ("mel_loss", "train/mel_loss@epoch")),
        ("train_loss_step", "train_loss_epoch", ("train/total_loss", "train/total_loss@epoch")),
        ("val_loss_step", "val_loss_epoch", ("val/total_loss", "val/total_loss@epoch")),
        ("val_loss", "test_loss", ("val/total_loss", "test_loss")),
        ("train/mel_loss", "train/mel_postnet_loss", ("train/mel_loss", "train/mel_postnet_loss")),
    ],
)
def test_which_is_which(tmp_path, dense, mean, keys):
    assert lengths(write(tmp_path, rows(dense, mean))) == dict(zip(keys, (30, 3), strict=True))


@pytest.mark.parametrize(
    ("before", "key"), [(4, "train/total_loss@epoch"), (3, "train/total_loss")]
)
def test_a_mean_comes_after_four_values(tmp_path, before, key):
    assert key in lengths(write(tmp_path, rows("loss", "train_loss", before)))


def test_a_name_that_says_epoch_is_a_mean_wherever_it_comes(tmp_path):
    path = write(tmp_path, [{"step": 9, "train_mel_epoch": 2.0}, {"step": 10, "mel_loss": 1.0}])
    assert set(lengths(path)) == {"mel_loss", "train/mel_loss@epoch"}


def test_an_epoch_mean_alone_is_the_metric(tmp_path):
    path = write(tmp_path, [{"step": at, "train_mel_epoch": 1 / at} for at in range(1, 9)])
    assert lengths(path) == {"train/mel_loss": 8}


def test_the_mean_is_found_by_its_dense_series(tmp_path):
    timeline = read(write(tmp_path, rows("loss", "train_loss"))).runs[0].current
    mean = timeline.mean_of(timeline.series["total_loss"])
    assert (mean.key, mean.cadence, mean.metric) == ("train/total_loss@epoch", "mean", "total_loss")
    assert mean.take(slice(1)).key == mean.key


def test_a_spike_beside_epoch_means_is_seen(tmp_path):
    log = rows("loss", "train_loss", before=100, epochs=4)
    for row in log:
        if 330 <= row["step"] < 350 and "loss" in row:
            row["loss"] *= 20
    findings = healthlint.check(write(tmp_path, log)).logs[0].findings
    told = [each for one in findings for each in (one, *one.folded)]
    assert ("core/loss-spike", 331) in [(each.rule, each.first.step) for each in told]


def test_what_is_shown_was_logged(tmp_path):
    log = [{"step": at, "train/mel_loss": 1 + 1 / at} for at in range(1, 200)]
    (mel,) = (
        each
        for each in healthlint.check(write(tmp_path, log)).logs[0].standing
        if each.metric == "mel_loss"
    )
    assert (mel.value, mel.best, mel.best_place.step) == (1 + 1 / 199, 1 + 1 / 199, 199)
