"""A probe as `healthlint probe -o json` writes it, made from the types of the wire format."""

from __future__ import annotations

from typing import Any

from healthlint.authoring.schemas._described import described
from healthlint.wire import probe as wire

VERSION = wire.SCHEMA_VERSION


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of version 1 of a probe."""
    title = f"healthlint probe, version {VERSION}"
    return described(wire.Report, title, lambda name: getattr(wire, name))
