"""The JSON report, version 2: the types of the wire format and nothing else.

Published as ``docs/schemas/report-2.json``, which is generated from this module. A field may be
added, with a default, so that reports written before stay valid; none changes its name, type or
meaning within a version. Lines, epochs and runs count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from healthlint.report import AnswerState, Confidence, GoneState, Severity, Side, State, UseState

SCHEMA: Literal["healthlint.report/2"] = "healthlint.report/2"
SCHEMA_VERSION: Literal[1] = 1
"""The number of the version before, written beside the new name for one release."""

Number = float | Literal["NaN", "Infinity", "-Infinity"]
Since = Literal["known", "new", "worse"]


@dataclass(frozen=True, slots=True)
class Place:
    """A record of the log.

    Attributes:
        line: Line in the file, null where the format has none.
        step: Optimizer step, null where not logged.
        epoch: Epoch, null where unknown.
    """

    line: int | None
    step: Number | None
    epoch: Number | None


@dataclass(frozen=True, slots=True)
class Point(Place):
    """A record and the value of one metric in it.

    Attributes:
        line: Line in the file, null where the format has none.
        step: Optimizer step, null where not logged.
        epoch: Epoch, null where unknown.
        value: The value that was judged.
    """

    value: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The points of one metric that made a finding.

    Attributes:
        metric: Name of the metric in the rule.
        series: Series that was looked at, as split/metric.
        change: Relative change over the points as a fraction, null where it has no meaning.
        needs: What the rule asks of the change or value, null where it asks nothing.
        points: At most 12 points, oldest first.
    """

    metric: str
    series: str
    change: Number | None
    needs: str | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says about an interval of a run.

    Attributes:
        rule: Id of the rule, as pack/name.
        severity: How bad it is.
        confidence: How sure the rule is of itself.
        summary: What the rule is about, without numbers.
        message: What was found, with its numbers.
        help: What to do, null where the rule does not say.
        url: Page of the rule, null where it has none.
        split: Split that was judged, null where the log does not say.
        first: First record at which it held.
        last: Last record at which it held.
        count: Number of evaluations at which it held.
        active: Whether it still held at the end of the run.
        superseded: Whether it lies on records that a resume abandoned; such a finding fails no
            check.
        margin: Distance of the deciding number beyond its bound, as a fraction of the bound; null
            where there is none.
        fingerprint: Key of rule, metrics and split: the same after a retraining.
        occurrence: Key of fingerprint, run and first step: the same in a grown log.
        evidence: The numbers, by metric.
        folded: Findings that follow from this one.
        suppressed: The reason for which it is suppressed, null where it is not; such a finding
            fails no check.
        baseline: Whether the baseline knows it; a known finding fails no check, one that is worse
            than known does. Null where no baseline was asked.
        latest: The message with the numbers of the last record at which it held, null where they
            are those of the first.
        ended: Where it was over again, null where it still holds or its rule does not say so.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    summary: str
    message: str
    help: str | None
    url: str | None
    split: str | None
    first: Place
    last: Place
    count: int
    active: bool
    superseded: bool
    margin: Number | None
    fingerprint: str
    occurrence: str
    evidence: tuple[Evidence, ...]
    folded: tuple[Finding, ...]
    suppressed: str | None = None
    baseline: Since | None = None
    latest: str | None = None
    ended: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rule came to.

    Attributes:
        rule: Id of the rule.
        severity: Severity of the rule.
        state: What it came to.
        reason: Why it is pending, not judged, not applicable or broken; null for pass and fail.
        split: Split that was judged, null where the log does not say.
        evaluated: Number of records at which it was evaluated.
        decided: Number of those at which it came to true or false.
        findings: Number of findings it made.
        summary: The rule's summary: what would be wrong.
    """

    rule: str
    severity: Severity
    state: State
    reason: str | None
    split: str | None
    evaluated: int
    decided: int
    findings: int
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """When a head is expected to reach its next phase.

    Attributes:
        phase: Name of the phase.
        bound: The value below which it begins.
        middle: Epoch in the middle of what is expected, null where it is likelier never to.
        low: Early end of the interval, an epoch.
        high: Late end, an epoch; null where it may never get there.
        coverage: Share of runs that should reach it within the interval.
    """

    phase: str
    bound: Number
    middle: Number | None
    low: Number
    high: Number | None
    coverage: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one head of the model stands.

    Attributes:
        label: Name to show.
        metric: Canonical metric.
        series: Series shown, as split/metric.
        value: Latest value, smoothed as it is judged.
        best: Lowest finite value so far.
        best_place: Where the lowest value was.
        phase: Name of the phase it is in, null where none applies.
        sounds: How a model in that phase sounds, null where unknown.
        trend: Relative change an epoch as a fraction, null where unknown.
        trend_text: The trend in words, null where unknown.
        notes: Further remarks.
        curve: Values for a small curve, oldest first; NaN marks a gap.
        projection: When its next phase is expected, null where that cannot be told.
    """

    label: str
    metric: str
    series: str
    value: Number
    best: Number
    best_place: Place
    phase: str | None
    sounds: str | None
    trend: Number | None
    trend_text: str | None
    notes: tuple[str, ...]
    curve: tuple[Number, ...]
    projection: Projection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the log.

    Attributes:
        number: Position among the runs of the log.
        id: Its id, null where the log gives none.
        records: Number of metric records.
        attempts: Number of attempts, one more than it was resumed.
        resumed: Places at which it was resumed.
        first: First record.
        last: Last record.
        epoch: Last epoch reached, null where unknown.
        planned_epochs: Planned epochs, null where unknown.
        status: How it ended, null where the log does not say.
        facts: What is known of the run beside its series, by name.
        notes: Remarks on how it was read.
    """

    number: int
    id: str | None
    records: int
    attempts: int
    resumed: tuple[Place, ...]
    first: Place
    last: Place
    epoch: Number | None
    planned_epochs: Number | None
    status: str | None
    facts: Mapping[str, object]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that kept us from looking.

    Attributes:
        kind: Whether the log could not be read, held nothing to judge, or was read in part.
        message: What is wrong.
        line: Line in the file, null where the whole file is meant.
        column: Column in characters, null where unknown.
        count: How many records share it.
        hint: What to do about it, null where nothing is known.
    """

    kind: str
    message: str
    line: int | None
    column: int | None
    count: int
    hint: str | None


