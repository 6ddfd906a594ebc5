"""A plan carried out: every text said by every checkpoint, and heard."""

from __future__ import annotations

import math
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from healthlint.probing import synthesizers
from healthlint.probing.checkpoints import ProbedCheckpoint, checkpoints
from healthlint.probing.command import Template
from healthlint.probing.course import Course, course
from healthlint.probing.errors import ProbeError
from healthlint.probing.making import Maker
from healthlint.probing.opinion import Opinion, opinion
from healthlint.probing.plan import Probe, ProbePlan, Sample
from healthlint.spectrogram.hearing import References, hear, references


def probe(plan: ProbePlan) -> Probe:
    """Return what the models of a plan sound like.

    What goes wrong with one sample is in that sample, and the others are made.

    Raises:
        ProbeError: A model, template, synthesizer, text or timeout cannot be used, or what predicts
            opinions is missing.
        OSError: The folder of the samples cannot be written.
    """
    _refuse(plan)
    score = opinion() if plan.mos else None
    found, left_out = checkpoints(plan.models)
    template, name = chosen(plan, found[0].path)
    against = references(plan.references, plan.settings)
    device = _device() if plan.device == "auto" else plan.device
    with folder_of_samples(plan.out) as folder:
        folder.mkdir(parents=True, exist_ok=True)
        maker = Maker(template, device, plan.timeout, folder)
        samples = tuple(_samples(plan, maker, found, against, score))
    return Probe(
        command=template,
        synthesizer=name,
        device=device,
        checkpoints=tuple(found),
        texts=plan.texts,
        samples=samples,
        courses=tuple(_courses(found, samples, has_reference=against.known is not None)),
        references=against.known.count if against.known else 0,
        left_out=tuple(left_out),
        problems=against.problems,
    )


def _refuse(plan: ProbePlan) -> None:
    if not plan.texts or not all(text.strip() for text in plan.texts):
        raise ProbeError("there is no text to say")
    if any("\0" in text for text in plan.texts):
        raise ProbeError("a text holds a NUL, which no command line can carry")
    if not 0 < plan.timeout < 86_400:
        raise ProbeError(f"a timeout of {plan.timeout:g} s; give more than 0 and less than a day")
    if plan.command and plan.synthesizer:
        raise ProbeError("a command and a synthesizer exclude each other")


def chosen(plan: ProbePlan, checkpoint: Path) -> tuple[Template, str]:
    """Return the template that makes samples, and its name (empty for one of the user's).

    Raises:
        ProbeError: The template has a mistake, or a package is missing.
    """
    try:
        if plan.command:
            return Template.parse(plan.command), ""
        name = plan.synthesizer or synthesizers.recognised(checkpoint)
        return Template.parse(synthesizers.named(name).COMMAND), name
    except ValueError as error:
        raise ProbeError(str(error)) from error


@contextmanager
def folder_of_samples(out: Path | None) -> Iterator[Path]:
    """Yield the folder of the samples, which may not be there yet; one nobody named is dropped."""
    if out is not None:
        yield out
    else:
        with TemporaryDirectory(prefix="healthlint-probe-", ignore_cleanup_errors=True) as path:
            yield Path(path)


def _samples(
    plan: ProbePlan,
    maker: Maker,
    checkpoints: Sequence[ProbedCheckpoint],
    against: References,
    score: Opinion | None,
) -> Iterator[Sample]:
    count = len(checkpoints) * len(plan.texts)
    asked = product(checkpoints, enumerate(plan.texts, 1))
    for done, (checkpoint, (number, text)) in enumerate(asked, 1):
        if plan.report:
            plan.report(f"{done} of {count}: {checkpoint.name}, text {number}")
        made = maker.make(checkpoint, text, number)
        heard = None if made.problem else hear(made.path, against.known, text, plan.settings)
        if heard and heard.problem:  # a file that is no sound is the command's fault
            said = f"the command exited 0 and wrote what is no sound: {heard.problem}"
            made = replace(made, problem=said)
        mos = score(made.path) if score and not made.problem else math.nan
        yield Sample(checkpoint=checkpoint, text=text, made=made, heard=heard, mos=mos)


def _courses(
    checkpoints: Sequence[ProbedCheckpoint], samples: Sequence[Sample], *, has_reference: bool
) -> Iterator[Course]:
    """Yield the courses over checkpoints, none for a single one."""
    if len(checkpoints) < 2:
        return
    is_ordered = all(checkpoint.when is not None for checkpoint in checkpoints)
    unit = "of the reference's detail" if has_reference else "dB, total sharpness"
    numbers = [("sharpness", unit), ("rate", "letters a second")]
    if any(math.isfinite(sample.mos) for sample in samples):
        numbers.append(("mos", "predicted mean opinion, 1 to 5"))
    own = [[sample for sample in samples if sample.checkpoint is point] for point in checkpoints]
    for name, words in numbers:
        values = [
            _mean([number_of(sample, name, has_reference) for sample in said]) for said in own
        ]
        yield course(name, words, values, is_ordered=is_ordered)


def number_of(sample: Sample, name: str, has_reference: bool) -> float:
    """Return one number of a sample, NaN where it is unknown.

    Args:
        sample: The sample.
        name: ``sharpness``, ``rate`` or ``mos``.
        has_reference: Whether sharpness is a share of the reference's detail, 0 to 1, or a total
            in dB.
    """
    if name == "mos":
        return sample.mos
    if sample.heard is None or sample.heard.sharpness is None:
        return math.nan
    if name == "rate":
        return sample.heard.rate
    return sample.heard.share if has_reference else sample.heard.sharpness.total_db


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _device() -> str:
    """Return the device that a torch of this machine would most likely take."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "mps"
    is_hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return "cuda" if Path("/dev/nvidiactl").exists() and not is_hidden else "cpu"
