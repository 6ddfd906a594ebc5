"""Its samples are neither silent nor clipped nor blurred, and of the right length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from healthlint.gating.model import Check, few, seen
from healthlint.gating.scene import Scene
from healthlint.probing import ProbeError, ProbePlan, probe
from healthlint.probing import Sample as Probed
from healthlint.probing.checkpoints import checkpoints
from healthlint.spectrogram.hearing import Heard, hear, references
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.measuring import found
from healthlint.spectrogram.samples import Sample, announced, settings_of

ORDER, NAME = 7, "samples"
_WORST = (
    ("level_db", "level_db", min),
    ("clipped", "clipped", max),
    ("sharpness_share", "share", min),
)
_SHORTEST_SECONDS = 0.2
_SHORTEST, _LONGEST = 0.67, 1.5
_HEAR = "listen to them: `healthlint probe --out samples/ --model CHECKPOINT`"
_TRY = "see all that it printed: `healthlint probe --out samples/ --model CHECKPOINT`"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """One sample with the recording of the same text, where it is known.

    The sound beside an announced mel is heard for level and clipping alone: its blur would be that
    of the way from mel to sound too. ``name`` is what it is called, empty for its file's.
    """

    path: str
    text: str = ""
    target: str = ""
    is_beside: bool = False
    name: str = ""


def look(scene: Scene) -> Check:
    """Return what is heard in its samples."""
    plan = scene.wanted.probe
    spoken, why = ([], "") if plan else _samples(scene)
    if not plan and not spoken:
        if scene.speechless:
            why = f"{why}; {scene.speechless.latest or scene.speechless.message}"
        return seen("not_judged", why, "name some, or make them: --samples PATH, --probe")
    settings = settings_of(scene.run.facts, Settings()) if scene.run else Settings()
    known = references(scene.wanted.reference, settings)
    if known.problems:
        return seen("not_judged", f"reference: {known.problems[0]}")
    if plan and scene.foreign:
        return seen("not_judged", "nothing was run: it names foreign classes")
    if plan:
        return _probed(scene, replace(plan, settings=settings), has_reference=bool(known.known))
    heard = [
        (one, hear(one.path, None if one.is_beside else known.known, one.text, settings))
        for one in spoken
    ]
    return _summed(heard, settings, has_reference=known.known is not None)


def _probed(scene: Scene, plan: ProbePlan, *, has_reference: bool) -> Check:
    """Return what is heard in samples that its own command makes now."""
    model = scene.checkpoint.path
    try:
        held, _ = checkpoints((model,))
        if len(held) > 1:
            return seen("not_judged", f"the folder holds {len(held)} checkpoints", "name one")
        samples = probe(replace(plan, models=(model,))).samples
    except ProbeError as error:
        return seen("not_judged", str(error))
    except OSError as error:
        return seen("not_judged", f"{error.filename}: {error.strerror}")
    named = [(f"text {number}", sample) for number, sample in enumerate(samples, 1)]
    heard = [
        (_Spoken(path=str(sample.made.path), text=sample.text, name=name), sample.heard)
        for name, sample in named
        if sample.heard and not sample.problem
    ]
    judged = _summed(heard, plan.settings, has_reference=has_reference) if heard else None
    unmade = [(name, sample) for name, sample in named if sample.problem]
    if unmade and (judged is None or judged.state != "fail"):
        return _unmade(*unmade[0])
    assert judged is not None
    missing = [f"{name}: {sample.problem}" for name, sample in unmade]
    missing += [f"{name}: {said}" for name, sample in named for said in sample.made.said]
    return replace(judged, help=_HEAR if judged.help else "", notes=(*judged.notes, *missing))


def _unmade(name: str, sample: Probed) -> Check:
    """Return what is said of a sample that could not be made, with the command's last words."""
    *before, last = sample.made.tail or ("",)
    said = f"{name}: {sample.problem}" + (f": {last}" if last else "")
    return seen("not_judged", said, _TRY, notes=[f"before that: {line}" for line in before])


