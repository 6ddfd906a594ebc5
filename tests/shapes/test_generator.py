"""The generator of training logs: the same seed, the same log; noise and patterns as promised."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shapes.course import Sizes
from shapes.draw import Draw
from shapes.faults import FAULTS
from shapes.healthy import HEALTHY
from shapes.noise import TRAIN, Noise

from healthlint.readers import read


def rows(text: str) -> list[dict[str, object]]:
    return [row for row in map(json.loads, text.splitlines()) if "_type" not in row]


def column(text: str, name: str) -> np.ndarray:
    return np.array([row[name] for row in rows(text) if name in row], float)


@pytest.mark.parametrize("shape", HEALTHY)
def test_a_seed_is_a_log(shape: str) -> None:
    once, again, other = (HEALTHY[shape](Draw(shape, seed)) for seed in (3, 3, 4))
    assert once == again
    assert once != other


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_begins_within_its_log(name: str) -> None:
    once, again = (FAULTS[name].make(Draw(name, 3)) for _ in range(2))
    assert once == again
    last = max(int(row["epoch"]) for row in rows(once.text))  # type: ignore[call-overload]
    assert 1 <= once.epoch <= last


@pytest.mark.parametrize("shape", HEALTHY)
def test_every_line_is_read(shape: str, tmp_path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_text(HEALTHY[shape](Draw(shape, 0)))
    log = read(str(path))
    assert log.problems == ()
    assert log.runs


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5])
@pytest.mark.parametrize("is_heavy", [False, True])
def test_noise_has_the_size_and_autocorrelation_it_says(rho: float, is_heavy: bool) -> None:
    noise = Draw("noise", 0).noise(20_000, rho, is_heavy=is_heavy)
    assert abs(noise.std() - 1) < 0.05
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1] - rho) < 0.03
    kurtosis = float(((noise - noise.mean()) ** 4).mean() / noise.var() ** 2)
    assert (kurtosis > 3.3) == is_heavy


def test_heads_share_a_part_of_their_noise() -> None:
    """Mel and spectral convergence share nine tenths, the others less than a third."""
    noise = Noise(TRAIN, 1.0, 0.0, 0.9, is_heavy=False)
    ones = {m: np.ones(4000) for m in ("mel_loss", "spectral_convergence", "energy_loss")}
    seen = noise.onto(Draw("shared", 0), ones, np.ones(4000))
    mel, sc, energy = (np.log(seen[metric]) for metric in ones)
    assert abs(np.corrcoef(mel, sc)[0, 1] - 0.9) < 0.03
    assert 0.3 < np.corrcoef(mel, energy)[0, 1] < 0.6


def test_rows_are_where_sizes_say() -> None:
    size = Sizes(epochs=4, per_epoch=10, every=5, val_each=2)
    assert size.train_steps.tolist() == [5, 10, 15, 20, 25, 30, 35, 40]
    assert size.val_steps.tolist() == [20, 40]


def test_the_patterns_are_there() -> None:
    """Negative likelihoods, losses at 0, steps that go back, jumps: each shape shows its own."""
    vits = HEALTHY["negative_likelihood"](Draw("negative_likelihood", 0))
    assert column(vits, "loss/g/dur").min() < 0
    stages = HEALTHY["stages"](Draw("stages", 0))
    gen = column(stages, "train/gen_loss")
    assert gen[0] == 0
    assert gen[-1] > 0
    steps = column(HEALTHY["resumed"](Draw("resumed", 0)), "step")
    assert (np.diff(steps) < 0).any()
    overflow = HEALTHY["first_step_overflows"](Draw("first_step_overflows", 0))
    assert any(
        not np.isfinite(value) for value in rows(overflow)[0].values() if isinstance(value, float)
    )


def test_a_head_that_overfits_leaves_mel() -> None:
    """Validation duration ends well above its best, mel at its best."""
    seen = 0
    for seed in range(20):
        text = HEALTHY["duration_overfits"](Draw("duration_overfits", seed))
        duration, mel = (column(text, f"val/{metric}_loss") for metric in ("duration", "mel"))
        if len(duration):
            seen += 1
            assert duration[-1] > 1.1 * duration.min()
            assert mel[-1] < 1.03 * mel.min()
    assert seen >= 3
