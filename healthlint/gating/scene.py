"""What the checks look at: a checkpoint, and what lies beside it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from healthlint.checking.selection import selected
from healthlint.checkpoints import Checkpoint, read
from healthlint.engine.judging import judge_run
from healthlint.gating import siblings
from healthlint.gating.model import Wanted
from healthlint.gating.prefix import record_of, upto
from healthlint.logs import Event, Log, Run
from healthlint.logs.choosing import choose
from healthlint.looking import look
from healthlint.probing.checkpoints import digest
from healthlint.readers.folders import announced_path, home_of
from healthlint.readers.paths import only_log, shown
from healthlint.report import Finding, LogReport

_NAMES = ("logs.jsonl", "log.jsonl", "metrics.jsonl", "train_log.jsonl", "trainer_state.json")
_LEVELS = 3
VALIDATION = "val/mel_loss"
UNLOGGED = "no log that says what was when it was saved"
SPEECHLESS = "gate/not-speaking"
"""The rule that fires where no word can be made out yet."""
_ELSEWHERE = ("gate/mel-above-best", "gate/too-early", "gate/sharpness-drop", SPEECHLESS)
"""Rules of the pack that a check of its own looks at, or that say when and not what."""


@dataclass(frozen=True)
class Scene:
    """A checkpoint with its surroundings, each read when a check asks for it.

    Attributes:
        checkpoint: The checkpoint.
        wanted: What was asked for.
        folder: The folder that was named in its place, empty where it was named itself.
    """

    checkpoint: Checkpoint
    wanted: Wanted
    folder: str = ""

    @cached_property
    def twin(self) -> Checkpoint | None:
        """The checkpoint beside it with the same weights, where it says no epoch or step."""
        own = self.checkpoint
        return siblings.twin(own) if own.epoch is None and own.step is None else None

    @property
    def dated(self) -> Checkpoint:
        """The checkpoint, or its twin: what says when these weights were saved."""
        return self.twin or self.checkpoint

    @property
    def foreign(self) -> list[str]:
        """Names in it that are neither data, nor its trainer's own, nor allowed."""
        return [name for name in self.checkpoint.classes if name not in self.wanted.allow]

    @cached_property
    def log(self) -> Log | None:
        """The log of its run, None where none lies beside it."""
        place = self.wanted.log or _beside(Path(self.checkpoint.path))
        return look(place, self.wanted.facts) if place else None

    @cached_property
    def run(self) -> Run | None:
        """The run that announced it, else the last that can be judged; None without one."""
        if self.log is None or not self.log.runs or any(p.is_fatal for p in self.log.problems):
            return None
        for run in reversed(self.log.runs):
            if self.announced_in(run) is not None:
                return run
        return choose(self.log, "last")

    @cached_property
    def announced(self) -> Event | None:
        """The event that announced it, None where none did."""
        return self.announced_in(self.run) if self.run else None

    def announced_in(self, run: Run) -> Event | None:
        """Return the last event of a run that names this file."""
        events = [event for event in _saved(run) if self.path_of(event) == self.own]
        return events[-1] if events else None

    def path_of(self, event: Event) -> Path | None:
        """Return the path that an event names, None where it names none."""
        path = announced_path(event, home_of(self.log.path)) if self.log else None
        with suppress(OSError, RuntimeError, ValueError):  # no name of a file, a loop of links
            return path.resolve() if path else None
        return None

    @property
    def own(self) -> Path:
        """The checkpoint's own path."""
        return Path(self.checkpoint.path).resolve()

    @cached_property
    def record(self) -> int | None:
        """The last record of the log that was there when it was saved, None where unknown."""
        if self.run is None:
            return None
        if self.dated.epoch is not None:
            found = record_of(self.run, "epochs", self.dated.epoch)
            if found is not None:
                return found
        if self.announced is not None and self.announced.record >= 0:
            return self.announced.record
        step = self.dated.step
        return None if step is None else record_of(self.run, "steps", step)

    @cached_property
    def epoch(self) -> float | None:
        """The epoch that it closes: what it says, else what the log says of it."""
        if self.dated.epoch is not None:
            return self.dated.epoch
        return self.announced.epoch if self.announced else None

    @cached_property
    def then(self) -> Run | None:
        """The run as it was when it was saved."""
        if self.run is None or self.record is None:
            return None
        return upto(self.run, self.record)

    @cached_property
    def judged(self) -> Sequence[LogReport]:
        """What the usual packs and the pack of the gate say of the run as it was then."""
        return [*self._said((), (), "default"), *self._said(["gate"], _ELSEWHERE, "all")]

    @cached_property
    def speechless(self) -> Finding | None:
        """The finding that no word can be made out at its validation mel, None where one may be."""
        reports = self._said([SPEECHLESS], (), "all")
        findings = [finding for report in reports for finding in report.findings]
        if self.then is None or not findings:
            return None
        ends = (None, self.then.series[VALIDATION].steps[-1])
        active = (finding for finding in findings if finding.active and not finding.superseded)
        return next((finding for finding in active if finding.last.step in ends), None)

    def _said(self, select: Sequence[str], ignore: Sequence[str], profile: str) -> list[LogReport]:
        """Return what rules say of the run as it was then, nothing where that is not known."""
        if self.log is None or self.then is None:
            return []
        rulebook = selected(self.wanted.rules, select, ignore, profile, self.wanted.params)
        return [judge_run(self.log, self.then, rulebook)]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, empty for a folder."""
        return digest(self.own) if self.own.is_file() else ""

    @cached_property
    def predecessor(self) -> Checkpoint | None:
        """The checkpoint it is compared with; None where there is none.

        Raises:
            CheckpointError: One was named and cannot be read.
        """
        if self.wanted.against:
            return read(self.wanted.against)
        return self._announced_before() or siblings.before(
            self.checkpoint, self.epoch, self.twin.path if self.twin else ""
        )

    def _announced_before(self) -> Checkpoint | None:
        if self.run is None or self.announced is None:
            return None
        before = [earlier for earlier in _saved(self.run) if earlier.line < self.announced.line]
        paths = filter(None, map(self.path_of, reversed(before)))
        files = (path for path in paths if path != self.own and path.is_file())
        return next(siblings.readable(files), None)


def _saved(run: Run) -> list[Event]:
    return [event for event in run.events if event.kind == "checkpoint"]


def _beside(checkpoint: Path) -> str:
    """Return the log in the folder of a checkpoint or one of the two above, empty for none."""
    own = checkpoint.resolve()
    if not own.is_dir():
        only = only_log(str(own.parent))
        if isinstance(only, str):
            return shown(only)
    folders = [*([own] if own.is_dir() else []), *own.parents[:_LEVELS]]
    usual = (folder / name for folder in folders for name in _NAMES)
    return next((shown(str(log)) for log in usual if log.is_file()), "")
