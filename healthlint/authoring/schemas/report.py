"""The report as `-o json` writes it, made from the types of the wire format."""

from __future__ import annotations

from typing import Any

from healthlint.authoring.schemas._described import described
from healthlint.wire import report as wire

VERSION = int(wire.SCHEMA.rpartition("/")[2])


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the report."""
    title = f"healthlint report, version {VERSION}"
    return described(wire.Report, title, lambda name: getattr(wire, name))
