"""The scale of a series: as declared, as its logged name says, or assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from healthlint.logs import Series
from healthlint.logs.scales import ScaleCheck, check_guide
from healthlint.logs.vocabulary import recognise


def scale_of(series: Series, facts: Mapping[str, object]) -> ScaleCheck:
    """Return whether the guide's bounds hold for a series of a run."""
    metrics = facts.get("metrics")
    declared = metrics.get(series.metric) if isinstance(metrics, Mapping) else None
    if not isinstance(declared, Mapping):
        declared = recognise(series.name).scale
    return check_guide(series, declared)


def broken_scales(bound: Sequence[Series], facts: Mapping[str, object]) -> list[str]:
    """Return why the guide's bounds do not hold for some of the series; empty where they do."""
    return [check.reason for series in bound if not (check := scale_of(series, facts)).holds]
