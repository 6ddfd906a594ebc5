"""Which of a rule's series stand under absolute bounds, and whether these hold on their scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.engine.binding import Scene
from healthlint.logs import Series, Split
from healthlint.logs.families import find_family
from healthlint.logs.scales import ScaleCheck, check_guide
from healthlint.report import Band
from healthlint.rulebook.checking import absolute_metrics_of
from healthlint.rulebook.model import Phase, StandingSpec
from healthlint.timeline.evaluation import Condition, Context
from healthlint.timeline.looks import kept

_SPLITS: tuple[Split, ...] = ("val", "train", "")


def scale_of(series: Series, scene: Scene) -> ScaleCheck:
    """Return whether the guide's bounds hold for a series of a run."""
    key = ("scale", series.key)
    facts = scene.facts
    return kept(scene.cache, key, lambda: check_guide(series, facts, _siblings(series, scene)))


def _siblings(series: Series, scene: Scene) -> list[Series]:
    """Return the series of the same metric in the other splits."""
    keys = [f"{split}/{series.metric}" if split else series.metric for split in _SPLITS]
    known = scene.timeline.series
    return [known[key] for key in keys if key in known and key != series.key]


def scaled_phases(
    spec: StandingSpec, series: Series, scene: Scene, context: Context
) -> Iterator[tuple[Phase, Band]]:
    """Yield the phases of a series, each with its bounds on the scale of that; none on another."""
    factor = 1.0
    if spec.scale and spec.phases:
        conversion = scale_of(series, scene).conversion
        if conversion is None:
            return
        factor = conversion.factor
    for phase in spec.phases:
        low, high = (
            None if bound is None else factor * context.number(bound)
            for bound in (phase.at_least, phase.below)
        )
        yield phase, Band(phase.name, low, high)


def broken_scales(when: Sequence[Condition], context: Context, scene: Scene) -> list[str]:
    """Return why the guide's bounds do not hold for what conditions hold against absolute ones.

    What only a trend or another relative kind looks at has no part in it: a direction is the same
    on every scale. A bound on the epoch is the guide's own schedule and holds where its phases do.
    """
    metrics = dict.fromkeys(m for condition in when for m in absolute_metrics_of(condition))
    bound = [series for metric in metrics for series in _scaled(metric, context)]
    broken = [check.reason for series in bound if not (check := scale_of(series, scene)).holds]
    worth = scene.facts.get("standing")
    if "epoch" in metrics and worth != "guide":
        broken.append(f"its epochs are the guide's, and {_told(scene)}")
    return broken


def _told(scene: Scene) -> str:
    """Return why the guide's schedule does not hold, in words."""
    trainer = scene.facts.get("trainer")
    if isinstance(trainer, str) and find_family(trainer):
        return f"this is a log of {trainer:.40}"
    return "this log has no mel loss on the guide's scale"


def _scaled(metric: str, context: Context) -> Sequence[Series]:
    """Return the series whose scale a bound on a metric stands on; a quotient has none."""
    made = context.made.get(metric)
    if made is None:
        return context.bound.get(metric, ())
    return made.sources if made.has_scale else ()
