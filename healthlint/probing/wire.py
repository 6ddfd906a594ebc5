"""What came of a probe, in the types of the JSON that programs read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from healthlint.documents.json import dumps, measured, spellable
from healthlint.probing.plan import Probe, Sample
from healthlint.reporters.json import as_wire
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
    return dumps(spellable(measured(report(probe), 4)), is_indented=True)


def report(probe: Probe) -> Report:
    """Return a probe as the types of the wire format."""
    return as_wire(
        Report,
        probe,
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        checkpoints=[
            as_wire(Checkpoint, checkpoint, path=str(checkpoint.path), sha256=checkpoint.digest)
            for checkpoint in probe.checkpoints
        ],
        samples=[_sample(sample) for sample in probe.samples],
        courses=[as_wire(Course, course) for course in probe.courses],
    )


def _sample(sample: Sample) -> SampleOfText:
    heard = sample.heard
    said: dict[str, Any] = {
        "checkpoint": sample.checkpoint.name,
        "sha256": sample.checkpoint.digest,
        "problem": sample.problem or None,
        "output_tail": sample.made.tail,
    }
    if heard is None or heard.problem:
        return SampleOfText(text=sample.text, troubles=[], **said)
    sharpness = asdict(heard.sharpness) if heard.sharpness else {}
    return as_wire(
        SampleOfText,
        heard,
        text=sample.text,
        mos=sample.mos,
        sharpness={name: v for name, v in sharpness.items() if isinstance(v, float)} or None,
        verdict=as_wire(Verdict, heard.verdict) if heard.verdict else None,
        **said,
    )
