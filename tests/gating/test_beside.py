"""Checkpoints whose losses promise no speech, that say nothing of themselves, and folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from gating.making import checkpoint, torch_zip, weights
from gating.place import Place, check, gated


def kokoro(epoch: int, seed: int = 0, **changes: object) -> dict[str, object]:
    """Return the content of a checkpoint of kokoro-ruslan, saved after an epoch."""
    average = {"ema_model_state_dict": weights(seed + 50)}
    said = {"epoch": epoch - 1, "current_optimizer_step": 50 * epoch, "val_mel_loss": 0.34}
    return {"model_state_dict": weights(seed), **said, **average, **changes}


GOOD, BAD = (0.59, 0.3), (4.85, 2.33, 0.7, 0.6)


@pytest.mark.parametrize("mel", [*BAD, *GOOD])
def test_unheard_a_model_ships_only_where_words_can_be_made_out(
    place: Place, capsys: pytest.CaptureFixture[str], mel: float
) -> None:
    for number, row in enumerate(place.records):
        row["val/mel_loss"] = mel * 1.02 ** (len(place.records) - 1 - number)
    path = place.save("epoch_0020.pt")
    place.write()
    code, made = gated(capsys, path)
    assert (code, made["decision"]) == ((0, "ship") if mel in GOOD else (3, "cannot tell"))
    assert ("no word can be made out" in check(made, "samples")["message"]) is (mel in BAD)


def test_on_another_scale_nothing_is_said_of_words(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in place.records:
        row["val/mel_loss"] = 22.0
    path = place.save("epoch_0020.pt")
    place.write()
    scale = ("--fact", "metrics.mel_loss.kind=mse", "--fact", "metrics.mel_loss.space=other")
    _, made = gated(capsys, path, *scale)
    assert "no word" not in check(made, "samples")["message"]


def final(place: Place, seed: int) -> Path:
    """Save two checkpoints of a course and a final model without epoch, step or losses."""
    for epoch, own in ((10, 1), (20, 2)):
        torch_zip(place.folder / f"checkpoint_epoch_{epoch}.pth", kokoro(epoch, own))
    path = place.folder / "kokoro_russian_final.pth"
    torch_zip(path, {"model_state_dict": weights(seed), "model_metadata": {}})
    place.write()
    return path


@pytest.mark.parametrize(("seed", "epoch"), [(1, 10), (2, 20)])
def test_a_final_model_is_of_the_checkpoint_whose_weights_it_equals(
    place: Place, capsys: pytest.CaptureFixture[str], seed: int, epoch: int
) -> None:
    _, made = gated(capsys, final(place, seed))
    assert made["epoch"] == epoch
    said = check(made, "log")
    assert said["message"] == f"epoch {epoch}, step {50 * epoch}, as logged"
    twin, average, *_ = said["notes"]
    assert twin == f"its weights are those of checkpoint_epoch_{epoch}.pth, bit for bit"
    assert "raw weights" in average and "no loss of the log is of these" in average


def test_a_final_model_that_equals_none_is_of_no_epoch(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    _, made = gated(capsys, final(place, 3))
    assert made["epoch"] is None
    assert check(made, "log")["state"] == "not_judged"


def test_of_a_folder_the_final_model_is_taken(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    final(place, 2)
    _, made = gated(capsys, place.folder)
    assert Path(made["path"]).name == "kokoro_russian_final.pth"
    assert check(made, "name")["notes"] == [f"of {place.folder}, the one that inference takes"]


def test_without_a_final_model_the_latest_is_taken(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    final(place, 2).unlink()
    shutil.copy(place.folder / "checkpoint_epoch_10.pth", place.folder / "checkpoint_epoch_9.pth")
    _, made = gated(capsys, place.folder)
    assert Path(made["path"]).name == "checkpoint_epoch_20.pth"


def test_a_folder_without_checkpoints_is_refused(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write()
    code, made = gated(capsys, place.folder)
    assert (code, made["decision"]) == (2, "hold")


@pytest.mark.parametrize(("name", "before"), [("20", "10"), ("30", "20")])
def test_parts_are_compared_with_the_checkpoint_before(
    place: Place, capsys: pytest.CaptureFixture[str], name: str, before: str
) -> None:
    """Where the log announces none, the numbers in the names say which one that is."""
    place.write()
    for epoch in (10, 20, 30):
        torch_zip(place.folder / f"checkpoint_epoch_{epoch}.pth", checkpoint(min(epoch, 20)))
    less = weights()
    del less["decoder.weight"]
    path = torch_zip(place.folder / f"checkpoint_epoch_{name}.pth", checkpoint(model=less))
    _, made = gated(capsys, path)
    assert f"against checkpoint_epoch_{before}.pth: decoder is missing" in json.dumps(made)
