"""What `healthlint gate -o json` writes, made from the types of its wire format."""

from __future__ import annotations

from healthlint.authoring.schemas._described import Schema, described
from healthlint.wire import gate as wire

VERSION = 1


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of version 1 of the gate's report."""
    return described(wire.Report, f"healthlint gate, version {VERSION}")
