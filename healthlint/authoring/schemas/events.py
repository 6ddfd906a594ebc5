"""An event of `healthlint watch -o jsonl`, one a line, made from the type that is written."""

from __future__ import annotations

from healthlint.authoring.schemas._described import Schema, described
from healthlint.watching import events

VERSION = 1


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of version 1 of an event."""
    return described(events.Event, f"healthlint event, version {VERSION}")
