"""From checks to a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from healthlint.checking.selection import SelectionError
from healthlint.checkpoints import CheckpointError, read
from healthlint.gating.checks import checks
from healthlint.gating.model import Check, Gated, Wanted, seen
from healthlint.gating.scene import Scene
from healthlint.gating.siblings import taken
from healthlint.logs.faults import fault
from healthlint.rulebook import RulebookError
from healthlint.wire.gate import Decision

NEEDED = ("classes", "weights", "log")
"""Checks without which nothing is shipped: nothing foreign in it, finite weights, and their log."""


def gate(path: str, wanted: Wanted) -> Gated:
    """Return whether a checkpoint may be shipped, and why.

    Args:
        path: A checkpoint file or model folder.
        wanted: What it is to be looked at with.

    Raises:
        RulebookError: A pack is wrong.
        SelectionError: A param is in no pack.
    """
    try:
        scene = _scene(path, wanted)
        done = tuple(replace(check.look(scene), name=check.NAME) for check in checks())
    except CheckpointError as error:
        place = f" (byte {error.at} of its pickle)" if error.at is not None else ""
        return _by_file(path, "hold", seen("fail", f"{error.args[0]}{place}", error.hint))
    except OSError as error:
        return _by_file(path, "hold", seen("fail", error.strerror or "cannot be read"))
    except (RulebookError, SelectionError):
        raise
    except Exception as error:  # our own fault: told at its checkpoint, the others are looked at
        ours = fault(error)
        return _by_file(path, "cannot tell", seen("not_judged", ours.message, ours.hint or ""))
    return _gated(scene, done)


def _scene(path: str, wanted: Wanted) -> Scene:
    """Return what is looked at; of a folder of checkpoints the one that inference takes.

    Raises:
        CheckpointError: It is no checkpoint, and no folder of them.
    """
    try:
        return Scene(read(path), wanted)
    except CheckpointError:
        chosen = taken(Path(path)) if Path(path).is_dir() else None
        if chosen is None:
            raise
    return Scene(read(str(chosen)), wanted, path)


def _by_file(path: str, decision: Decision, check: Check) -> Gated:
    """Return what a file comes to that nothing more can be asked of."""
    checks, reasons = (replace(check, name="file"),), (check.message,)
    return Gated(path=path, decision=decision, reasons=reasons, is_broken=True, checks=checks)


def _gated(scene: Scene, done: Sequence[Check]) -> Gated:
    own = scene.checkpoint
    decision, reasons = _decided(scene, done)
    return Gated(
        path=own.path,
        decision=decision,
        reasons=reasons,
        kind=own.kind,
        layout=own.layout,
        tensors=len(own.weights),
        numbers=own.numbers,
        bytes=own.bytes,
        step=own.step,
        epoch=scene.epoch,
        log=scene.log.path if scene.log else "",
        checks=done,
    )


def _decided(scene: Scene, done: Sequence[Check]) -> tuple[Decision, tuple[str, ...]]:
    """Return the decision with its reasons: a failed check holds, a needed one must be judged.

    Who asked for samples needs them, and so does a model whose losses promise no speech yet.
    """
    must_be_heard = scene.wanted.probe or scene.speechless
    needed = {*NEEDED, *scene.wanted.require, *(("samples",) if must_be_heard else ())}
    failed = [check for check in done if check.state == "fail"]
    unjudged = [check for check in done if check.name in needed and check.state == "not_judged"]
    decision: Decision = "hold" if failed else "cannot tell" if unjudged else "ship"
    return decision, tuple(f"{check.name}: {check.message}" for check in failed or unjudged)