@dataclass(frozen=True, slots=True)
class Required:
    """A required rule that came to no verdict.

    Attributes:
        rule: Id of the rule.
        reason: Why it came to none.
    """

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to do with a run.

    Attributes:
        state: What to do, worst first: stop, attention, cannot tell, too early, finished, go on.
        reason: Why.
        since: Since when, null where that has no meaning.
        next: The next thing to do, null where there is none.
        is_green: Whether all is as wanted.
    """

    state: AnswerState
    reason: str
    since: Place | None
    next: str | None
    is_green: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run beside another one at equal look.

    Attributes:
        name: What the other is called.
        label: What was compared.
        side: Whether the judged run is better or worse, alike within noise, or it is unclear.
        now: Level of the judged run, null where it cannot be told.
        then: Level of the other, null where it cannot be told.
        change: Relative difference as a fraction, null where it cannot be told.
        at: Where both have come, null where that cannot be told.
        reason: Why it is unclear, null where it is not.
    """

    name: str
    label: str
    side: Side
    now: Number | None
    then: Number | None
    change: Number | None
    at: Place | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A vital rule that could not look.

    Attributes:
        rule: Id of the rule.
        reason: Why it could not.
    """

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The judgement of one run of one log.

    Attributes:
        path: The log, relative to the working folder.
        format: Format that was read.
        exit_code: Exit code of this log alone.
        no_verdict: Why nothing was judged, null where something was.
        required: Required rules that came to no verdict, sorted.
        run: The judged run, null where there was none.
        other_runs: The runs of the log that were not judged here.
        standing: Where the run stands, head by head.
        findings: Findings, worst first.
        verdicts: One for each selected rule, in the order of the packs.
        problems: What kept us from looking.
        answer: What to do with the run, null in reports of the version before.
        unseen: Vital rules that could not look.
        against: How it does beside the run before it, or the one that was asked for; null where
            there is none.
    """

    path: str
    format: str
    exit_code: int
    no_verdict: str | None
    required: tuple[Required, ...]
    run: Run | None
    other_runs: tuple[Run, ...]
    standing: tuple[Standing, ...]
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]
    answer: Answer | None = None
    unseen: tuple[Unseen, ...] = ()
    against: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that does not have its default value.

    Attributes:
        key: Its key in the config; facts and params with a dot.
        value: Its value.
        origin: "command line", or its place in the config as path:line.
    """

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A suppression of the config, and what became of it.

    Attributes:
        rule: Rule or pattern of rules that it names.
        reason: Why.
        log: Pattern of the logs that it holds for, null for all.
        metric: Pattern of the metric that it holds for, null for all.
        until: Last day on which it holds, null where it does not end.
        origin: Where it is written, as path:line:column.
        state: Whether it suppressed something, matched nothing, could match nothing because its
            rule was not judged, or has expired and suppresses nothing more.
        findings: Number of findings that it matches.
    """

    rule: str
    reason: str
    log: str | None
    metric: str | None
    until: str | None
    origin: str
    state: UseState
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An entry of the baseline that no finding has.

    Attributes:
        fingerprint: Key of rule, metrics and split.
        rule: Id of the rule.
        severity: Severity it was recorded with.
        split: Split that was judged, null where the log does not say.
        metrics: Series that it was found on.
        state: Whether it is fixed, or its rule was not judged on every log.
    """

    fingerprint: str
    rule: str
    severity: Severity
    split: str | None
    metrics: tuple[str, ...]
    state: GoneState


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The judgement of all logs of one call of healthlint.

    Attributes:
        schema_version: Number of the version before this one; `schema` names this one.
        version: Version of healthlint.
        fail_on: Severity at and above which findings fail the check.
        exit_code: 0 healthy, 1 findings, 2 unreadable or broken, 3 no verdict.
        logs: One entry a log and judged run, in the order given.
        config: The config that was read, null where there is none.
        settings: The settings that do not have their default values; logs and outputs are left out.
        suppressions: What became of each suppression.
        baseline: The baseline that findings were compared with, null where there is none.
        gone: The entries of the baseline that no finding has.
        schema: Version of this format.
    """

    schema_version: Literal[1]
    version: str
    fail_on: Severity
    exit_code: int
    logs: tuple[Log, ...]
    config: str | None = None
    settings: tuple[Setting, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    baseline: str | None = None
    gone: tuple[Gone, ...] = ()
    schema: Literal["healthlint.report/2"] = SCHEMA
