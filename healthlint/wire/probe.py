"""A probe for programs: the types of the JSON that ``healthlint probe -o json`` writes, version 1.

Byte-equal for equal input: without times, and with paths as they were given. A number that is
unknown is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA: Literal["healthlint.probe/1"] = "healthlint.probe/1"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What can be said of the sharpness of one sample.

    Attributes:
        name: sharp, blurred, static, noisy, silent or cannot tell.
        axis: time, frequency, both, or empty where it is not known.
        against: reference or alone.
        deficit_db: Total sharpness below the reference, null without one.
        uncertainty_db: One standard deviation of that.
        reason: Why, in a few words.
    """

    name: str
    axis: str
    against: str
    deficit_db: float | None
    uncertainty_db: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One checkpoint.

    Attributes:
        name: Its name.
        path: Its path.
        sha256: Of its content.
        epoch: Epoch as its name says, null where it does not.
        step: Step likewise.
    """

    name: str
    path: str
    sha256: str
    epoch: int | None
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOfText:
    """One text said by one checkpoint.

    Attributes:
        checkpoint: Name of the checkpoint.
        sha256: Of the checkpoint's content.
        text: What was said.
        problem: Why there is no sound that could be heard, null where there is.
        output_tail: The last lines that the command printed, where there is a problem.
        troubles: silent, clipped, static, noisy, blurred; empty where none was found.
        seconds: Length.
        level_db: Root mean square in dB of full scale.
        peak: Largest magnitude.
        clipped: Share of samples at full scale, 0 to 1.
        leading_seconds: Pause before the first sound.
        trailing_seconds: Pause after the last sound.
        speech_seconds: Sound without pauses.
        rate: Letters and digits a second of speech.
        share: Share of the reference's detail, 0 to 1, null without a reference.
        mos: Predicted mean opinion score, 1 to 5, null without ``--mos``.
        sharpness: Named numbers in dB (docs/blur.md), null where they could not be measured.
        verdict: What can be said of its sharpness, null likewise.
    """

    checkpoint: str
    sha256: str
    text: str
    problem: str | None
    output_tail: list[str]
    troubles: list[str]
    seconds: float | None = None
    level_db: float | None = None
    peak: float | None = None
    clipped: float | None = None
    leading_seconds: float | None = None
    trailing_seconds: float | None = None
    speech_seconds: float | None = None
    rate: float | None = None
    share: float | None = None
    mos: float | None = None
    sharpness: dict[str, float | None] | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """One number over checkpoints, the mean of their texts.

    Attributes:
        name: sharpness, rate or mos.
        unit: Its unit.
        values: One a checkpoint, null where unknown.
        direction: rising, falling, unclear (not that nothing changed) or too few.
    """

    name: str
    unit: str
    values: list[float | None]
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a probe.

    Attributes:
        schema: Name and version of this format.
        schema_version: 1; a new version only where something is taken away or changes meaning.
        exit_code: 0 fine, 1 something is wrong, 2 a sample is missing, 3 nothing could be judged.
        command: The template that made the samples.
        synthesizer: Its name, null for one of the user's.
        device: The device that was asked for.
        references: How many recordings they were compared with.
        checkpoints: In the order of training.
        samples: Every text of every checkpoint.
        courses: Numbers over checkpoints.
        left_out: Files that were not probed, and why.
        problems: References that could not be used.
    """

    schema: Literal["healthlint.probe/1"]
    schema_version: int
    exit_code: int
    command: str
    synthesizer: str | None
    device: str
    references: int
    checkpoints: list[Checkpoint]
    samples: list[SampleOfText]
    courses: list[Course]
    left_out: list[str]
    problems: list[str]
