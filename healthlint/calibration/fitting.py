"""One rule fitted to good runs: quiet on all of them, with a margin.

Levels (``value`` on a metric, ``milestones``) are read off the runs, whatever they were before:
they hold on one scale only. Then every bound is tried with the margin taken off, one at a time;
where the rule fires on a run, the bound that needs the smallest move is loosened until it does not,
and the margin is put on again. A relative bound is never tightened: that a few good runs stay far
below it does not say that it is too high.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from healthlint.calibration.courses import Course, learned_level, milestones, spread
from healthlint.calibration.knobs import Knob, knobs, outward
from healthlint.engine import judge_run
from healthlint.logs import Log, Run
from healthlint.report import Verdict
from healthlint.rulebook.building import build
from healthlint.rulebook.model import Rule, Rulebook
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.ruletests.gathering import PackFile
from healthlint.ruletests.moving import find, put
from healthlint.timeline.reference import Reference

_FURTHEST = 128.0
_HALVINGS = 8
_TEXTS = ("summary", "message", "help", "why")
_WHY = (
    "Every run that this rule was fitted to had come this far by then, with room to spare. A run "
    "that is far behind them rarely catches up by itself."
)


class Unfitted(Exception):
    """A rule that runs cannot be fitted to; the message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One bound that was moved.

    Attributes:
        path: Its path below the rule.
        label: Metric and field.
        before: What the pack says.
        after: What fits the runs.
    """

    path: Path
    label: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Fitted:
    """A rule whose bounds fit some runs.

    Attributes:
        data: The rule as a pack writes it.
        changes: The bounds that were moved; empty where it fits as it is.
    """

    data: Mapping[str, Any]
    changes: Sequence[Change]


@dataclass(slots=True)
class Fitter:
    """Fits one rule to any of some runs.

    Attributes:
        file: The pack of the rule.
        position: Its position there.
        runs: The runs, each with its log.
        margin: Room between the runs and a bound, as a fraction of the bound.
        reference: Good runs to compare with.
    """

    file: PackFile
    position: int
    runs: Sequence[tuple[Log, Run]]
    margin: float
    reference: Reference | None = None
    _known: dict[tuple[str, int], Verdict] = field(default_factory=dict)

    @property
    def rule(self) -> Rule:
        """Return the rule as it is."""
        return self.file.pack.rules[self.position]

    @property
    def data(self) -> Mapping[str, Any]:
        """Return the rule as the pack writes it."""
        rule_data: Mapping[str, Any] = find(self.file.document.data, ("rules", self.position))
        return rule_data

    def verdict(self, data: Mapping[str, Any], run: int) -> Verdict:
        """Return what a form of the rule comes to on one run."""
        key = (json.dumps(data, sort_keys=True), run)
        if key not in self._known:
            self._known[key] = judge_run(*self.runs[run], self.book(data)).verdicts[0]
        return self._known[key]

    def alarms(self, data: Mapping[str, Any], which: Sequence[int]) -> list[int]:
        """Return the runs on which a form of the rule fires."""
        return [run for run in which if self.verdict(data, run).state == "fail"]

    def built(self, data: Mapping[str, Any]) -> Rule:
        """Return a form of the rule."""
        rule: Rule = build(Rule, data, Document(self.file.document.path), ())
        return rule

    def book(self, data: Mapping[str, Any]) -> Rulebook:
        """Return a rulebook of a form of the rule alone."""
        pack = replace(self.file.pack, rules=(self.built(data),), standing=())
        return Rulebook((pack,), reference=self.reference)

    def fit(self, which: Sequence[int]) -> Fitted:
        """Return the rule fitted to some of the runs.

        Raises:
            Unfitted: It cannot be; the message says why.
        """
        data, changes = self._levels(self.data, which)
        data, moved = self._loosened(data, which)
        return Fitted(data, _joined([*changes, *moved]))

    def knobs(self, data: Mapping[str, Any]) -> list[Knob]:
        """Return the bounds of a form of the rule that can be fitted."""
        return knobs(self.built(data), data)

    def _levels(
        self, data: Mapping[str, Any], which: Sequence[int]
    ) -> tuple[Mapping[str, Any], list[Change]]:
        """Return the rule with its levels read off the runs."""
        changes = []
        reach: Path = ("when", "milestones", "reach")
        if before := find(data, reach):
            metric = str(data["when"]["milestones"]["metric"])
            after = self._milestones(metric, which)
            changes.append(Change(reach, f"{metric} milestones", before, after))
            data = put(data, reach, after)
        for knob in self.knobs(data):
            if knob.is_level:
                courses = self._courses(knob.metric, which)
                level = learned_level(courses)
                if level is None:
                    apart = f"{knob.metric} {spread(courses)}"
                    raise Unfitted(f"{apart}, too close for a level between")
                bound = outward(level, up=knob.quieter > 0)
                changes.append(Change(knob.path, knob.label, knob.written, bound))
                data = put(data, knob.path, bound)
        return _reworded(data, changes), changes

    def _courses(self, metric: str, which: Sequence[int]) -> list[Course]:
        """Return the course of a metric over the runs that log it, at least one."""
        pack, rule = self.file.pack, self.rule
        all_courses = (Course.of(self.runs[i][1], pack, rule, metric) for i in which)
        courses = [course for course in all_courses if course is not None]
        if not courses:
            raise Unfitted(f"none of the runs logs {pack.metrics.get(metric, metric)}")
        return courses

    def _milestones(self, metric: str, which: Sequence[int]) -> list[dict[str, object]]:
        courses = self._courses(metric, which)
        unit = courses[0].unit
        return [
            {
                "phase": name,
                "below": outward(worst * (1 + self.margin), up=True),
                "by": f"{due} {unit if due > 1 else unit.removesuffix('s')}",
            }
            for due, (name, worst) in milestones(courses).items()
        ]

    def _loosened(
        self, data: Mapping[str, Any], which: Sequence[int]
    ) -> tuple[Mapping[str, Any], list[Change]]:
        """Return the rule with its bounds loosened until it is quiet with the margin."""
        changes: list[Change] = []
        for _ in range(len(self.knobs(data)) + 1):
            loud = [knob for knob in self.knobs(data) if self._is_loud(data, knob, which)]
            if not loud:
                break
            moves = [(self._needed(data, knob, which), knob) for knob in loud]
            factor, knob = min(moves, key=lambda move: move[0])
            if factor > _FURTHEST:
                break
            after = knob.rounded(knob.loosened(factor * (1 + self.margin)))
            changes.append(Change(knob.path, knob.label, knob.written, after))
            data = put(data, knob.path, after)
        if fired := self.alarms(data, which):
            names = ", ".join(self.runs[run][0].path for run in fired)
            raise Unfitted(f"fires on {names} whatever its bounds: is that a good run?")
        return data, changes

    def _is_loud(self, data: Mapping[str, Any], knob: Knob, which: Sequence[int]) -> bool:
        tight = put(data, knob.path, knob.loosened(1 / (1 + self.margin)))
        return bool(self.alarms(tight, which))

    def _needed(self, data: Mapping[str, Any], knob: Knob, which: Sequence[int]) -> float:
        """Return the smallest factor that makes the rule quiet, infinite where none does."""

        def is_quiet(factor: float) -> bool:
            return not self.alarms(put(data, knob.path, knob.loosened(factor)), which)

        low, high = 1 / (1 + self.margin), 1.0
        while not is_quiet(high):
            low, high = high, high * 2
            if high > _FURTHEST:
                return float("inf")
        for _ in range(_HALVINGS):
            middle = (low * high) ** 0.5
            low, high = (low, middle) if is_quiet(middle) else (middle, high)
        return high


def _reworded(data: Mapping[str, Any], changes: Sequence[Change]) -> Mapping[str, Any]:
    """Return a rule whose texts speak of its new levels, and that holds on this scale alone."""
    if not changes:
        return data
    reworded = {name: value for name, value in data.items() if name != "scale"}
    for change in changes:
        if isinstance(change.after, list):
            metric = change.label.partition(" ")[0]
            reworded["summary"] = f"{metric} loss is behind the course of good runs"
            reworded["why"] = _WHY
            if str(change.after[-1]["by"]).rstrip("s").endswith("step"):
                reworded["message"] = str(reworded["message"]).replace("epoch", "step")
            continue
        word = re.compile(rf"(?<![\w.]){re.escape(str(change.before))}(?!\.?\w)")
        for name in _TEXTS:
            if isinstance(reworded.get(name), str):
                reworded[name] = word.sub(str(change.after), reworded[name])
    return reworded


def _joined(changes: Sequence[Change]) -> list[Change]:
    """Return one change a bound, from what it was first to what it is last."""
    by_path: dict[Path, Change] = {}
    for change in changes:
        first = by_path.get(change.path, change)
        by_path[change.path] = replace(change, before=first.before)
    return list(by_path.values())
