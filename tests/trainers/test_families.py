"""Each family of trainers is told by its logs, and what it calls things is read as its file says.

The samples of the files are lines of the shape that the named sources write; values are made up.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from trainers.samples import first_values, run_of

from healthlint.checking import check
from healthlint.logs import families
from healthlint.logs.families import Family, find_family, is_higher_better, told_by
from healthlint.logs.scales import SPACES, presets
from healthlint.logs.shipped import FILE
from healthlint.rulebook import RulebookError
from healthlint.rulebook.trainers import add_trainers, compile_trainers
from healthlint.rulebook.yaml12 import parse

FOLDER = Path(__file__).parents[2] / "rules" / "trainers"
FILES = sorted(FOLDER.glob("*.yaml"))
SAID: Mapping[str, Mapping[str, Any]] = {
    file.stem: parse(file.read_text("utf-8"), file.name).data  # type: ignore[misc]
    for file in FILES
}
SAMPLES = [(name, sample) for name, said in SAID.items() for sample in said["samples"]]
UNTOLD = {"any", "keras"}  # nothing in their names tells them


@pytest.fixture
def _own() -> Iterator[None]:
    before = dict(families._added)
    yield
    families._added.clear()
    families.add(before.values())


def test_there_are_families_and_each_has_a_sample() -> None:
    assert len(FILES) > 25
    assert {name for name, said in SAID.items() if not said["samples"]} == set()


def test_what_ships_is_what_the_files_say() -> None:
    assert FILE.read_text("utf-8") == compile_trainers(FILES)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_sample(name: str, sample: Mapping[str, Any], tmp_path: Path) -> None:
    run = run_of(sample, tmp_path)
    family = find_family(run.facts.get("trainer"))
    found = first_values(run)
    assert {key: found.get(key) for key in sample["read"]} == sample["read"]
    assert (family.name if family else "") == ("" if name in UNTOLD else name)


@pytest.mark.parametrize("name", sorted(SAID.keys() - {"any"}))
def test_a_file_is_named_as_its_trainer_and_spaces_are_known(name: str) -> None:
    assert SAID[name]["trainer"] == name
    assert {one.space for one in presets()[name].metrics.values()} <= {None, *SPACES}


def test_only_the_guides_own_trainers_have_its_standing() -> None:
    own = {name for name, one in families.families().items() if one.standing == "guide"}
    assert own == {"kokoro-ruslan", "healthlint"}


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["loss/g/mel"], "vits"),
        (["loss/g/mel", "loss/g/lf0"], "so-vits-svc"),
        (["loss_mel"], None),
        (["loss_mel", "loss_kl"], None),
        (["loss_mel", "loss_kl", "loss_feat", "current_lr_0"], "coqui-vits"),
        (["loss_spec", "current_lr_0"], "coqui"),
        (["train/mel_loss", "val/mel_loss", "lr", "grad_norm", "dur_loss"], None),
        (["t_mel_loss", "t_dur_loss"], "nemo-fastpitch"),
        (["mel_loss", "dur_loss"], None),
        (["prior_loss", "train_diff_loss"], "matcha"),
        (["prior_loss"], None),
        (["loss", "eval_loss", "learning_rate", "grad_norm"], None),
    ],
)
def test_most_names_together_tell_the_family(names: list[str], family: str | None) -> None:
    found = told_by(names)
    assert (found.name if found else None) == family


def test_a_console_tells_more_than_one_name_and_less_than_two() -> None:
    assert told_by(["loss/g/mel"], ["rvc"]) is find_family("rvc")
    assert told_by(["loss/g/mel", "loss/g/lf0"], ["rvc"]) is find_family("so-vits-svc")


@pytest.mark.parametrize("metric", ["accuracy", "val_chrF", "eval_f1", "top_3_acc", "bbox_mAP"])
def test_more_is_better(metric: str) -> None:
    assert is_higher_better(metric)


@pytest.mark.parametrize(
    "metric", ["mel_loss", "acc_loss", "accuracy_error", "wer", "perplexity", "recall_loss", ""]
)
def test_less_is_better(metric: str) -> None:
    assert not is_higher_better(metric)


MADE_UP = """\
    schema: healthlint.trainer/1
    trainer: tonewright
    marks: {names: [[tone, pace]]}
    names:
      tone: {is: mel_loss, kind: l1, space: ln-power-mel}
      pace: {is: duration_loss, kind: huber, space: ln1p-frames}
      likeness: likeness
    higher_is_better: [likeness]
    standing: guide
    samples: [{line: "epoch 1: tone 2.0", read: {mel_loss: 2.0}}]
"""


def own_rules(folder: Path, text: str = MADE_UP) -> str:
    (folder / "rules" / "trainers").mkdir(parents=True)
    path = folder / "rules" / "trainers" / "tonewright.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(path)


@pytest.mark.usefixtures("_own")
def test_a_family_of_ones_own_is_one_file(tmp_path: Path) -> None:
    log = tmp_path / "logs.jsonl"
    rows = [{"step": n, "epoch": n, "tone": 2.0 / n, "pace": 1.0 / n} for n in range(1, 9)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert not check(log).logs[0].standing
    report = check(log, rules=[own_rules(tmp_path)])
    heads = {head.metric: head.phase for head in report.logs[0].standing}
    assert heads == {"mel_loss": "Professional", "duration_loss": "below 0.3"}
    assert is_higher_better("likeness")


@pytest.mark.usefixtures("_own")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("names: [a]", "rules/trainers/tonewright.yaml:3:8: expected a mapping"),
        ("standng: none", "did you mean `standing`?"),
        ("names: {tone: {is: mel_loss, spcae: x}}", "did you mean `space`?"),
        ("names: {tone: 3}", "`3` names no quantity"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, wrong: str, said: str) -> None:
    path = own_rules(tmp_path, f"schema: healthlint.trainer/1\ntrainer: tonewright\n{wrong}\n")
    with pytest.raises(RulebookError) as refused:
        add_trainers([path])
    assert said in str(refused.value)


def test_a_family_without_a_word_of_its_own_is_told_by_nothing() -> None:
    assert Family("x", {}).told_by(frozenset({frozenset({"loss"})})) == 0
