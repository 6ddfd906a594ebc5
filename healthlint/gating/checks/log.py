"""The log of its run knows this checkpoint: its epoch, its step and its SHA-256."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from healthlint.gating.model import Check, seen
from healthlint.gating.prefix import last
from healthlint.gating.scene import Scene
from healthlint.gating.siblings import has_average
from healthlint.logs import Run

ORDER, NAME = 4, "log"
_HELP = "is this the log of that run? name another one with --log"


def look(scene: Scene) -> Check:
    """Return whether the log agrees with the checkpoint."""
    if scene.log is None:
        return seen("not_judged", "no log lies beside it", "name it: --log LOG")
    if scene.run is None:
        fatal = [problem.message for problem in scene.log.problems if problem.is_fatal]
        why = fatal[0] if fatal else "nothing of a training in it"
        return seen("not_judged", f"{scene.log.path}: {why}", "name it: --log LOG")
    return _compared(scene, scene.run)


def _compared(scene: Scene, run: Run) -> Check:
    wrong = [*_beyond(scene, run), *_announced_otherwise(scene)]
    if wrong:
        return seen("fail", "; ".join(wrong), _HELP)
    if scene.record is None:
        said = "neither the file nor the log says at which epoch or step it was saved"
        return seen("not_judged", said)
    said = _where(scene.epoch, scene.dated.step)
    notes = (*_of_twin(scene), _of_announcement(scene))
    return seen("pass", f"{said}, as logged", notes=notes)


def _where(epoch: float | None, step: float | None) -> str:
    words = [("epoch", epoch), ("step", step)]
    return ", ".join(f"{word} {value:.10g}" for word, value in words if value is not None)


def _beyond(scene: Scene, run: Run) -> Iterator[str]:
    dated = scene.dated
    pairs = (("epoch", dated.epoch, last(run, "epochs")), ("step", dated.step, last(run, "steps")))
    for word, own, end in pairs:
        if own is not None and end is not None and own > end:
            yield f"{word} {own:.10g}, which the log never reached (its last is {end:.10g})"


def _announced_otherwise(scene: Scene) -> Iterator[str]:
    event = scene.announced
    if event is None:
        return
    own = scene.checkpoint
    for word, held, said in (("epoch", own.epoch, event.epoch), ("step", own.step, event.step)):
        if held is not None and said is not None and held != said:
            yield f"{word} {held:.10g} inside, announced as {said:.10g} (line {event.line})"
    digest = event.fields.get("sha256")
    if isinstance(digest, str) and digest and scene.digest and digest.lower() != scene.digest:
        yield (
            f"SHA-256 {scene.digest[:12]}..., announced as {digest[:12]}... (line {event.line}): "
            "the file was changed since"
        )


def _of_twin(scene: Scene) -> Iterator[str]:
    """Yield whose weights it holds, and whether validation was measured on them."""
    if scene.twin is None:
        return
    name = Path(scene.twin.path).name
    yield f"its weights are those of {name}, bit for bit"
    if has_average(scene.twin) and not has_average(scene.checkpoint):
        yield (
            f"they are the raw weights: {name} also keeps their average (EMA), on which trainers "
            "that keep one validate; no loss of the log is of these"
        )


def _of_announcement(scene: Scene) -> str:
    if scene.announced is None:
        return "the log announces no checkpoint of this name"
    is_told = scene.announced.fields.get("sha256")
    return "SHA-256 as announced" if is_told else "the log gives no SHA-256 of it"
