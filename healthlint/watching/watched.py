"""One log that is watched: look, judge, tell, remember."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from healthlint.acceptance.suppression import Suppression, suppress
from healthlint.engine import choose, judge
from healthlint.logs import Log, Run
from healthlint.logs.faults import fault
from healthlint.report import LogReport, Report, Severity
from healthlint.rulebook import Rulebook
from healthlint.terminal.words import where
from healthlint.watching import alerts, state
from healthlint.watching.alerts import NOWHERE, Look, Policy, Told
from healthlint.watching.causes import causes
from healthlint.watching.course import OVER, Course, turn
from healthlint.watching.events import Event, RecordPlace, noticed, timestamp
from healthlint.watching.following import Follower, Incident
from healthlint.watching.sight import Rhythm, seconds_left, sight
from healthlint.watching.state import Lock, State, StateError
from healthlint.watching.stopping import StopPolicy, ask, asked_for

_INCIDENTS: Mapping[Incident, str] = {
    "truncated": "the log was truncated; it is read anew",
    "replaced": "another log lies at its path; it is read anew",
    "deleted": "the log is gone; it is waited for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How logs are judged, and when what is told.

    Attributes:
        rulebook: The rules.
        facts: What is known of the runs beside their logs.
        suppress: Findings that are not told.
        require: Rules without whose verdict there is none.
        fail_on: Severity at and above which findings fail the watch.
        policy: When alerts are told.
        stop: When a stop is asked for, None for never.
        folder: Folder of states, empty for beside the logs.
    """

    rulebook: Rulebook
    facts: Mapping[str, object] = field(default_factory=dict)
    suppress: Sequence[Suppression] = ()
    require: Sequence[str] = ()
    fail_on: Severity = "error"
    policy: Policy = field(default_factory=Policy)
    stop: StopPolicy | None = None
    folder: str = ""


