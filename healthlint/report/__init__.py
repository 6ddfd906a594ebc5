"""The result of judging logs: plain frozen data that every reporter is a function of.

Nothing here computes. Numbers are as measured; text is final and free of terminal codes. All
sequences are in the order in which a person should read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import nan
from types import ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:  # numpy comes with it, and a report needs none
    from healthlint.logs import Problem

Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]
State = Literal["fail", "pass", "pending", "not_judged", "not_applicable", "error"]
Since = Literal["", "known", "new", "worse"]
"""What a baseline says of a finding; empty where it was not asked."""
UseState = Literal["used", "unused", "not_judged", "expired"]
GoneState = Literal["fixed", "not_judged"]

AnswerState = Literal["stop", "attention", "cannot tell", "too early", "finished", "go on"]
ANSWERS: tuple[AnswerState, ...] = get_args(AnswerState)
"""The answers, worst first."""
MOST_TOLD = 3
"""Logs of several that are told in full, the worst; the others have a line or row each."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Place:
    """A record in the log.

    Attributes:
        line: 1-based line, None where the format has none.
        step: Step of the record, None where not logged.
        epoch: Epoch of the record, counted from 1, None where unknown.
    """

    line: int | None
    step: float | None
    epoch: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The points of one metric that made a finding, at most 12.

    Attributes:
        metric: Name in the pack (``mel``).
        series: Key of the series that was looked at (``val/mel_loss``).
        places: Where the points are, aligned with ``values``.
        values: The values judged; NaN and infinities are possible.
        change: Relative change over the window, as a fraction; None where it has no meaning.
        needs: What the condition asks of it, in words (``<= -2%``); empty where it asks nothing.
    """

    metric: str
    series: str
    places: Sequence[Place]
    values: Sequence[float]
    change: float | None = None
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says about an interval of a run.

    Attributes:
        rule: Rule id, ``pack/kebab-case``.
        severity: Severity of the rule.
        confidence: How sure the rule is of itself.
        summary: The rule's summary.
        message: The message with the numbers that fired.
        help: What to do.
        url: The rule's page.
        split: Split that was judged (``val``, ``train`` or ``""``).
        first: First record at which the condition held.
        last: Last record at which it held.
        count: Number of evaluations at which it held.
        active: True when it still held at the end of the run.
        superseded: True when it lies on records that a resume abandoned.
        margin: Distance of the deciding number beyond its bound, as a fraction of the bound (or in
            the unit of the change for relative bounds); None where there is none.
        evidence: Points by metric.
        fingerprint: 16 hex digits of rule, metrics and split: the same after a retraining.
        occurrence: 16 hex digits of fingerprint, run and first step: the same in a grown log.
        latest: The message with the numbers of the last record at which it held, empty where they
            are those of the first.
        ended: Where it was over, None where it still holds, or where its rule does not say so.
        folded: Findings that follow from this one (all that comes after a NaN).
        suppressed: The reason for which it is suppressed, empty where it is not.
        baseline: What the baseline says of it: ``known``, ``new``, or ``worse`` where it is known
            with a lower severity; empty without a baseline.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    summary: str
    message: str
    help: str
    url: str
    split: str
    first: Place
    last: Place
    count: int
    active: bool
    superseded: bool
    margin: float | None
    evidence: Sequence[Evidence]
    fingerprint: str
    occurrence: str
    latest: str = ""
    ended: Place | None = None
    folded: Sequence[Finding] = ()
    suppressed: str = ""
    baseline: Since = ""

    @property
    def is_accepted(self) -> bool:
        """Return whether it is suppressed or known, and so fails no check by itself."""
        return bool(self.suppressed) or self.baseline == "known"

    @property
    def is_standing(self) -> bool:
        """Return whether it counts: neither superseded nor accepted."""
        return not self.superseded and not self.is_accepted

    @property
    def advice(self) -> str:
        """Return what to do now, empty where it is over and no more than worth knowing."""
        return self.help if self.active or self.severity != "info" else ""

    @property
    def order(self) -> tuple[int, bool, bool, int, str]:
        """Return what findings are sorted by: severity, whether it still stands, where it began."""
        rank = SEVERITIES.index(self.severity)
        return rank, self.superseded, not self.active, self.first.line or 0, self.rule


def unfolded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, each before those folded under it."""
    for finding in findings:
        yield finding
        yield from unfolded(finding.folded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rule came to on one run.

    Attributes:
        rule: Rule id.
        severity: Severity of the rule.
        state: ``fail``, ``pass``, ``pending``, ``not_judged``, ``error``, or ``not_applicable``
            where the run is not of the kind that the rule is for.
        reason: Why it is pending, not judged, not applicable or broken; else empty.
        split: Split that was judged.
        evaluated: Number of records at which the rule was evaluated.
        decided: Number of those at which it came to true or false.
        findings: Number of findings it made.
        summary: The rule's summary: what would be wrong.
        url: The rule's page, empty where it has none.
    """

    rule: str
    severity: Severity
    state: State
    reason: str = ""
    split: str = ""
    evaluated: int = 0
    decided: int = 0
    findings: int = 0
    summary: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """When a head is expected to reach its next phase.

    Attributes:
        phase: Name of the phase.
        bound: The value below which it begins.
        middle: Epoch in the middle of what is expected, None where it is likelier never to.
        low: Early end of the interval, an epoch.
        high: Late end, an epoch; None where it may never get there.
        coverage: Share of runs that should reach it within the interval.
    """

    phase: str
    bound: float
    middle: float | None
    low: float
    high: float | None
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one head of the model stands: shown always, never a finding.

    Attributes:
        label: Name to show (``mel``, ``spectral``).
        metric: Canonical metric.
        series: Key of the series shown.
        value: Latest finite value, as logged.
        best: Best (lowest) finite value so far, as logged.
        best_place: Where the best value was.
        phase: Name of the phase it is in, empty where none applies.
        sounds: How a model in that phase sounds, empty where unknown.
        trend: Relative change an epoch over the last epochs, as a fraction; None where unknown.
        trend_text: The trend in words (``falling 1.9 % an epoch``), empty where unknown.
        notes: Further remarks (``below 0.3 since epoch 9``), in reading order.
        curve: Values for a sparkline, at most 24, oldest first, NaN for gaps.
        is_wanted: Whether the phase is the last one, which a run is trained for.
        projection: When its next phase is expected, None where that cannot be told.
    """

    label: str
    metric: str
    series: str
    value: float
    best: float
    best_place: Place
    phase: str
    sounds: str
    trend: float | None
    trend_text: str
    notes: Sequence[str]
    curve: Sequence[float]
    projection: Projection | None = None
    is_wanted: bool = False


class Band(NamedTuple):
    """A phase of a metric, with its bounds on the scale on which the metric is logged.

    Attributes:
        name: Name of the phase.
        at_least: Lower bound, included; None for the lowest band.
        below: Upper bound, excluded; None for the topmost band.
    """

    name: str
    at_least: float | None
    below: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One series, thinned so that at a given width it looks as it is.

    Attributes:
        series: Its key (``val/mel_loss``).
        split: Its split.
        xs: Positions, rising, in the unit of the drawing.
        ys: Values, aligned with ``xs``; NaN where a value is not finite.
        points: Number of points before thinning.
    """

    series: str
    split: str
    xs: Sequence[float]
    ys: Sequence[float]
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The curves of one metric.

    Attributes:
        metric: Canonical metric.
        label: Name to show: that of its head, else the metric.
        is_head: Whether it is one of those that show where the run stands.
        curves: One a split, training before validation.
        bands: Its phases, empty where it has none or its scale is unknown.
    """

    metric: str
    label: str
    is_head: bool
    curves: Sequence[Curve]
    bands: Sequence[Band] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The mel-spectrogram of one sample.

    Attributes:
        epoch: Epoch of the sample, None where it was not logged, and for the recording.
        step: Step of the sample, None as for the epoch.
        is_recording: Whether it is what the sample should sound like.
        sharpness: Share of the recording's detail, 0 to 1; NaN without a recording or a number.
        width: Frames.
        height: Bands.
        pixels: Levels row by row, the highest band first; 0 for 60 dB and more under the loudest.
        sound: What it sounds like, as a WAV file; empty where it was not announced or is too long.
    """

    epoch: float | None
    step: float | None
    is_recording: bool
    sharpness: float
    width: int
    height: int
    pixels: bytes
    sound: bytes = b""


@dataclass(frozen=True, slots=True)
class Panel:
    """Spectrograms of one clip over a run, in order, the recording last.

    Attributes:
        clip: Name of the clip, empty where it has none.
        text: What is said in it, empty where unknown.
        pictures: Pictures of one scale of levels.
    """

    clip: str
    text: str
    pictures: Sequence[Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The curves of a run, for formats that show pictures.

    Attributes:
        unit: What positions are counted in: ``step``, ``epoch`` or ``line``, as in a place.
        first: Position of the first record.
        last: Position of the last record.
        epochs: Position and number of some epochs, evenly chosen; empty where epochs are unknown.
        charts: One a metric: the heads, then what findings are about, then the others.
        left_out: Metrics that are not drawn, for there are too many.
        panels: Spectrograms of announced samples, empty where there are none beside the log.
        is_small: Whether it holds but one coarse curve, for the row of a table.
    """

    unit: Literal["step", "epoch", "line"]
    first: float
    last: float
    epochs: Sequence[tuple[float, int]]
    charts: Sequence[Chart]
    left_out: Sequence[str] = ()
    panels: Sequence[Panel] = ()
    is_small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run of a log, judged or only listed.

    Attributes:
        number: 1-based position among the runs of the log.
        id: Its id, None where the log gives none.
        records: Number of metric records.
        attempts: Number of attempts (1 + resumes).
        resumed: Places at which it was resumed.
        first: First record.
        last: Last record.
        epoch: Last epoch reached, None where unknown.
        planned_epochs: Planned epochs, None where unknown.
        status: Status of its ``end`` record, None where there is none.
        facts: Facts of the run, flat.
        notes: Remarks on how it was read.
        is_stub: True where it is too short to be judged while another run of the log is not.
    """

    number: int
    id: str | None
    records: int
    attempts: int
    resumed: Sequence[Place]
    first: Place
    last: Place
    epoch: float | None
    planned_epochs: float | None
    status: str | None
    facts: Mapping[str, object]
    notes: Sequence[str] = ()
    is_stub: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to do with a run: the first thing that a report says.

    Attributes:
        state: ``stop``, ``attention``, ``cannot tell``, ``too early``, ``finished`` or ``go on``.
        reason: Why, in one sentence.
        since: Since when, None where that has no meaning.
        next: The next thing to do, empty where there is nothing but to go on.
        is_green: Whether all is as wanted: ``go on``, or ``finished`` where it was to get to.
    """

    state: AnswerState
    reason: str
    since: Place | None = None
    next: str = ""
    is_green: bool = False

    @property
    def rank(self) -> tuple[int, bool]:
        """Return what answers are sorted by, the worst first."""
        return ANSWERS.index(self.state), self.is_green


Side = Literal["better", "worse", "alike", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A run beside another one at equal look.

    Attributes:
        name: What the other is called: ``run 1``, or its path.
        label: What was compared: the head that shows progress.
        side: ``better`` or ``worse`` than the other, ``alike`` within noise, or ``unclear``.
        now: Level of the judged run there, NaN where it cannot be told.
        then: Level of the other.
        change: Relative difference, as a fraction.
        at: Where both have come, None where that cannot be told.
        reason: Why it is unclear, empty where it is not.
    """

    name: str
    label: str
    side: Side
    now: float = nan
    then: float = nan
    change: float = nan
    at: Place | None = None
    reason: str = ""


NO_ANSWER = Answer(state="cannot tell", reason="nothing was judged")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """The judgement of one log.

    Attributes:
        path: The path as the user gave it.
        format: Format that was read.
        run: The judged run, None where nothing could be judged.
        other_runs: The runs that were not judged.
        standing: Where it stands, in the order of the pack.
        findings: Findings in order of severity, then of first record.
        verdicts: One for each selected rule, in the order of the packs.
        problems: What kept us from looking.
        no_verdict: Why nothing was judged, empty where something was.
        required: Rules of ``--require`` that came to no verdict, with the reason.
        drawing: The curves of the judged run, None where nobody asked for them.
        answer: What to do.
        course: What to do where no finding counts.
        unseen: The vital rules that could not look, with the reason.
        against: How it does beside the run before it, or the one that was asked for.
    """

    path: str
    format: str
    run: RunSummary | None = None
    other_runs: Sequence[RunSummary] = ()
    standing: Sequence[Standing] = ()
    findings: Sequence[Finding] = ()
    verdicts: Sequence[Verdict] = ()
    problems: Sequence[Problem] = ()
    no_verdict: str = ""
    required: Mapping[str, str] | None = None
    drawing: Drawing | None = None
    answer: Answer = NO_ANSWER
    course: Answer = NO_ANSWER
    unseen: Mapping[str, str] = field(default_factory=dict)
    against: Comparison | None = None

    def _repr_html_(self) -> str:
        """Return what a notebook shows of it."""
        return str(_notebook().of_log(self))


class SuppressionUse(NamedTuple):
    """What became of one suppression of the config.

    Attributes:
        rule: Rule that it names.
        reason: Why.
        log: Pattern of the logs that it holds for, empty for all.
        metric: Metric that it holds for, empty for all.
        until: Last day on which it holds, as ``YYYY-MM-DD``, empty where it does not end.
        origin: Where it is written, as ``path:line:column``.
        state: ``used``, ``unused`` (its rule was judged and nothing matched), ``not_judged``
            (nothing that it could match was judged), or ``expired`` (it suppresses nothing more).
        findings: Number of findings that it matches.
    """

    rule: str
    reason: str
    log: str
    metric: str
    until: str
    origin: str
    state: UseState
    findings: int


class Gone(NamedTuple):
    """An entry of the baseline that no finding has.

    Attributes:
        fingerprint: Its fingerprint.
        rule: Its rule.
        severity: Severity it was recorded with.
        split: Split that was judged.
        metrics: Series that it was found on.
        state: ``fixed`` where its rule was judged on every log, ``not_judged`` where it was not.
    """

    fingerprint: str
    rule: str
    severity: Severity
    split: str
    metrics: Sequence[str]
    state: GoneState


class Setting(NamedTuple):
    """One setting that does not have its default value.

    Attributes:
        key: Its key in the config; facts and params with a dot (``facts.utterances``).
        value: Its value: plain data.
        origin: ``command line``, or the place in the config as ``path:line``.
    """

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The judgement of all logs of one call.

    Attributes:
        version: Version of healthlint.
        fail_on: Severity at and above which findings fail the check.
        logs: One for each log, in the order given.
        config: The config that was read, empty where there is none.
        settings: The settings that do not have their default values.
        suppressions: What became of each suppression.
        baseline: The baseline that findings were compared with, empty where there is none.
        gone: The entries of the baseline that no finding has.
    """

    version: str
    fail_on: Severity
    logs: Sequence[LogReport]
    config: str = ""
    settings: Sequence[Setting] = ()
    suppressions: Sequence[SuppressionUse] = ()
    baseline: str = ""
    gone: Sequence[Gone] = ()

    def _repr_html_(self) -> str:
        """Return what a notebook shows of it."""
        return str(_notebook().of_report(self))


def _notebook() -> ModuleType:
    """Return what lays a report out for a notebook; nothing here needs it before one asks."""
    return import_module("healthlint.reporters._notebook")
