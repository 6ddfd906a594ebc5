"""One line of what `healthlint fleet -o jsonl` writes, made from the type of its rows."""

from __future__ import annotations

from healthlint.authoring.schemas._described import Schema, described
from healthlint.fleet import row

VERSION = int(row.SCHEMA.rpartition("/")[2])


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a row."""
    return described(row.Row, f"healthlint fleet, version {VERSION}: one run")
