"""What came of a probe, in the types of the JSON that programs read."""

from __future__ import annotations

from dataclasses import asdict

from healthlint.documents.json import dumps, measured, spellable
from healthlint.probing.plan import Probe, Sample
from healthlint.wire.probe import (
    SCHEMA,
    SCHEMA_VERSION,
    Checkpoint,
    Course,
    Report,
    SampleOfText,
    Verdict,
)


def rendered(probe: Probe) -> str:
    """Return a probe as JSON."""
    made = report(probe)
    return dumps(spellable(measured(made, 4)), is_indented=True)


def report(probe: Probe) -> Report:
    """Return a probe as the types of the wire format."""
    return Report(
        SCHEMA,
        SCHEMA_VERSION,
        probe.exit_code,
        probe.command,
        probe.synthesizer or None,
        probe.device,
        probe.references,
        [Checkpoint(c.name, str(c.path), c.digest, c.epoch, c.step) for c in probe.checkpoints],
        [_sample(sample) for sample in probe.samples],
        [Course(c.name, c.unit, [*c.values], c.direction) for c in probe.courses],
        [*probe.left_out],
        [*probe.problems],
    )


def _sample(sample: Sample) -> SampleOfText:
    heard, point = sample.heard, sample.checkpoint
    first = (point.name, point.digest, sample.text, sample.problem or None, [*sample.made.tail])
    if heard is None or heard.problem:
        return SampleOfText(*first, [])
    verdict, numbers = heard.verdict, heard.sharpness
    own: dict[str, float | None] = {}
    if numbers:
        own = {name: v for name, v in asdict(numbers).items() if isinstance(v, float)}
    return SampleOfText(
        *first,
        [*heard.troubles],
        heard.seconds,
        heard.level_db,
        heard.peak,
        heard.clipped,
        heard.leading_seconds,
        heard.trailing_seconds,
        heard.speech_seconds,
        heard.rate,
        heard.share,
        own or None,
        Verdict(**asdict(verdict)) if verdict else None,
    )
