"""Runs tests of rules: strict, and showing only what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from healthlint.engine import evaluate_rule, judge
from healthlint.engine.binding import Scene
from healthlint.engine.findings import Scribe
from healthlint.logs import Log
from healthlint.logs.nearest import did_you_mean
from healthlint.report import Evidence, Finding, LogReport, Verdict, unfolded
from healthlint.rulebook import PackProblem, Rulebook, RulebookError
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.groups import named
from healthlint.rulebook.loading import read
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.ruletests.model import Case, Suite
from healthlint.ruletests.synthetic import synthetic_log, synthetic_reference
from healthlint.timeline.expression import ExpressionError, MissingFact

__all__ = ["CaseFile", "Difference", "differences", "run_case", "synthetic_log"]

_QUIET = ("pending", "not_judged", "not_applicable")
_NAMED = ("expect", "only", "softened", *_QUIET, "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that a test expected and that did not come.

    Attributes:
        rule: The rule it is about; empty where the test itself is wrong.
        text: What differs, in words.
        where: Path in the test, below ``tests`` and its position, of what was expected.
        word: The word to point at there.
        finding: What the rule found, where it fired.
        looked_at: The numbers at the end of the series, where it did not fire.
    """

    rule: str
    text: str
    where: Path = ()
    word: str = ""
    finding: Finding | None = None
    looked_at: Sequence[Evidence] = ()

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.rule}: {self.text}" if self.rule else self.text


@dataclass(frozen=True, slots=True, eq=False)
class CaseFile:
    """A file of tests with the place of everything in it.

    Attributes:
        document: The file as read.
        suite: Its tests.
    """

    document: Document
    suite: Suite

    @classmethod
    def read(cls, file: str, shown: str = "") -> CaseFile:
        """Return the tests of a file.

        Args:
            file: Where it is.
            shown: How it is called in messages; as found where empty.

        Raises:
            RulebookError: With every mistake of the file.
        """
        return cls.of(read(file, shown or file))

    @classmethod
    def of(cls, document: Document) -> CaseFile:
        """Return the tests of a document.

        Raises:
            RulebookError: With every mistake of it.
        """
        with suppress(Broken):
            if not document.problems:
                return cls(document, build(Suite, document.data, document, ()))
        raise RulebookError(document.problems)

    def problem(self, index: int, difference: Difference) -> PackProblem:
        """Return a difference of a test with its place."""
        path: Path = ("tests", index, *difference.where)
        named = {"series", "reference"} if difference.rule else {"series", "reference", "at"}
        is_key = not named.isdisjoint(difference.where[:1])
        return self.document.locate(path, difference.text, at_key=is_key, word=difference.word)


def run_case(case: Case, rulebook: Rulebook) -> list[str]:
    """Return what differs from what a test expects, a line each; empty where it passes."""
    return [str(difference) for difference in differences(case, rulebook)]


def differences(case: Case, rulebook: Rulebook) -> list[Difference]:
    """Return what differs from what a test expects; empty where it passes."""
    unknown = [*_unknown_rules(case, rulebook), *_unknown_series(case, rulebook)]
    if unknown:
        return unknown
    chosen = rulebook.select(case.only, profile="all")
    chosen = replace(chosen, reference=synthetic_reference(case))
    log = synthetic_log(case)
    return [
        difference
        if difference.finding or not difference.rule
        else replace(difference, looked_at=at_end(log, chosen, difference.rule))
        for difference in compare(case, judge(log, chosen, heads=0))
    ]


def at_end(log: Log, rulebook: Rulebook, rule: str) -> Sequence[Evidence]:
    """Return the numbers that a rule looked at last, empty where it could not look."""
    pack, own = next(entry for entry in rulebook.entries if entry[1].id == rule)
    run = log.runs[-1]
    scene = Scene.of(run.current, run.facts, rulebook.reference)
    context, split = scene.context(pack, [own.when])
    try:
        outcome = evaluate_rule(pack, own, context, scene)
    except (MissingFact, ExpressionError):
        return ()
    if not len(outcome.truth):
        return ()
    scribe = Scribe(log=log, run=run, rule=own, split=split, clock=scene.clock)
    return scribe.evidence(outcome.explain(int(outcome.truth.records[-1])))


def compare(case: Case, report: LogReport) -> list[Difference]:
    """Return what differs between a test and what its log came to."""
    return [
        *_verdict_differences(case, report),
        *_severity_differences(case, report),
        *_epoch_differences(case, report),
    ]


