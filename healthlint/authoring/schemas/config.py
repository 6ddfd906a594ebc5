"""The settings of a folder, `healthlint.yaml`, made from the dataclasses that it is built into."""

from __future__ import annotations

from healthlint.authoring.schemas._shapes import Schema, Shapes
from healthlint.config.model import Config, keys
from healthlint.logs.facts import NUMBERS, TEXTS
from healthlint.logs.scales import Scale
from healthlint.reporters import formats

VERSION = 1


def schema() -> Schema:
    """Return the JSON Schema of a config.

    That a rule, a pack or a param exists is beyond a schema; ``healthlint config show`` and every
    command that reads the config tell it.
    """
    shapes = Shapes()
    made = shapes.document(Config, "healthlint config, version 1")
    made["description"] = "What holds in a folder and those below it."
    properties = made["properties"]
    made["properties"] = {key: properties[field] for key, field in keys().items()}
    made["properties"]["output"]["items"]["pattern"] = rf"^({'|'.join(formats())})(:.+)?$"
    made["properties"]["facts"] = {**made["properties"]["facts"], **_facts()}
    return made


def _facts() -> Schema:
    """Return what is known of facts: the types of those that have one; any other is taken."""
    number = {"type": ["number", "string"], "exclusiveMinimum": 0, "pattern": r"^[\d.eE+]+$"}
    known: dict[str, Schema] = {name: dict(number) for name in sorted(NUMBERS)}
    known |= {name: {"type": "string"} for name in sorted(TEXTS)}
    scale: Schema = {"properties": {name: {} for name in Scale._fields}}
    words = "The scale of each loss, by its canonical name."
    known["metrics"] = {"type": "object", "description": words, "additionalProperties": scale}
    return {"properties": known, "additionalProperties": True}
