"""Dataclasses of YAML files to JSON Schemas: what ``rulebook.building`` takes, and no more."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from healthlint import conditions
from healthlint.rulebook.building import MODIFIERS, is_required, written
from healthlint.timeline.evaluation import Condition
from healthlint.timeline.quantities import Span

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors know best."""
Schema = dict[str, Any]

_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)
_PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_MODIFIER_WORDS = {
    "for": "How long it must be true without a break.",
    "after": "It is not judged before this point.",
    "until": "It is not judged after this point.",
}


class Shapes:
    """Collects the definitions that the schema of one file needs.

    Attributes:
        definitions: JSON Schema of each type by its name.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def document(self, kind: type, title: str) -> Schema:
        """Return the JSON Schema of a file that holds one value of a type."""
        root = self._object(kind)
        definitions = dict(sorted(self.definitions.items()))
        return {"$schema": DRAFT, "title": title, **root, "definitions": definitions}

    def of(self, kind: Any) -> Schema:
        """Return the JSON Schema of what builds a type."""
        if kind is Condition:
            return self._reference("condition", self._condition)
        if hasattr(kind, "json_schema"):
            schema: Schema = kind.json_schema()
            return schema
        if isinstance(kind, type) and is_dataclass(kind):
            return self._reference(kind.__name__.lower(), lambda: self._object(kind))
        return self._built_in(kind)

    def _built_in(self, kind: Any) -> Schema:
        origin, args = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            return self.of(next(arg for arg in args if arg is not NoneType))
        if origin is tuple:
            return {"type": "array", "items": self.of(args[0])}
        if origin in (Mapping, dict):
            return {"type": "object", "additionalProperties": self.of(args[1])}
        if origin is Literal:
            return {"const": args[0]} if len(args) == 1 else {"enum": list(args)}
        if hasattr(kind, "parse"):  # it says no more of itself
            return {"type": "string"} if issubclass(kind, str) else {}
        return {"type": _PLAIN[kind]}

    def _reference(self, name: str, make: Any) -> Schema:
        if name not in self.definitions:
            self.definitions[name] = {}  # a condition holds conditions
            self.definitions[name] = make()
        return {"$ref": f"#/definitions/{name}"}

    def _object(self, kind: Any) -> Schema:
        words, hints = attributes(kind), get_type_hints(kind)
        properties = {
            written(field): self._described(self.of(hints[field.name]), words.get(field.name, ""))
            for field in fields(kind)
        }
        required = [written(field) for field in fields(kind) if is_required(field)]
        return {
            "type": "object",
            "description": _first_line(kind),
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def _described(self, schema: Schema, words: str) -> Schema:
        """Return a schema with a description; beside a reference draft 07 would not see it."""
        if not words:
            return schema
        words = words.replace("``", "`")
        if "$ref" in schema:
            return {"description": words, "allOf": [schema]}
        said = [words, schema["description"]] if "description" in schema else [words]
        return {**schema, "description": "; ".join(sentence.rstrip(".") for sentence in said) + "."}

    def _condition(self) -> Schema:
        kinds = {name: self._kind(name) for name in conditions.names()}
        modifiers = {
            name: self._described(self.of(Span), _MODIFIER_WORDS[name]) for name in MODIFIERS
        }
        return {
            "type": "object",
            "description": "What is true when there is trouble: one kind with its parameters.",
            "properties": {**kinds, **modifiers},
            "oneOf": [{"required": [name]} for name in kinds],
            "additionalProperties": False,
        }

    def _kind(self, name: str) -> Schema:
        kind = conditions.kind(name)
        if not kind.sole:
            words = kind.summary.replace("``", "`")
            return {**self._object(kind.params), "description": words}
        inner = self.of(get_type_hints(kind.params)[kind.sole])
        more = {"minItems": 1} if inner.get("type") == "array" else {}
        return self._described({**inner, **more}, kind.summary)


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0].replace("``", "`")


def attributes(kind: type) -> dict[str, str]:
    """Return what a docstring says of each attribute."""
    words = _ATTRIBUTE.findall(inspect.getdoc(kind) or "")
    return {name: " ".join(said.split()) for name, said in words}
