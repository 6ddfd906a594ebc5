"""All chosen rules over good runs: those that fit, those that are fitted, and the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from healthlint.calibration.fitting import Fitted, Fitter, Unfitted
from healthlint.calibration.proving import prove
from healthlint.calibration.rates import highest_rate
from healthlint.engine import choose
from healthlint.logs import Log, Run
from healthlint.ruletests.gathering import Bench
from healthlint.ruletests.model import Case

MARGIN = 0.25
"""Room between the runs and a bound, as a fraction of the bound, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many runs gave a false alarm.

    Attributes:
        alarms: Runs with an alarm.
        runs: Runs that were judged.
    """

    alarms: int
    runs: int

    @property
    def highest(self) -> float:
        """Return the highest true rate that the runs do not exclude, as a fraction."""
        return highest_rate(self.alarms, self.runs) if self.runs else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule with bounds that fit the runs.

    Attributes:
        fitter: The rule as it is, and the runs.
        fitted: The rule with its bounds.
        before: Alarms of the rule as it is.
        left_out: Alarms on each run of the rule fitted to the others; None with a single run.
        tests: Its tests by its former id, empty where it could not be shown to fire.
    """

    fitter: Fitter
    fitted: Fitted
    before: Rate
    left_out: Rate | None
    tests: Sequence[Case]

    @property
    def id(self) -> str:
        """Return the id of the rule that was fitted."""
        return self.fitter.rule.id


@dataclass(frozen=True, slots=True)
class Survey:
    """What good runs say of the chosen rules.

    Attributes:
        runs: The runs, each with its log.
        proposals: Rules with other bounds.
        kept: Rules that are quiet as they are, with room.
        without: Rules that nothing is proposed for, with the reason.
    """

    runs: Sequence[tuple[Log, Run]]
    proposals: Sequence[Proposal]
    kept: Sequence[tuple[str, Rate]]
    without: Sequence[tuple[str, str]]


def survey(
    logs: Iterable[Log], bench: Bench, chosen: Iterable[str], margin: float = MARGIN
) -> Survey:
    """Return what good runs say of rules.

    Args:
        logs: Logs of good runs; the last run of each counts.
        bench: Packs and their tests.
        chosen: Ids of the rules.
        margin: Room between the runs and a bound, as a fraction of the bound.
    """
    runs = [(log, choose(log, "last")) for log in logs]
    wanted, proposals = set(chosen), []
    kept: list[tuple[str, Rate]] = []
    without: list[tuple[str, str]] = []
    for file in bench.packs:
        for position, rule in enumerate(file.pack.rules):
            if rule.id not in wanted:
                continue
            fitter = Fitter(file, position, runs, margin, bench.rulebook.reference)
            try:
                found = _propose(fitter, bench)
            except Unfitted as error:
                without.append((rule.id, str(error)))
                continue
            if isinstance(found, Rate):
                kept.append((rule.id, found))
            else:
                proposals.append(found)
    return Survey(runs, proposals, kept, without)


def _propose(fitter: Fitter, bench: Bench) -> Proposal | Rate:
    """Return the fitted rule, or the rate of one that fits as it is.

    Raises:
        Unfitted: It cannot be fitted, or not be judged on any of the runs.
    """
    everything = range(len(fitter.runs))
    before = _rate(fitter, fitter.data, everything)
    fitted = fitter.fit(everything)
    if not _rate(fitter, fitted.data, everything).runs:
        raise Unfitted(fitter.verdict(fitted.data, 0).reason)
    if not fitted.changes:
        return before
    cases = [case for suite in bench.suites for case in suite.suite.tests]
    return Proposal(
        fitter=fitter,
        fitted=fitted,
        before=before,
        left_out=_left_out(fitter),
        tests=prove(fitter, fitted, cases),
    )


def _rate(fitter: Fitter, data: object, which: Iterable[int]) -> Rate:
    states = [fitter.verdict(data, run).state for run in which]  # type: ignore[arg-type]
    judged = [state for state in states if state in ("pass", "fail")]
    return Rate(judged.count("fail"), len(judged))


def _left_out(fitter: Fitter) -> Rate | None:
    """Return the alarms on each run of the rule fitted to all others."""
    count = len(fitter.runs)
    if count < 2:
        return None
    alarms = judged = 0
    for run in range(count):
        others = [other for other in range(count) if other != run]
        try:
            data = fitter.fit(others).data
        except Unfitted:
            continue
        rate = _rate(fitter, data, [run])
        alarms, judged = alarms + rate.alarms, judged + rate.runs
    return Rate(alarms, judged)
