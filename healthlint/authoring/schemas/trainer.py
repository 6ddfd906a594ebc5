"""A file of a trainer, made from the dataclasses that it is built into."""

from __future__ import annotations

from healthlint.authoring.schemas._shapes import Schema, Shapes
from healthlint.rulebook.trainers import TrainerFile

VERSION = 1


def schema() -> Schema:
    """Return the JSON Schema of a file of a trainer."""
    return Shapes().document(TrainerFile, "healthlint trainer, version 1")
