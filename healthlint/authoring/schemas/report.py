"""The report as `-o json` writes it, made from the types of the wire format."""

from __future__ import annotations

from healthlint.authoring.schemas._described import Schema, described
from healthlint.wire import report as wire

VERSION = int(wire.SCHEMA.rpartition("/")[2])


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of the report."""
    return described(wire.Report, f"healthlint report, version {VERSION}")
