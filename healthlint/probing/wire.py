"""What came of a probe, in the types of the JSON that programs read."""

from __future__ import annotations

from dataclasses import asdict, replace

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

_OF_THE_SOUND = (
    *("seconds", "level_db", "peak", "clipped", "rate", "share"),
    *("leading_seconds", "trailing_seconds", "speech_seconds"),
)
"""Numbers that are called alike where a sound is heard and on the wire."""


def rendered(probe: Probe) -> str:
    """Return a probe as JSON."""
    return dumps(spellable(measured(report(probe), 4)), is_indented=True)


def report(probe: Probe) -> Report:
    """Return a probe as the types of the wire format."""
    return Report(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        exit_code=probe.exit_code,
        command=probe.command,
        synthesizer=probe.synthesizer or None,
        device=probe.device,
        references=probe.references,
        checkpoints=[
            Checkpoint(name=c.name, path=str(c.path), sha256=c.digest, epoch=c.epoch, step=c.step)
            for c in probe.checkpoints
        ],
        samples=[_sample(sample) for sample in probe.samples],
        courses=[Course(c.name, c.unit, [*c.values], c.direction) for c in probe.courses],
        left_out=[*probe.left_out],
        problems=[*probe.problems],
    )


def _sample(sample: Sample) -> SampleOfText:
    heard, point = sample.heard, sample.checkpoint
    silent = SampleOfText(
        checkpoint=point.name,
        sha256=point.digest,
        text=sample.text,
        problem=sample.problem or None,
        output_tail=[*sample.made.tail],
        troubles=[],
    )
    if heard is None or heard.problem:
        return silent
    verdict, numbers = heard.verdict, heard.sharpness
    own: dict[str, float | None] = {}
    if numbers:
        own = {name: v for name, v in asdict(numbers).items() if isinstance(v, float)}
    return replace(
        silent,
        troubles=[*heard.troubles],
        **{name: getattr(heard, name) for name in _OF_THE_SOUND},
        mos=sample.mos,
        sharpness=own or None,
        verdict=Verdict(**asdict(verdict)) if verdict else None,
    )
