"""Ray Tune: every sick trial ends at the step of the finding, and no healthy one."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

tune = pytest.importorskip("ray.tune", exc_type=ImportError)

STEPS, NAN_AT = 12, 9


def value(slope: float, step: int) -> float:
    return math.nan if slope > 1 and step >= NAN_AT else 1.5 * (0.9 * min(slope, 1)) ** step + 0.3


def test_a_stopper_ends_what_is_sick_and_keeps_why() -> None:
    from healthlint.integrations.ray import HealthStopper

    stopper = HealthStopper()
    ended = {
        trial: [
            step
            for step in range(1, STEPS + 1)
            if stopper(trial, {"training_iteration": step, "val_loss": value(slope, step)})
        ]
        for trial, slope in (("sick", 2.0), ("well", 1.0), ("slow", 0.99))
    }
    assert ended["sick"][0] == NAN_AT
    assert ended["well"] == ended["slow"] == []
    assert stopper.reasons["sick"].startswith(f"core/non-finite at step {NAN_AT}: ")
    assert not stopper.stop_all()


def train(config: dict[str, float]) -> None:
    for step in range(1, STEPS + 1):
        tune.report({"val_loss": value(config["slope"], step)})


def test_a_study_ends_its_sick_trials_alone(tmp_path: Path) -> None:
    import ray

    from healthlint.integrations.ray import HealthStopper

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        tuner = tune.Tuner(
            train,
            param_space={"slope": tune.grid_search([0.95, 1.0, 2.0])},
            run_config=tune.RunConfig(
                stop=HealthStopper(), storage_path=str(tmp_path), verbose=0, callbacks=[]
            ),
        )
        ends = {r.config["slope"]: r.metrics["training_iteration"] for r in tuner.fit()}
    finally:
        ray.shutdown()
    assert ends == {0.95: STEPS, 1.0: STEPS, 2.0: NAN_AT}
