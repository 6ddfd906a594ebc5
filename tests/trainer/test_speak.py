"""A checkpoint of this trainer speaks: recognised by a probe, made, heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from healthlint.probing import ProbePlan, probe, synthesizers
from healthlint.trainer import checkpoint
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.speak import load_model, phones_of


def test_a_run_is_probed(start: Callable[..., tuple[Path, bool]], tmp_path: Path) -> None:
    pytest.importorskip("soundfile")
    out, _ = start("spoken", save_every=2)
    assert synthesizers.recognised(out / "checkpoints" / "epoch_002.pt") == "healthlint"
    plan = ProbePlan(
        models=(str(out / "checkpoints" / "epoch_002.pt"),),
        texts=("Привет.",),
        out=tmp_path / "kept",
    )
    made = probe(plan)
    sample = made.samples[0]
    assert (made.synthesizer, sample.problem) == ("healthlint", "")
    assert sample.heard is not None and 0.1 < sample.heard.seconds < 60
    assert probe(plan).samples[0].made.is_kept


def test_a_text_of_phones_that_it_never_saw() -> None:
    with pytest.raises(TrainerError, match="never saw these phones"):
        phones_of("Привет.", "espeak", ["", "x"])


def test_a_corpus_without_a_dictionary() -> None:
    with pytest.raises(TrainerError, match="festvox has phones of its own"):
        phones_of("Привет.", "festvox:somewhere", ["", "a"])


def test_letters_of_a_folder() -> None:
    symbols = ["", "_", "а", "д"]
    assert phones_of("Да, да!", "folder:x", symbols) == [1, 3, 2, 1, 3, 2, 1]


def test_weights_that_do_not_fit(start: Callable[..., tuple[Path, bool]]) -> None:
    out, _ = start("unfit", epochs=1)
    state = checkpoint.load(out / "checkpoints" / "last.pt")
    state["config"]["hidden"] = 32
    with pytest.raises(TrainerError, match="do not fit"):
        load_model(state)
