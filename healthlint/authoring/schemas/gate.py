"""What `healthlint gate -o json` writes, made from the types of its wire format."""

from __future__ import annotations

from typing import Any

from healthlint.authoring.schemas._described import described
from healthlint.wire import gate as wire

VERSION = 1


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of version 1 of the gate's report."""
    title = f"healthlint gate, version {VERSION}"
    return described(wire.Report, title, lambda name: getattr(wire, name))
