"""JSON Schemas of dataclasses, with the words of their docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from typing import Any

from pydantic import TypeAdapter

from healthlint.authoring.schemas._shapes import Schema, attributes

__all__ = ["Schema", "described"]


def described(kind: type, title: str) -> Schema:
    """Return the JSON Schema (draft 2020-12) of a dataclass.

    Shapes come from the types, descriptions from the ``Attributes`` part of their docstrings.

    Args:
        kind: The outermost type; those that it is made of are in its module.
        title: What it is.
    """
    made = TypeAdapter(kind).json_schema(mode="serialization")
    definitions: dict[str, Any] = made.pop("$defs")
    root = definitions.pop(kind.__name__, None) or made
    for name, definition in [*definitions.items(), (kind.__name__, root)]:
        _describe(definition, getattr(sys.modules[kind.__module__], name))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **{key: value for key, value in root.items() if key != "title"},
        "$defs": dict(sorted(definitions.items())),
    }


def _describe(definition: Schema, kind: type) -> None:
    """Write the words of a docstring into the definition of its type."""
    definition["description"] = (inspect.getdoc(kind) or "").partition("\n")[0]
    definition["additionalProperties"] = True  # a field may be added within a version
    words = attributes(kind)
    for field in dataclasses.fields(kind):
        shape = definition["properties"][field.name]
        shape.pop("title", None)
        definition["properties"][field.name] = {"description": words[field.name], **shape}
