"""Healthy logs that look like faults raise nothing at warning or above.

Each run is drawn: its length, noise, schedule, how it was rounded and how its validation is
written; an adversarial stage that begins late (zeros before it, or nothing), a regulariser that is
computed every few steps and 0 between, a loss that rests for good, a stage loss that ends.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from healthlint.engine import judge
from healthlint.logs import Log, Run, Series, Timeline
from healthlint.report import LogReport
from healthlint.rulebook import load

RULES = load().select(["core"])
SEEDS = range(40)
ADVERSARIAL = ("gen_loss", "feature_matching_loss", "disc_loss")


class Drawn:
    """The records of one drawn run and what is common to its losses."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        epochs, each = int(self.rng.integers(20, 80)), int(self.rng.choice([5, 20, 40]))
        count = np.arange(epochs * (each + 1))
        self.is_val = count % (each + 1) == each
        self.epochs = np.floor(count / (each + 1)) + 1
        self.steps = np.cumsum(~self.is_val) * 10.0
        self.x = count / len(count)
        shape = self.rng.choice(["constant", "cosine", "restarts"])
        turns = {"constant": 0, "cosine": 1, "restarts": 4}[str(shape)]
        self.lr = 0.5 * (1 + np.cos(np.pi * ((self.x * turns) % 1)))
        self.noise = float(self.rng.choice([0.005, 0.02, 0.08]))
        self.decimals = int(self.rng.choice([17, 4, 3]))
        self.late = float(self.rng.uniform(0.1, 0.7))
        self.is_logged_late = bool(self.rng.integers(2))

    def written(self, curve: np.ndarray, is_val: bool) -> np.ndarray:
        """Return a curve as it is logged: noisy (less so as the rate falls) and rounded."""
        scatter = self.rng.standard_normal(len(curve)) * (0.2 * self.lr if is_val else 1.0)
        return np.round(curve * (1 + self.noise * scatter), self.decimals)

    def begun(self, level: float, is_val: bool) -> np.ndarray:
        """Return a loss that rests at exactly 0 until the adversarial stage begins."""
        curve = np.full(len(self.x), level)
        return np.where(self.x < self.late, 0.0, self.written(curve, is_val))

    def parts(self, is_val: bool) -> dict[str, np.ndarray]:
        """Return the losses of a split."""
        level, is_late = float(self.rng.choice([0.5, 0.5, 22.0])), self.x >= self.late
        bump = np.where(is_late, 0.1 * level * np.exp(-20 * (self.x - self.late)), 0.0)
        mel = level * (1 + 3 * np.exp(-7 * self.x)) + bump
        losses = {
            "mel_loss": self.written(mel, is_val),
            "duration_loss": self.written(0.15 + 0.5 * np.exp(-9 * self.x), is_val),
            "energy_loss": self.written(0.001 + 0.03 * np.exp(-8 * self.x), is_val),
            "gen_loss": self.begun(2.5, is_val),
            "feature_matching_loss": self.begun(1.2, is_val),
        }
        losses["total_loss"] = np.round(sum(losses.values()), self.decimals)
        if not is_val:
            every = np.arange(len(mel)) % 16 == 0
            losses["disc_loss"] = self.begun(3.0, is_val)
            losses["r1_loss"] = np.where(every, self.written(mel, is_val), 0.0)
            losses["bin_loss"] = np.zeros(len(mel))
            losses["lr"] = 1e-3 * self.lr
        return losses

    def log(self) -> Log:
        """Return the log; in one run of four validation is repeated in every row."""
        series: dict[str, Series] = {}
        is_repeated = self.rng.random() < 0.25
        for split, own in (("train", ~self.is_val), ("val", self.is_val)):
            for metric, values in self.parts(split == "val").items():
                kept, shown = own, values
                if split == "val" and is_repeated:
                    last = np.maximum.accumulate(np.where(own, np.arange(len(own)), -1))
                    kept, shown = last >= 0, values[np.maximum(last, 0)]
                if metric in ADVERSARIAL and self.is_logged_late:
                    kept = kept & (self.x >= self.late)
                series[f"{split}/{metric}"] = self._series(split, metric, kept, shown)
        timeline = Timeline(
            attempt=0, series=series, first_record=0, last_record=len(self.x) - 1, has_ended=True
        )
        facts: Mapping[str, object] = {"utterances": 2200}
        return Log(
            path="drawn",
            format="test",
            runs=(Run(number=1, id=None, facts=facts, timelines=(timeline,)),),
        )

    def _series(self, split: str, metric: str, kept: np.ndarray, values: np.ndarray) -> Series:
        at = np.flatnonzero(kept)
        key = f"{split}/{metric}"
        return Series(
            metric=metric,
            split=split,  # type: ignore[arg-type]
            name=key,
            records=at,
            steps=self.steps[at],
            epochs=self.epochs[at],
            times=self.steps[at] * 0.4,
            values=values[at],
        )


def report(seed: int) -> LogReport:
    return judge(Drawn(seed).log(), RULES)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_at_warning_or_above(seed: int) -> None:
    seen = report(seed)
    loud = [(f.rule, f.message) for f in seen.findings if f.severity != "info"]
    assert loud == []


def test_the_runs_were_judged() -> None:
    """Silence is no ignorance: every rule on what they log passes on one of the first runs."""
    verdicts = [verdict for seed in range(8) for verdict in report(seed).verdicts]
    passed = {one.rule for one in verdicts if one.state == "pass"}
    others = {one.rule: one.reason for one in verdicts if one.rule not in passed}
    assert passed | set(others) == {rule.id for rule in RULES.rules}
    unseen = ("in this log", "fact", "for runs with", "for runs that", "for trainers that")
    assert [why for why in others.values() if not any(one in why for one in unseen)] == []
    assert len(passed) >= 13
