"""Optuna: a pruner that stops the trials that are sick, and asks the user's own about the others.

    study = optuna.create_study(pruner=HealthPruner(optuna.pruners.MedianPruner()))

    def objective(trial):
        trial.set_user_attr("healthlint_log", "runs/7/logs.jsonl")     # what the trainer writes
        for epoch in range(50):
            trial.report(validate(), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned()

Where a trial names no log, the values that it reports are judged. Why a trial was stopped is kept
in its user attribute ``healthlint``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from optuna.pruners import BasePruner
from optuna.study import Study
from optuna.trial import FrozenTrial

from healthlint.integrations._health import Health, Sickness

LOG, REASON = "healthlint_log", "healthlint"
"""User attributes: where a trial's log is, and why it was stopped."""


class HealthPruner(BasePruner):
    """Stops what is sick; what is merely worse is left to another pruner.

    Args:
        pruner: The user's own pruner, None for none.
        metric: What the reported values are, where no log is named.
        rules: Packs beside the shipped ones.
        select: Patterns of the rules that may stop a trial; those of high confidence where empty.
        ignore: Patterns of rules that may not.
        facts: What the logs do not say.
    """

    def __init__(
        self,
        pruner: BasePruner | None = None,
        *,
        metric: str = "val/loss",
        rules: Sequence[str] = (),
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self._pruner = pruner
        self._metric = metric
        self._health = Health(rules, select, ignore, facts)

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Return whether a trial shall stop."""
        sickness = self._found(trial)
        if sickness is None:
            return self._pruner is not None and self._pruner.prune(study, trial)
        storage: Any = study._storage
        with suppress(Exception):  # a storage that refuses the reason keeps nobody from stopping
            storage.set_trial_user_attr(trial._trial_id, REASON, str(sickness))
        return True

    def _found(self, trial: FrozenTrial) -> Sickness | None:
        log = trial.user_attrs.get(LOG)
        if isinstance(log, str):
            return self._health.of_log(log)
        values = sorted(trial.intermediate_values.items())
        return self._health.of_values([{"step": at, self._metric: value} for at, value in values])
