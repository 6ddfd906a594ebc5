"""The vocabulary of a log: the user's names, then the family's, then words, then bare siblings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from healthlint.logs import Run
from healthlint.logs.families import find_family
from healthlint.logs.naming import FIRST, Vocabulary, mistake_in
from healthlint.readers import read


def run_of(folder: Path, rows: list[dict[str, object]], **facts: object) -> Run:
    path = folder / "logs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read(str(path), facts).runs[0]


def rows(**values: float) -> list[dict[str, object]]:
    return [{"step": n, "epoch": n, **values} for n in (1, 2)]


def metrics(run: Run) -> dict[str, str]:
    return {one.name: key for key, one in run.series.items()}


class TestTheUsersNames:
    @pytest.mark.parametrize(
        "names",
        [
            {"duration_loss": "spread"},
            {"duration_loss": ["x", "Spread"]},
            {"*.jsonl": {"duration_loss": "spread"}},
            {"*/nothing/*": {"mel_loss": "spread"}, "duration_loss": "spread"},
        ],
    )
    def test_a_name_is_what_the_user_says(self, tmp_path: Path, names: object) -> None:
        run = run_of(tmp_path, rows(loss=1.0, **{"val/spread": 0.2, "spread": 0.3}), names=names)
        assert metrics(run)["val/spread"] == "val/duration_loss"
        assert metrics(run)["spread"] == "duration_loss"
        assert "names" not in run.facts

    def test_it_outranks_the_family_and_the_words(self, tmp_path: Path) -> None:
        vits = {"loss/g/mel": 20.0, "loss/g/total": 40.0, "other": 3.0}
        names = {"mel_loss": "other"}
        assert metrics(run_of(tmp_path, rows(**vits), names=names))["other"] == "mel_loss"

    def test_a_log_that_only_he_can_name_is_one_of_a_training(self, tmp_path: Path) -> None:
        path = tmp_path / "logs.jsonl"
        path.write_text('{"step": 1, "spread": 2.0}\n')
        assert not read(str(path)).runs
        assert read(str(path), {"names": {"mel_loss": "spread"}}).runs

    @pytest.mark.parametrize("names", [3, {"mel_loss": 3}, {"mel_loss": []}, {"a": {"b": {}}}, [1]])
    def test_what_is_no_name_names_nothing(self, tmp_path: Path, names: object) -> None:
        assert metrics(run_of(tmp_path, rows(loss=1.0, dur=1.0), names=names))["dur"] == "dur"

    @pytest.mark.parametrize(
        ("metric", "logged", "said"),
        [
            ("duration_loss", "dur", ""),
            ("my_own_score", "dur", ""),
            ("mel_loss", "total_loss", ""),
            ("dur", "duration_loss", "the wrong way round"),
            ("duration_los", "dur", "did you mean `duration_loss`?"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, metric: str, logged: str, said: str) -> None:
        assert said in mistake_in(metric, logged)
        assert bool(said) is bool(mistake_in(metric, logged))


class TestBareSiblings:
    HEADS: Mapping[str, float] = {"dur": 0.2, "val/pitch": 0.1, "energy": 0.1, "stop": 0.1}

    def test_beside_a_bare_mel_they_are_losses(self, tmp_path: Path) -> None:
        found = metrics(run_of(tmp_path, rows(mel=1.0, **self.HEADS)))
        assert found["dur"] == "duration_loss"
        assert found["val/pitch"] == "val/pitch_loss"
        assert found["energy"] == "energy_loss"
        assert found["stop"] == "stop_loss"

    def test_beside_a_mel_loss_they_are_not(self, tmp_path: Path) -> None:
        found = metrics(run_of(tmp_path, rows(mel_loss=1.0, **self.HEADS)))
        assert found["dur"] == "dur"

    def test_what_is_no_head_is_none(self, tmp_path: Path) -> None:
        found = metrics(run_of(tmp_path, rows(mel=1.0, gv=0.5, time_left=3.0)))
        assert (found["gv"], found["time_left"]) == ("gv", "time_left")

    def test_a_prefix_says_the_word_loss(self, tmp_path: Path) -> None:
        found = metrics(run_of(tmp_path, rows(**{"loss/g/duration": 0.2, "loss/pitch": 0.2})))
        assert found["loss/g/duration"] == "duration_loss"
        assert found["loss/pitch"] == "pitch_loss"


class TestTheFamily:
    def test_it_is_told_by_the_first_records_and_never_changes(self, tmp_path: Path) -> None:
        late = [{"step": n, "mel_loss": 1.0} for n in range(FIRST)]
        told = [*late, {"step": FIRST, "slm_loss": 1.0}]
        assert "trainer" not in run_of(tmp_path, told).facts
        assert run_of(tmp_path, told[1:]).facts["trainer"] == "styletts2"

    def test_what_the_log_or_the_user_says_outranks_its_names(self, tmp_path: Path) -> None:
        header = {"_type": "run", "_schema": "healthlint.log/1", "run": "a", "meta": {}}
        said = {**header, "meta": {"trainer": "healthlint"}}
        styletts = rows(slm_loss=1.0, mel_loss=1.0)
        assert run_of(tmp_path, [header, *styletts]).facts["trainer"] == "styletts2"
        assert run_of(tmp_path, [said, *styletts]).facts["trainer"] == "healthlint"
        assert run_of(tmp_path, [said, *styletts], trainer="vits").facts["trainer"] == "vits"

    def test_its_own_meaning_outranks_the_words(self) -> None:
        assert Vocabulary().name("diff_loss").metric == "diff_loss"
        assert Vocabulary(family=find_family("matcha")).name("diff_loss").metric == "flow_loss"
        assert Vocabulary(family=find_family("f5-tts")).name("loss").metric == "flow_loss"


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("dur", "duration_loss"),
        ("val/dur_pred", "duration_loss"),
        ("mel_los", "mel_loss"),
        ("spec_mel_out", "mel_loss"),
        ("loss_spk_encoder", "speaker_loss"),
        ("mel_loss", ""),
        ("mel_lr", ""),
        ("dur_weight", ""),
        ("mel_dur", ""),
        ("batch_size", ""),
        ("gv", ""),
    ],
)
def test_what_a_name_probably_means(name: str, metric: str) -> None:
    assert Vocabulary().likely(name) == metric


def test_a_remark_tells_how_to_say_it(tmp_path: Path) -> None:
    run = run_of(tmp_path, rows(mel_loss=1.0, **{"val/dur": 0.1, "my pitch": 0.1, "f0 head": 1.0}))
    assert "`dur` may be duration_loss: --name duration_loss=dur" in run.notes
    assert "`my pitch` may be pitch_loss: --name pitch_loss='my pitch'" in run.notes
    named = run_of(tmp_path, rows(mel_loss=1.0, dur=0.1, duration_loss=0.2))
    assert not [note for note in named.notes if "may be" in note]
