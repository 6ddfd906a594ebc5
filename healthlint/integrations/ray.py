"""Ray Tune: a stopper that ends the trials that are sick, and no other.

    tune.Tuner(train, run_config=tune.RunConfig(stop=HealthStopper()))

What a trial reports is judged, every number under its name; where it reports the path of its log
under ``healthlint_log``, the log is. Why trials were stopped is in ``HealthStopper.reasons``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ray.tune import Stopper

from healthlint.integrations._health import Health, Sickness, is_number

LOG = "healthlint_log"
_OWN = ("time", "timestamp", "node_ip", "pid", "iterations_since", "config", "done", "training_it")


class HealthStopper(Stopper):
    """Stops what is sick; what is merely worse goes on.

    Args:
        rules: Packs beside the shipped ones.
        select: Patterns of the rules that may stop a trial; those of high confidence where empty.
        ignore: Patterns of rules that may not.
        facts: What the logs do not say.

    Attributes:
        reasons: Why each stopped trial was stopped, by its id.
    """

    def __init__(
        self,
        *,
        rules: Sequence[str] = (),
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self._health = Health(rules, select, ignore, facts)
        self._records: dict[str, list[dict[str, float]]] = {}
        self.reasons: dict[str, str] = {}

    def __call__(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Return whether a trial shall stop; one that shall is never taken for well again."""
        if trial_id in self.reasons:
            return True
        sickness = self._found(trial_id, result)
        if sickness is not None:
            self.reasons[trial_id] = str(sickness)
            self._records.pop(trial_id, None)
        return sickness is not None

    def stop_all(self) -> bool:
        """Return False: one sick trial says nothing of the others."""
        return False

    def _found(self, trial_id: str, result: Mapping[str, Any]) -> Sickness | None:
        log = result.get(LOG)
        if isinstance(log, str):
            return self._health.of_log(log)
        records = self._records.setdefault(trial_id, [])
        values = {
            name: float(value)
            for name, value in result.items()
            if is_number(value) and not name.startswith(_OWN)
        }
        step = float(result.get("training_iteration", len(records) + 1))
        records.append({"step": step, **values})
        return self._health.of_values(records)
