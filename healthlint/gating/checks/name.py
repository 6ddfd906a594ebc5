"""The epoch and step in the file's name are those in the file."""

from __future__ import annotations

import re
from pathlib import Path

from healthlint.gating.model import Check, seen
from healthlint.gating.scene import Scene

ORDER, NAME = 3, "name"
_IN_NAME = re.compile(r"(epoch|step|checkpoint)s?[-_=]?0*(\d+)", re.IGNORECASE)


def look(scene: Scene) -> Check:
    """Return whether the name says what the file says."""
    own = scene.checkpoint
    notes = (f"of {scene.folder}, the one that inference takes",) if scene.folder else ()
    said = {word.lower(): float(number) for word, number in _IN_NAME.findall(Path(own.path).name)}
    if "checkpoint" in said and not said.keys() & {"epoch", "step"}:
        said["step"] = said["checkpoint"]
    held = {"epoch": own.epoch, "step": own.step}
    both = [(word, said[word], value) for word, value in held.items() if word in said and value]
    if not both:
        reason = "the name has no epoch or step" if not said else "the file says no epoch or step"
        return seen("not_judged", reason, notes=notes)
    wrong = [
        f"{word} {name:.0f} by its name, {value:.0f} inside"
        for word, name, value in both
        if not _agree(word, name, value, own.layout)
    ]
    if wrong:
        help_ = "it was renamed or copied over; find out which one this is"
        return seen("fail", "; ".join(wrong), help_, notes=notes)
    agreed = " and ".join(f"{word} {value:.0f}" for word, _, value in both)
    return seen("pass", agreed, notes=notes)


def _agree(word: str, name: float, value: float, layout: str) -> bool:
    """Return whether two numbers are one; Lightning names epochs from 0."""
    is_from_zero = word == "epoch" and layout == "Lightning"
    return name == value or (is_from_zero and name == value - 1)
