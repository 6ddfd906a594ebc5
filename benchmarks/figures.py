"""What each rule came to in the benchmarks, kept for its page: ``docs/rules/figures.json``.

A part for real logs and one for drawn ones, each with the healthy logs looked at and, by rule, the
healthy logs it was ``judged`` on and ``accused``, and the faults that are its own: ``named`` of
``asked``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from healthlint.report import LogReport

FIGURES = Path(__file__).parents[1] / "docs/rules/figures.json"


@dataclass
class Tally:
    """Figures of one part.

    Attributes:
        healthy: Healthy logs.
        rules: Counts by rule.
    """

    healthy: int = 0
    rules: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, rules: Iterable[str], *what: str) -> None:
        """Count something of rules."""
        for rule in rules:
            self.rules.setdefault(rule, Counter()).update(what)

    def add_healthy(self, report: LogReport, loud: Iterable[str]) -> None:
        """Count a healthy log, with the rules that accused it."""
        self.healthy += 1
        judged = [one.rule for one in report.verdicts if one.state in ("pass", "fail")]
        self.count(judged, "judged")
        self.count(loud, "accused")

    def add_fault(self, own: Iterable[str], named: Iterable[str]) -> None:
        """Count a fault: of those that named it, or of all whose own it is where none did."""
        by = list(named)
        self.count(by or own, "asked", *(["named"] if by else []))

    def __add__(self, other: Tally) -> Tally:
        """Return the figures of both."""
        both = Tally(self.healthy + other.healthy)
        for rules in (self.rules, other.rules):
            for rule, counts in rules.items():
                both.rules.setdefault(rule, Counter()).update(counts)
        return both


def keep(part: str, tally: Tally) -> None:
    """Write the figures of a part in place of its former ones."""
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    known[part] = {
        "healthy": tally.healthy,
        "rules": {rule: dict(sorted(tally.rules[rule].items())) for rule in sorted(tally.rules)},
    }
    FIGURES.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
