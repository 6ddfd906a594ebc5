"""A file of rules, made from the dataclasses that it is built into."""

from __future__ import annotations

from healthlint.authoring.schemas._shapes import Schema, Shapes
from healthlint.rulebook.checking import ID, PACK, SCALES
from healthlint.rulebook.model import Pack

VERSION = 1


def schema() -> Schema:
    """Return the JSON Schema of a pack.

    What stands in more than one place (names of metrics, placeholders) is beyond a schema and is
    told by ``healthlint rules check``.
    """
    shapes = Shapes()
    made = shapes.document(Pack, "healthlint rules, version 1")
    made["properties"]["pack"]["pattern"] = PACK.pattern
    rule = shapes.definitions["rule"]["properties"]
    rule["id"]["pattern"] = rule["aliases"]["items"]["pattern"] = ID.pattern
    for name in ("rule", "standingspec"):
        shapes.definitions[name]["properties"]["scale"]["enum"] = [
            scale for scale in SCALES if scale
        ]
    made["properties"]["overrides"]["propertyNames"] = {"pattern": ID.pattern}
    return made
