"""Scales of losses: on which representation a number means what it says.

A mel loss of 0.3 is one thing on ln-power L1 and quite another on decibels or as a squared error,
so every absolute bound names the scale it holds on. ``docs/scales.md`` has the tables.

The data are named tuples: a dataclass takes ten times as long to make, and every check would wait.
"""

from healthlint.logs.scales.conversion import (
    Conversion,
    NotConvertible,
    conversion,
    convert_bound,
)
from healthlint.logs.scales.declaration import Scale, ScaleError, declarations
from healthlint.logs.scales.evidence import contradiction
from healthlint.logs.scales.guide import ScaleCheck, check_guide, standing
from healthlint.logs.scales.presets import GUIDE, find_preset, presets
from healthlint.logs.scales.resolution import resolve
from healthlint.logs.scales.spaces import SPACES, Space

__all__ = [
    "GUIDE",
    "SPACES",
    "Conversion",
    "NotConvertible",
    "Scale",
    "ScaleCheck",
    "ScaleError",
    "Space",
    "check_guide",
    "contradiction",
    "conversion",
    "convert_bound",
    "declarations",
    "find_preset",
    "presets",
    "resolve",
    "standing",
]