class Watched:
    """A log, and what was told of it.

    Args:
        path: The log.
        plan: How it is judged.
        sinks: Names of those who are told.
        name: What the log is called, its path where left out.
        lasting: Those of them that are to get what they missed.

    Attributes:
        path: The log.
        report: What the newest look came to, None before the first.
        left: Seconds that the rest of the run takes, None where unknown.
        trouble: Why its state cannot be written, empty where it can.
    """

    def __init__(
        self,
        path: str,
        plan: Plan,
        sinks: frozenset[str],
        lasting: frozenset[str] = frozenset(),
        name: str = "",
    ) -> None:
        self.path = path
        self._name = name or path
        self._event = partial(noticed, log=self._name)
        self.report: LogReport | None = None
        self.left: float | None = None
        self.trouble = ""
        self._plan = plan
        self._file: Path = state.path_of(path, plan.folder)
        self._lock = Lock(self._file)
        known = state.load(self._file) or State()
        # where another watch tells of this log, this one only shows it
        kept = known.sinks | lasting if self._lock.is_held else frozenset()
        self._sinks = sinks - lasting | kept
        self.state = self._saved = replace(known, sinks=kept)
        self._follower = Follower(path, plan.facts, self.state.head)
        self._rhythm = Rhythm()
        self._looks: list[tuple[Run, LogReport, Look]] = []
        self._grown_at = 0.0
        self._has_begun_another = False

    def age(self, now: float) -> float:
        """Return the seconds since the log was seen to change."""
        return max(0.0, now - self._grown_at)

    def open_alerts(self) -> list[Event]:
        """Return what was told before and still holds, as events that nobody is to be told."""
        told = (
            Told("firing", identity, alert)
            for identity, alert in self.state.alerts.items()
            if alert.is_open and not alert.is_inhibited
        )
        return [self._finding(one, one.alert.told_at) for one in told]

    @property
    def has_run(self) -> bool:
        """Whether a run was found in it."""
        return bool(self._looks)

    @property
    def is_over(self) -> bool:
        """Whether its newest run has ended or died; one too short to be judged goes on."""
        if not self._looks or self._has_begun_another:
            return False
        course = self.state.courses.get(self._looks[-1][2].run)
        return course is not None and course.state in OVER

    def is_urgent(self) -> bool:
        """Return whether something has come that is worth a look out of turn: it costs far less."""
        return self._follower.peek()

    def look(self, now: float, *, is_last: bool = False, death: str = "") -> bool:
        """Look at the log, and put what is to be told into its state; return whether it changed.

        Args:
            now: Seconds since 1970.
            is_last: Whether this is the last look, after which nothing can wait.
            death: What the training is known to have died of, empty where it is not.
        """
        news = self._follower.look(now, patience=self._rhythm.patience, is_over=bool(death))
        events: list[Event] = []
        if news.incident:
            events.append(self._event(news.incident, _INCIDENTS[news.incident], now))
        if news.log is not None and news.incident != "deleted":
            if news.is_grown:
                self._note_change(now)
            if news.incident in ("truncated", "replaced"):
                fresh = self.state.generation + 1
                self.state = replace(self.state, generation=fresh, run=0)
            try:
                self._judge(news.log)
            except Exception as error:  # our own fault: told, and the others are looked at
                self._judge(Log(path=self.path, format=news.log.format, problems=(fault(error),)))
        self.state = replace(self.state, head=self._follower.head)
        for number, (run, report, seen) in enumerate(self._looks):
            is_newest = number == len(self._looks) - 1
            is_new = news.log is not None and news.is_grown
            look = replace(seen, is_new=is_new, is_last=is_last or not is_newest)
            told = self._told(look, now)
            turns = self._turns(run, report, look, now, death if is_newest else None)
            before = [one for one in turns if one.event in ("began", "resumed")]
            events += [*before, *told, *(one for one in turns if one not in before)]
            events += self._stop(look, now) if is_newest else []
        self._looks = self._looks[-1:]
        self._keep(events)
        return news.log is not None

    def _note_change(self, now: float) -> None:
        """Note when the log changed: of the first look the file says it."""
        first = self._follower.changed_at or now
        self._grown_at = now if self.report is not None else min(now, first)
        self._rhythm.grew(self._grown_at)

    def _judge(self, log: Log) -> None:
        """Judge the newest run, and those that came since the last look."""
        self._looks = []
        if not log.runs or any(one.is_fatal for one in log.problems):
            self.report = replace(judge(log, self._plan.rulebook), path=self._name)
            return
        newest = choose(log, "last").number
        self._has_begun_another = newest < len(log.runs)
        for number in range(min(self.state.run or newest, newest), newest + 1):
            report = self._judged(log, "last" if number == newest else str(number))
            look = Look(
                run=self._key(report),
                last=report.run.last if report.run else NOWHERE,
                causes=causes(report),
            )
            self._looks.append((_without_values(log.runs[number - 1]), report, look))
            self.report = report
        run = log.runs[newest - 1]
        self._rhythm.hear(run)
        self.left = seconds_left(run, report.run) if report.run else None
        self.state = replace(self.state, run=newest)

    def _judged(self, log: Log, choice: str) -> LogReport:
        plan = self._plan
        report = judge(log, plan.rulebook, run=choice, require=plan.require)
        report = replace(report, path=self._name)
        if not plan.suppress:
            return report
        marked = suppress(
            Report(version="", fail_on=plan.fail_on, logs=[report]), plan.suppress, date.today()
        )
        return marked.logs[0]

    def _key(self, report: LogReport) -> str:
        """Return what tells a run from the others: its id, else its number in its file."""
        if report.run is None:
            return ""
        generation = f"{self.state.generation}." if self.state.generation else ""
        return report.run.id or f"#{generation}{report.run.number}"

    def _told(self, look: Look, now: float) -> list[Event]:
        after, told = alerts.step(self.state.alerts, look, now, self._plan.policy)
        self.state = replace(self.state, alerts=after)
        return [self._finding(one, now) for one in told]

    def _turns(
        self, run: Run, report: LogReport, look: Look, now: float, death: str | None
    ) -> list[Event]:
        """Return the turns in the course of a run; ``death`` is as :func:`sight` takes it."""
        if report.run is None:
            return []
        stands, why = sight(run, report.run, self._rhythm.patience, self.age(now), death)
        before = self.state.courses.get(look.run)
        course, turns = turn(before, report.run.attempts, stands, why)
        self.state = replace(self.state, courses={**self.state.courses, look.run: course})
        more = {"attempt": course.attempts - 1, "last": RecordPlace.of(look.last)}
        return [
            self._event(event, message or report.answer.reason, now, run=look.run, **more)
            for event, message in turns
        ]

    def _stop(self, look: Look, now: float) -> list[Event]:
        """Ask the training to stop, once an attempt, where the plan says so."""
        policy, run = self._plan.stop, self._looks[-1][0]
        attempt = len(run.timelines) - 1
        course = self.state.courses.get(look.run, Course())
        if policy is None or course.state in OVER or asked_for(self.path, look.run, attempt):
            return []
        found = policy.reason(self.state.alerts, look.run)
        if found is None:
            return []
        cause = found.cause
        trouble = ask(self.path, run, attempt, cause, timestamp(now))
        message = trouble or f"asked to stop: {cause.message}"
        first = RecordPlace.of(cause.first)
        about = {"severity": cause.severity, "rule": cause.rule, "first": first}
        return [self._event("stop", message, now, run=look.run, attempt=attempt, **about)]

    def _finding(self, told: Told, now: float) -> Event:
        cause, identity = told.alert.cause, told.identity
        message = cause.message
        if told.event == "resolved":
            message = f"it last held at {where(cause.last)}"
        if told.event == "inhibited":
            message = f"follows from {cause.root}" if cause.root else f"suppressed: {cause.silence}"
        return self._event(
            told.event,
            message,
            now,
            run=identity.run,
            attempt=identity.attempt,
            severity=cause.severity,
            rule=cause.rule,
            confidence=cause.confidence,
            help=cause.help,
            fingerprint=cause.fingerprint,
            first=RecordPlace.of(cause.first),
            last=RecordPlace.of(cause.last),
            root=cause.root,
            follows=tuple(alerts.inhibited_by(self.state.alerts, identity)),
            again=max(0, told.alert.told - 1),
            repeat=told.is_repeat,
        )

    def _keep(self, events: Sequence[Event]) -> None:
        """Number events, and keep them with the state before anybody is told."""
        before = self.state
        numbered = [
            replace(event, seq=before.seq + at, id=f"{before.name}-{before.seq + at}")
            for at, event in enumerate(events, 1)
        ]
        self.state = before.with_events(numbered, self._sinks)
        if events or _shape(self.state) != _shape(self._saved):
            self.save()

    def owed(self, sink: str) -> list[Event]:
        """Return the events that a sink has not got yet, the oldest first."""
        return [one.event for one in self.state.waiting if sink in one.owed]

    def arrived(self, events: Collection[str], sink: str) -> None:
        """Note that a sink has got events, those of this log among the given ids."""
        after = self.state.arrived(events, sink)
        if after.waiting != self.state.waiting:
            self.state = after
            self.save()

    def save(self) -> None:
        """Write the state; where it cannot be written the watch goes on, and says so."""
        if not self._lock.is_held:
            return
        try:
            state.save(self.state, self._file)
            self._saved, self.trouble = self.state, ""
        except StateError as error:
            self.trouble = str(error)


def _without_values(run: Run) -> Run:
    """Return a run without its curves, which need not be kept until the next look."""
    timelines = [replace(one, series={}) for one in run.timelines]
    return replace(run, timelines=timelines, undecided={})


def _shape(held: State) -> object:
    """Return what of a state must not be lost: what was told, not how often somebody looked."""
    told = {one: (alert.state, alert.told) for one, alert in held.alerts.items()}
    return held.head.digest, held.generation, held.run, held.courses, told