def _unknown_rules(case: Case, rulebook: Rulebook) -> Iterator[Difference]:
    known = [rule.id for pack in rulebook.packs for rule in pack.rules]
    seen: set[str] = set()
    for field in _NAMED:
        for i, name in enumerate(getattr(case, field)):
            if name not in known and name not in seen:
                seen.add(name)
                at = i if field != "at" else name
                text = f"unknown rule `{name}`{did_you_mean(name, known, lead='; ')}"
                yield Difference(rule="", text=text, where=(field, at), word=name)


def _unknown_series(case: Case, rulebook: Rulebook) -> Iterator[Difference]:
    """Yield the series that no pack looks at: a slip of the pen would test nothing."""
    patterns = [one for p in rulebook.packs for m in p.metrics.values() for one in named(m)]
    keys: list[tuple[Path, str]] = [(("series", key), key) for key in case.series]
    keys += [(("reference", i, key), key) for i, run in enumerate(case.reference) for key in run]
    for where, key in keys:
        split, _, metric = key.rpartition("/")
        if split not in ("", "train", "val"):
            text = f"unknown split `{split}` of `{key}`; write `train/` or `val/`"
            yield Difference(rule="", text=text, where=where)
        elif not any(fnmatchcase(metric, pattern) for pattern in patterns):
            text = f"no pack looks at `{key}`{did_you_mean(metric, patterns, lead='; ')}"
            yield Difference(rule="", text=text, where=where)


def _verdict_differences(case: Case, report: LogReport) -> Iterator[Difference]:
    wanted = dict.fromkeys(case.expect, "fail")
    for field in _QUIET:
        wanted |= dict.fromkeys(getattr(case, field), field)
    for verdict in report.verdicts:
        # a rule outside `only` may lack its metrics; one that is named may not
        usual = verdict.state if not case.only and verdict.state != "fail" else "pass"
        expected = wanted.pop(verdict.rule, usual)
        if verdict.state != expected:
            first = _first(report, verdict.rule)
            where = _where(case, verdict.rule)
            text = f"expected {expected}, came to {verdict.state}{_reason(verdict, expected)}"
            yield Difference(rule=verdict.rule, text=text, where=where, finding=first)
    for rule, state in wanted.items():
        text = f"expected {state}, was not judged"
        yield Difference(rule=rule, text=text, where=_where(case, rule))


def _reason(verdict: Verdict, expected: str) -> str:
    """Return why a rule came to no verdict, and what a test that means it would say."""
    reason = f" ({verdict.reason})" if verdict.reason else ""
    if verdict.state == "pending" and expected in ("pass", "fail"):
        return f"{reason}: the series ends too early"
    if verdict.state in ("not_judged", "not_applicable") and expected == "pass":
        return f"{reason}: not looked at is not quiet"
    return reason


def _where(case: Case, rule: str) -> Path:
    """Return where a test says what it expects of a rule."""
    for field in ("expect", *_QUIET):
        if rule in (names := getattr(case, field)):
            return field, names.index(rule)
    return ("expect",)


def _severity_differences(case: Case, report: LogReport) -> Iterator[Difference]:
    """Yield the rules that are told as less than their severity unasked, or are not."""
    heads = {finding.rule: finding for finding in reversed([*unfolded(report.findings)])}
    for rule, severity in ((verdict.rule, verdict.severity) for verdict in report.verdicts):
        head = heads.get(rule)
        if head is None or rule not in case.expect:
            continue
        if (head.severity != severity) != (rule in case.softened):
            text = f"told as {head.severity}; a test that means it says `softened`"
            if head.severity == severity:
                text = f"told as {severity}, not less"
            yield Difference(rule=rule, text=text, where=_where(case, rule), finding=head)


def _epoch_differences(case: Case, report: LogReport) -> Iterator[Difference]:
    for rule, epoch in case.at.items():
        finding = _first(report, rule)
        first = None if finding is None else finding.first.epoch or 0.0
        if first != epoch:
            fired = "never fired" if first is None else f"fired at {first:g}"
            text = f"expected first at epoch {epoch:g}, {fired}"
            yield Difference(rule=rule, text=text, where=("at", rule), finding=finding)


def _first(report: LogReport, rule: str) -> Finding | None:
    """Return the first finding of a rule, folded or not."""
    own = [finding for finding in unfolded(report.findings) if finding.rule == rule]
    return min(own, key=lambda finding: finding.first.epoch or 0.0, default=None)
