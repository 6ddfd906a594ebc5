"""The section of a rule's page that says how often it was right, from what benchmarks measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sessions import ROOT

LOGS = {"real": "real logs", "drawn": "logs drawn by a generator"}


@cache
def measured() -> Mapping[str, Any]:
    """Return the figures by part, as ``benchmarks/figures.py`` keeps them."""
    figures: Mapping[str, Any] = json.loads((ROOT / "docs/rules/figures.json").read_text())
    return figures


def section(rule: str) -> str:
    """Return the section of a rule's page."""
    lines = [_line(LOGS[part], rule, measured()[part]) for part in LOGS if part in measured()]
    return "\n## How often it was right\n\n" + "".join(f"- {line}\n" for line in lines)


def _line(logs: str, rule: str, figures: Mapping[str, Any]) -> str:
    counts: Mapping[str, int] = figures["rules"].get(rule, {})
    judged, asked = counts.get("judged", 0), counts.get("asked", 0)
    healthy = f"accused {counts.get('accused', 0)} of {judged:,} healthy ones that it judged"
    faults = f"named {counts.get('named', 0)} of {asked} faults of its own"
    return f"Of {logs}: {healthy if judged else 'judged no healthy one'}; " + (
        f"{faults}." if asked else "none had a fault of its own."
    )
