"""Which values a metric can have at all: by what it is, and by the scale it is declared on."""

from __future__ import annotations

from math import inf

from healthlint.authoring.lint._logic import Interval, canonical
from healthlint.authoring.lint._subject import Subject
from healthlint.logs.scales.declaration import Scale, kind_in_words
from healthlint.logs.scales.presets import GUIDE
from healthlint.logs.scales.resolution import resolve
from healthlint.logs.scales.spaces import SPACES
from healthlint.rulebook.checking import PSEUDO_METRICS, metrics_of

_NEVER_NEGATIVE = ("spectral_convergence", "grad_norm", "grad_norm_clipped", "lr", "amp_scale")
_ERRORS = ("l1", "mse", "huber")


def ranges(subject: Subject) -> dict[str, tuple[Interval, str]]:
    """Return the values that each metric of a rule can have, and why; without those that say none.

    A scale counts where the rule names it (``scale: guide``) or where every log that has the metric
    declares the same one.
    """
    by_metric: dict[str, tuple[Interval, str]] = {}
    for condition in subject.conditions:
        for metric in metrics_of(condition):
            if metric not in by_metric and (known := _range(subject, metric)):
                by_metric[str(metric)] = known
    return by_metric


def _range(subject: Subject, metric: str) -> tuple[Interval, str] | None:
    name = canonical(subject.pack, metric).rpartition("/")[2]
    if metric in PSEUDO_METRICS:
        return Interval(low=0.0), f"{metric}s are never negative"
    if name in _NEVER_NEGATIVE:
        return Interval(low=0.0), f"{name} is never negative"
    if name == "alignment_score":
        return Interval(0.0, 1.0), "a score lies between 0 and 1"
    scale = GUIDE.get(name) if subject.rule.scale == "guide" else _declared(subject, metric)
    return None if scale is None or scale.kind not in _ERRORS else _of_scale(scale)


def _declared(subject: Subject, metric: str) -> Scale | None:
    """Return the scale that the logs declare for a metric, None where they do not agree."""
    scales = set()
    for log in subject.logs:
        context, _ = log.scene.context(subject.pack, [subject.rule.when])
        for series in context.bound.get(metric, ()):
            resolved = resolve(series, log.run.facts)
            scales.add(None if resolved.assumed or resolved.mistakes else resolved.scale)
    return scales.pop() if len(scales) == 1 else None


def _of_scale(scale: Scale) -> tuple[Interval, str]:
    highest = maximum(scale)
    kind = kind_in_words(scale.kind)
    words = f"{kind}({scale.delta:g})" if scale.delta else kind
    if highest == inf:
        return Interval(low=0.0), f"{words} is never negative"
    return Interval(0.0, highest), f"{words} on {scale.space} is at most {highest:.3g}"


def maximum(scale: Scale) -> float:
    """Return the largest value that a loss can have on a scale, infinite where there is none.

    >>> round(maximum(Scale("huber", "unit-energy", delta=0.05)), 5)
    0.04875
    """
    space = SPACES.get(scale.space or "")
    width = space.width / (scale.std or 1.0) if space else inf
    if width == inf:
        return inf
    if scale.kind == "huber":
        turn = min(scale.turn, width)
        return scale.factor * turn * (width - turn / 2)
    return scale.factor * (width if scale.kind == "l1" else width * width)
