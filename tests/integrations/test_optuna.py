"""A real study: every sick trial is stopped at the step of the finding, and no healthy one."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

optuna = pytest.importorskip("optuna")

EPOCHS, NAN_AT = 20, 9
SICK = {2, 5, 7}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield


def course(number: int) -> list[float]:
    """Return the validation of a trial; some of them break, the others are better or worse."""
    values = [(1 + 0.1 * number) * 0.93**i + 0.3 for i in range(EPOCHS)]
    return (
        values if number not in SICK else values[: NAN_AT - 1] + [math.nan] * (EPOCHS - NAN_AT + 1)
    )


def study_of(pruner: object, folder: Path | None) -> object:
    def objective(trial: object) -> float:
        values = course(trial.number)
        log = folder / f"{trial.number}.jsonl" if folder else None
        if log:
            trial.set_user_attr("healthlint_log", str(log))
        for epoch, value in enumerate(values, 1):
            if log:
                with log.open("a") as stream:
                    stream.write(json.dumps({"epoch": epoch, "val/loss": value}) + "\n")
            # a study that is told of a loss that is not there would never know
            trial.report(0.0 if log else value, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return values[-1]

    study = optuna.create_study(pruner=pruner)
    study.optimize(objective, n_trials=10)
    return study


@pytest.mark.parametrize("has_log", [True, False])
def test_sick_trials_stop_at_the_step_of_the_finding(tmp_path: Path, has_log: bool) -> None:
    from healthlint.integrations.optuna import HealthPruner

    study = study_of(HealthPruner(), tmp_path if has_log else None)
    pruned = {t.number: t for t in study.trials if t.state == optuna.trial.TrialState.PRUNED}
    assert set(pruned) == SICK
    assert {t.last_step for t in pruned.values()} == {NAN_AT}
    unit = "epoch" if has_log else "step"
    reasons = {t.user_attrs["healthlint"].partition(":")[0] for t in pruned.values()}
    assert reasons == {f"core/non-finite at {unit} {NAN_AT}"}


def test_the_users_own_pruner_is_asked_about_the_others() -> None:
    from healthlint.integrations.optuna import HealthPruner

    own = optuna.pruners.ThresholdPruner(upper=1.5, n_warmup_steps=2)
    study = study_of(HealthPruner(own), None)
    pruned = {t.number: t for t in study.trials if t.state == optuna.trial.TrialState.PRUNED}
    assert {0, 1} & set(pruned) == set()
    worse = set(pruned) - SICK
    assert worse
    assert all("healthlint" not in pruned[number].user_attrs for number in worse)
