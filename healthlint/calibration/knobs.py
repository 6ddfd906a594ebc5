"""The bounds of a rule that runs can say something about, and which way each is loosened.

Spans and counts say how long one wants to wait; runs say nothing of that. Sizes and levels they do.
A bound inside ``not`` or the ``expect`` of a ``follow`` is loosened the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from healthlint.rulebook.checking import PSEUDO_METRICS
from healthlint.rulebook.model import Rule
from healthlint.rulebook.yaml12 import Path
from healthlint.ruletests.moving import find
from healthlint.ruletests.walking import parts
from healthlint.timeline.evaluation import Condition

_REVERSED = ("not", "expect")
_PLAIN = re.compile(r"^\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(%?)\s*$")
_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One bound that can be fitted.

    Attributes:
        path: Its path below the rule.
        metric: The metric it is about, as the pack writes it.
        label: Metric and field, for people (``dur at_least``).
        written: What is written there.
        quieter: +1 where a larger value makes the rule fire less, -1 where a smaller one does.
        is_level: Whether it is a value of the metric, so that it holds on one scale only.
    """

    path: Path
    metric: str
    label: str
    written: object
    quieter: int
    is_level: bool

    def loosened(self, factor: float) -> object:
        """Return its value with the rule made quieter by a factor, louder below 1."""
        return scaled(self.written, factor if self.quieter > 0 else 1 / factor)

    def rounded(self, value: object) -> object:
        """Return a value with two digits, rounded to the quieter side."""
        match = _PLAIN.match(str(value))
        if not match:
            return value
        number = outward(float(match[1]), up=self.quieter > 0)
        return f"{number:.10g}%" if match[2] else number


def knobs(rule: Rule, data: Mapping[str, Any]) -> list[Knob]:
    """Return the bounds of a rule that can be fitted, as it is written, those on a scale first."""
    return sorted(_knobs(rule, data), key=lambda knob: not knob.is_level)


def _knobs(rule: Rule, data: Mapping[str, Any]) -> Iterator[Knob]:
    for path, part in parts(rule, ()):
        if not isinstance(part, Condition):
            continue
        metric = str(getattr(part.params, "metric", ""))
        reversals = sum(step in _REVERSED for step in path)
        for field, quieter in part.kind.quieter.items():
            where = (*path, part.name, field)
            written = find(data, where)
            if written is not None:
                yield Knob(
                    path=where,
                    metric=metric,
                    label=f"{metric} {field}",
                    written=written,
                    quieter=quieter * (-1) ** reversals,
                    is_level=part.name == "value" and metric not in PSEUDO_METRICS,
                )


def scaled(written: object, factor: float) -> object:
    """Return a written number, percentage or expression times a factor.

    >>> scaled("2%", 1.5), scaled(0.3, 2), scaled("1.5 * budget", 2)
    ('3%', 0.6, '2 * (1.5 * budget)')
    """
    match = _PLAIN.match(str(written))
    if not match:
        return f"{factor:.4g} * ({written})"
    value = float(f"{float(match[1]) * factor:.6g}")
    return f"{value:.10g}%" if match[2] else value


def outward(value: float, *, up: bool) -> float | int:
    """Return a number with two digits, rounded up or down.

    >>> outward(0.03141, up=True), outward(0.03141, up=False), outward(1234.0, up=True)
    (0.032, 0.031, 1300)
    """
    if value == 0:
        return 0
    unit = 10.0 ** (floor(log10(abs(value))) - _DIGITS + 1)
    steps = value / unit
    whole = ceil(steps - 1e-9) if up else floor(steps + 1e-9)
    number = float(f"{whole * unit:.10g}")
    return int(number) if number == int(number) else number
