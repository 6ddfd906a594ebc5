"""It names no class but those of its trainer: loading it brings no foreign code."""

from __future__ import annotations

from healthlint.gating.model import SHOWN, Check, seen
from healthlint.gating.scene import Scene

ORDER, NAME = 0, "classes"


def look(scene: Scene) -> Check:
    """Return which classes it names."""
    foreign = scene.foreign
    if foreign:
        shown = ", ".join(name[:80] for name in foreign[:SHOWN])
        more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        said = f"loading it would import and may run {shown}{more}"
        advice = "where you know them, allow them: --allow NAME, or `gate: {allow: [NAME]}`"
        return seen("not_judged", said, advice, numbers={"foreign": len(foreign)})
    allowed = [name for name in scene.checkpoint.classes if name in scene.wanted.allow]
    notes = [f"allowed: {', '.join(name[:80] for name in allowed)}"] if allowed else []
    return seen("pass", "tensors and plain data, no foreign class", notes=notes)
