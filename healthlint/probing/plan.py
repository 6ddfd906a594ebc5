"""What to probe and what came of it: plain frozen data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from healthlint.probing.checkpoints import ProbedCheckpoint
from healthlint.probing.course import Course
from healthlint.probing.making import Made
from healthlint.report.outcome import BROKEN, FINDINGS, NO_VERDICT, OK
from healthlint.spectrogram.hearing import Heard
from healthlint.spectrogram.inputs import Settings

TEXTS = (
    "Привет, это тест.",
    "В дебрях заброшенного леса слышны странные звуки, не так ли?",
)
"""The two sentences of the training guide."""
TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """What to probe, with what.

    Attributes:
        models: Checkpoints, or folders of them.
        texts: What to say.
        command: A template (``healthlint.probing.command``), empty for a synthesizer.
        synthesizer: Name of one, empty to recognise it from the model.
        device: ``auto``, ``mps``, ``cuda`` or ``cpu``; or whatever the command takes.
        timeout: Seconds for one sample, above 0.
        references: Recordings to compare with: files and folders.
        out: Folder that keeps the samples, None for one that is dropped.
        settings: How sound is made into a mel.
        mos: Whether to predict what listeners would say (``healthlint.probing.opinion``).
        report: Told of progress in one line, None for nobody.
    """

    models: tuple[str, ...]
    texts: tuple[str, ...] = TEXTS
    command: str = ""
    synthesizer: str = ""
    device: str = "auto"
    timeout: float = TIMEOUT_SECONDS
    references: tuple[str, ...] = ()
    out: Path | None = None
    settings: Settings = field(default_factory=Settings)
    mos: bool = False
    report: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One text said by one checkpoint.

    Attributes:
        checkpoint: Who said it.
        text: What was said.
        made: How the file came to be.
        heard: What it says of itself, None where there is no sound.
        mos: Predicted mean opinion score, 1 to 5; NaN where nobody asked, or it is unknown.
    """

    checkpoint: ProbedCheckpoint
    text: str
    made: Made
    heard: Heard | None
    mos: float = math.nan

    @property
    def problem(self) -> str:
        """Return why it could not be judged, empty where it could."""
        return self.made.problem or (self.heard.problem if self.heard else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of a probe.

    Attributes:
        command: The template that made the samples.
        synthesizer: Its name, empty for a template of the user's.
        device: The device that was asked for.
        checkpoints: Those probed, in the order of training.
        texts: What was said.
        samples: Every text of every checkpoint, by checkpoint.
        courses: How numbers go over checkpoints; empty for one checkpoint.
        references: How many recordings they were compared with, 0 for none.
        left_out: Files that were not probed, and why.
        problems: References that could not be used, each with its path.
    """

    command: str
    synthesizer: str
    device: str
    checkpoints: tuple[ProbedCheckpoint, ...]
    texts: tuple[str, ...]
    samples: tuple[Sample, ...]
    courses: tuple[Course, ...] = ()
    references: int = 0
    left_out: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return 2 where a sample is missing, 1 where one is unwell, 3 where none was judged."""
        if self.problems or any(sample.problem for sample in self.samples):
            return BROKEN
        if any(sample.heard and sample.heard.troubles for sample in self.of_last):
            return FINDINGS
        if any(sample.heard and sample.heard.is_judged for sample in self.of_last):
            return OK
        return NO_VERDICT

    @property
    def is_scored(self) -> bool:
        """Return whether a mean opinion score is known of any sample."""
        return any(math.isfinite(sample.mos) for sample in self.samples)

    @property
    def of_last(self) -> tuple[Sample, ...]:
        """Return the samples that count: of the newest checkpoint, of all where none is newest."""
        if any(checkpoint.when is None for checkpoint in self.checkpoints):
            return self.samples
        return tuple(sample for sample in self.samples if sample.checkpoint is self.checkpoints[-1])
