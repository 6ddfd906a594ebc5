"""It names no class but those of its trainer: loading it brings no foreign code."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.gating.model import Check
from healthlint.gating.scene import Scene

ORDER, NAME = 0, "classes"
_SHOWN = 3


def look(scene: Scene) -> Iterator[Check]:
    """Yield which classes it names."""
    foreign = scene.foreign
    if foreign:
        shown = ", ".join(name[:80] for name in foreign[:_SHOWN])
        more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
        yield Check(
            name=NAME,
            state="not_judged",
            message=f"loading it would import and may run {shown}{more}",
            help="where you know them, allow them: --allow NAME, or `gate: {allow: [NAME]}`",
            numbers={"foreign": len(foreign)},
        )
        return
    allowed = [name for name in scene.checkpoint.classes if name in scene.wanted.allow]
    notes = [f"allowed: {', '.join(name[:80] for name in allowed)}"] if allowed else []
    yield Check(
        name=NAME, state="pass", message="tensors and plain data, no foreign class", notes=notes
    )
