"""A probe as `healthlint probe -o json` writes it, made from the types of the wire format."""

from __future__ import annotations

from healthlint.authoring.schemas._described import Schema, described
from healthlint.wire import probe as wire

VERSION = wire.SCHEMA_VERSION


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of version 1 of a probe."""
    return described(wire.Report, f"healthlint probe, version {VERSION}")
