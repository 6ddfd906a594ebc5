"""A file of rule tests, made from the dataclasses that it is built into."""

from __future__ import annotations

from healthlint.authoring.schemas._shapes import Schema, Shapes
from healthlint.rulebook.checking import ID
from healthlint.ruletests.model import Suite

VERSION = 1


def schema() -> Schema:
    """Return the JSON Schema of a file of rule tests."""
    shapes = Shapes()
    made = shapes.document(Suite, "healthlint tests, version 1")
    case = shapes.definitions["case"]["properties"]
    for name in ("expect", "only", "pending", "not_judged", "not_applicable", "softened"):
        case[name]["items"]["pattern"] = ID.pattern
    case["series"]["propertyNames"] = {"pattern": r"^((train|val)/)?[^/]+$"}
    return made
