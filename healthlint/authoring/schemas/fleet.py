"""One line of what `healthlint fleet -o jsonl` writes, made from the type of its rows."""

from __future__ import annotations

from typing import Any

from healthlint.authoring.schemas._described import described
from healthlint.fleet import row

VERSION = int(row.SCHEMA.rpartition("/")[2])


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a row."""
    title = f"healthlint fleet, version {VERSION}: one run"
    return described(row.Row, title, lambda name: getattr(row, name))
