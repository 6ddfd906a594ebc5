"""An event of `healthlint watch -o jsonl`, one a line, made from the type that is written."""

from __future__ import annotations

from typing import Any

from healthlint.authoring.schemas._described import described
from healthlint.watching import events

VERSION = 1


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of version 1 of an event."""
    title = f"healthlint event, version {VERSION}"
    return described(events.Event, title, lambda name: getattr(events, name))