def _samples(scene: Scene) -> tuple[list[_Spoken], str]:
    if scene.wanted.samples:
        files = [file for path in scene.wanted.samples for file in found(Path(path))]
        spoken = [_Spoken(path=str(file)) for file in files]
        return spoken, "no sound or mel at the path of --samples"
    if scene.log is None or scene.run is None or scene.epoch is None:
        return [], "none announced for it"
    of_run = announced(scene.run, Path(scene.log.path))
    mine = [sample for sample in of_run if sample.epoch == scene.epoch]
    there = [sample for sample in mine if sample.mel.is_file()]
    why = f"none announced at epoch {scene.epoch:.10g}"
    if mine and not there:
        why = f"{len(mine)} announced, their files are not there"
    return [spoken for sample in there for spoken in _announced(sample)], why


def _announced(sample: Sample) -> Iterator[_Spoken]:
    yield _Spoken(path=str(sample.mel), text=sample.clip, target=str(sample.target or ""))
    sound = sample.mel.with_suffix(".wav")
    if sound != sample.mel and sound.is_file():
        yield _Spoken(path=str(sound), text=sample.clip, is_beside=True)


def _summed(
    heard: Sequence[tuple[_Spoken, Heard]], settings: Settings, *, has_reference: bool
) -> Check:
    failed = [told for one, said in heard for told in _wrong(one, said, settings)]
    numbers = _numbers([said for _, said in heard])
    unheard = [said for _, said in heard if said.problem]
    if failed:
        return seen("fail", few(failed), "listen to one: `healthlint blur --plot`", numbers=numbers)
    if unheard:
        said = f"{Path(unheard[0].path).name}: {unheard[0].problem}"
        return seen("not_judged", said, numbers=numbers)
    notes = () if has_reference else ("blur was not judged: no --reference",)
    shown = [said for one, said in heard if not one.is_beside]
    unsure = sum(not said.is_judged for said in shown)
    if has_reference and unsure:
        notes = (f"blur cannot be told of {unsure} of {len(shown)}",)
    word = "sample" if len(shown) == 1 else "samples"
    told = f"{len(shown)} {word}: none silent, clipped or too short"
    if has_reference and not unsure:
        told += ", as sharp as the reference"
    return seen("pass", told, notes=notes, numbers=numbers)


def _wrong(one: _Spoken, heard: Heard, settings: Settings) -> Iterator[str]:
    name = one.name or Path(heard.path).name
    for trouble in heard.troubles:
        if one.is_beside and trouble not in ("silent", "clipped"):
            continue
        yield f"{name} is {trouble}{_detail(trouble, heard)}"
    if heard.seconds < _SHORTEST_SECONDS:
        yield f"{name} lasts {heard.seconds:.2f} s"
    target = hear(one.target, settings=settings).seconds if one.target else math.nan
    ratio = heard.seconds / target if target > 0 else math.nan
    if ratio < _SHORTEST or ratio > _LONGEST:
        yield f"{name} lasts {heard.seconds:.2f} s, its recording {target:.2f} s"


def _detail(trouble: str, heard: Heard) -> str:
    if trouble == "silent":
        is_known = math.isfinite(heard.level_db) or heard.level_db == -math.inf
        return f" ({heard.level_db:.0f} dB of full scale)" if is_known else ""
    if trouble in ("too long", "too short"):
        return f" ({heard.seconds:.1f} s for {heard.letters} letters)"
    if trouble == "clipped":
        return f" ({heard.clipped:.1%} of it at full scale)"
    verdict = heard.verdict
    if verdict is None:
        return ""
    is_told = trouble == "blurred" and verdict.axis in ("time", "frequency")
    return f"{f' in {verdict.axis}' if is_told else ''} ({verdict.reason})"


def _numbers(heard: Sequence[Heard]) -> dict[str, float]:
    """Return the worst of each number."""
    made: dict[str, float] = {"samples": len(heard)}
    for name, field, worst in _WORST:
        known = [value for one in heard if not math.isnan(value := getattr(one, field))]
        made |= {name: worst(known)} if known else {}
    return made
