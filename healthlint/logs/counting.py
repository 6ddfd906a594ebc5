"""Steps and epochs in one way of counting: steps over the whole run, epochs from 1."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.families import Family
from healthlint.logs.model import Floats
from healthlint.logs.records import Records, finite
from healthlint.logs.segmentation import Stretch
from healthlint.logs.vocabulary import recognise


@dataclass(slots=True)
class Shifts:
    """What a run adds to the epochs that it logs.

    Attributes:
        starts: First record of each stretch that adds the same, rising.
        amounts: What is added there.
    """

    starts: list[int] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)

    def add(self, start: int, more: float) -> None:
        """Add so much more from a record on."""
        self.amounts.append((self.amounts[-1] if self.amounts else 0.0) + more)
        self.starts.append(start)

    def at(self, record: int) -> float:
        """Return what is added at a record."""
        stretch = bisect_right(self.starts, record) - 1
        return self.amounts[stretch] if stretch >= 0 else 0.0


class Counting:
    """Steps and epochs of a log, brought into one way of counting run by run.

    Args:
        records: Raw columns.
        family: The family of its trainer, which tells how it counts; None where nothing does.

    Attributes:
        steps: Steps over the whole run, NaN where unknown, shape ``(records,)``.
        epochs: Epochs from 1, NaN where unknown, shape ``(records,)``.
    """

    def __init__(self, records: Records, family: Family | None = None) -> None:
        self._records = records
        self._from_zero = family is not None and family.first_epoch == 0
        self._steps_are_epochs = family is not None and family.step_is == "epoch"
        self._validates: NDArray[np.bool_] | None = None
        self.steps: Floats = records.steps
        self.epochs: Floats = records.epochs

    def settle(
        self, run: Stretch, stop: int, facts: Mapping[str, object]
    ) -> tuple[Shifts, list[str]]:
        """Bring one run into shape; return what was added to its epochs, and how, in words.

        Args:
            run: The run.
            stop: Ordinal after its last record, provisional ones included.
            facts: Its facts (``steps_per_epoch``).
        """
        number = finite(facts.get("steps_per_epoch"))
        notes: list[str] = []
        if self._steps_are_epochs:
            self._take_steps(slice(run.start, stop))
        shifts = Shifts()
        if shift := self._shift(run.start, stop):
            shifts.add(-1, shift)  # of an event before the first record too
            notes.append("epochs are logged from 0 and counted from 1 here")
        notes += self._go_on(run, stop, shifts)
        if run.within_from is not None:
            notes += self._globalise(slice(run.within_from, stop), number)
        if number is not None:
            notes += self._derive(slice(run.start, stop), number)
        return shifts, notes

    def _shift(self, start: int, stop: int) -> float:
        """Count epochs from 1 where the run counts from 0: its first epoch is 0.

        A validation before the first step is passed over: it belongs to epoch 0 in either way.
        """
        known = np.isfinite(self.epochs[start:stop])
        for at in np.flatnonzero(known & (self.steps[start:stop] == 0)).tolist():
            known[at] = not self._is_validation(start + at)
        if not known.any():
            return 0.0
        first = start + int(known.argmax())
        epoch = self.epochs[first]
        if self._records.has_fractional_epochs or not (
            epoch == 0 or (epoch > 1 and self._from_zero)
        ):
            return 0.0
        self._from_zero = True
        self._own_epochs()
        self.epochs[first:stop] += 1
        return 1.0

    def _go_on(self, run: Stretch, stop: int, shifts: Shifts) -> list[str]:
        """Let the epochs of a pass over the data go on from those of the passes before it."""
        if not run.passes:
            return []
        self._own_epochs()
        start = run.start
        for record in run.passes:
            highest = float(np.nanmax(self.epochs[start:record]))
            begun = float(self.epochs[record])
            if self._records.has_fractional_epochs:
                more = float(math.ceil(highest) - math.floor(begun))
            else:
                more = highest + 1 - begun
            self.epochs[record:stop] += more
            shifts.add(record, more)
            start = record
        times = "once" if len(run.passes) == 1 else f"{len(run.passes)} times"
        return [f"epochs begin again {times} while the steps go on: they are counted on here"]

    def _take_steps(self, where: slice) -> None:
        """Take the steps of a trainer that counts epochs by them for its epochs."""
        if np.isfinite(self.epochs[where]).any():
            return
        self._own_epochs()
        self.epochs[where] = self.steps[where]

    def _own_steps(self) -> None:
        """Copy the steps before they are changed for the first time."""
        if self.steps is self._records.steps:
            self.steps = self.steps.copy()

    def _own_epochs(self) -> None:
        """Copy the epochs before they are changed for the first time."""
        if self.epochs is self._records.epochs:
            self.epochs = self.epochs.copy()

    def _is_validation(self, record: int) -> bool:
        """Return whether a record carries validation metrics only."""
        if self._validates is None:
            self._validates = np.ones(len(self.steps), np.bool_)
            for column in self._records.columns:
                if (column.split or recognise(column.name).split) != "val":
                    self._validates[column.records] = False
        return bool(self._validates[record])

    def _globalise(self, where: slice, per_epoch: float | None) -> list[str]:
        """Make steps that count within an epoch steps of the run, or unknown."""
        self._own_steps()
        if per_epoch is None:
            self.steps[where] = np.nan
            return ["steps count within the epoch: epochs are used (steps_per_epoch is not known)"]
        with np.errstate(over="ignore", invalid="ignore"):
            steps = self.steps[where] + (self.epochs[where] - 1) * per_epoch
        self.steps[where] = np.where(np.isfinite(steps), steps, np.nan)
        return [f"steps count within the epoch: made global by steps_per_epoch = {per_epoch:g}"]

    def _derive(self, where: slice, per_epoch: float) -> list[str]:
        """Fill in epochs that are not logged: the epoch that a step lies in."""
        missing = np.isnan(self.epochs[where]) & np.isfinite(self.steps[where])
        if not missing.any():
            return []
        self._own_epochs()
        steps, epochs = self.steps[where], self.epochs[where]
        with np.errstate(over="ignore"):
            derived = np.maximum(np.ceil(steps / per_epoch), 1.0)
        for at in np.flatnonzero(missing & (steps <= 0)).tolist():
            if self._is_validation(at + (where.start or 0)):
                derived[at] = 0.0
        epochs[missing] = np.where(np.isfinite(derived), derived, np.nan)[missing]
        return [f"epochs from steps_per_epoch = {per_epoch:g}"]
