"""A metric lies far above good runs at the same epoch.

Why it matters:
    What is far behind every good run of the same trainer at the same epoch has gone wrong somewhere
    before, whatever its own curve looks like.

What to do:
    Look at what differs between this run and the good ones: data, learning rate, batch size, code.
    The evidence shows from which epoch on they part.

When it is wrong to fire:
    On another corpus, batch size or schedule than the good runs had. Few good runs say little of
    how far good runs lie apart: with three, six healthy runs in ten lie three deviations above them
    at some epoch. Ask for a share above them too, and for some epochs: 10 % and three epochs left
    3 alarms in 1,000 drawn healthy runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Series
from healthlint.logs.scales import resolve
from healthlint.timeline.bins import Bins, natural
from healthlint.timeline.describe import POINT, number, point, up_to
from healthlint.timeline.evaluation import Context, Explanation, Metric, Missing, Outcome
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.quantities import Number, Percent, Unit
from healthlint.timeline.reference import FEWEST, Curve
from healthlint.timeline.robust import MAD_TO_SIGMA, row_median, trailing_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_OFFERS = POINT | {"usual", "bound", "change", "runs"}
_NOBODY = (
    "no good runs to compare with; name logs or a profile of them by --reference, or under "
    "`reference:` in the config"
)


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``compare``.

    Attributes:
        metric: The metric, lower is better.
        above_by: How far above the median of the good runs it must lie at least, as a share of it.
        deviations: And by how many robust standard deviations of the good runs.
        smooth: Number of latest values whose median is compared.
    """

    metric: Metric
    above_by: Percent
    deviations: Number
    smooth: int = 1

    def __post_init__(self) -> None:
        """Refuse a smoothing that is none."""
        refuse_outside(self, "smooth", 1, 101)


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where it lies far above good runs, unknown where fewer than three reach."""
    series = context.series(params.metric)
    curves = _curves(series, context)
    bins = context.bins(series, natural(series))
    values = trailing_median(bins.judged, params.smooth)
    share, deviations = context.number(params.above_by), context.number(params.deviations)
    axis = _axis(bins, series)
    rows = np.stack([curve.at(axis) for curve in curves], axis=1)
    runs = np.isfinite(rows).sum(axis=1)
    usual = np.where(runs >= FEWEST, row_median(rows), np.nan)
    spread = MAD_TO_SIGMA * row_median(np.abs(rows - usual[:, None]))
    bound = usual + np.fmax(deviations * spread, share * np.abs(usual))
    is_known = np.isfinite(values) & np.isfinite(bound)
    states = np.where(is_known, np.where(values > bound, TRUE, FALSE), UNKNOWN)

    def explain(at: int) -> Explanation:
        index = up_to(at)
        value, middle, most = float(values[at]), float(usual[at]), float(bound[at])
        moved = value / middle - 1 if middle else float("nan")
        facts = {
            **point(series, int(bins.judged_last[at]), value),
            "usual": middle,
            "bound": most,
            "change": moved,
            "runs": int(runs[at]),
        }
        needs = f"at most {number(most)}; {int(runs[at])} good runs: {number(middle)}"
        points = bins.judged_last[index]
        shown = context.shown(params.metric, points, values[index], needs)
        margin = value / most - 1 if most else None
        return Explanation({params.metric.placeholder: facts, **facts}, (shown,), margin)

    waiting = f"fewer than {FEWEST} good runs reach as far as {series.key} does"
    return context.outcome(bins.records, states, explain, "" if is_known.any() else waiting)


def words(params: Params) -> str:
    """Return the condition in words."""
    share, times = params.above_by.expression.text, params.deviations.expression.text
    return (
        f"{params.metric} lies {share}% and {times} deviations or more above the median of the "
        "good runs at the same epoch"
    )


def _curves(series: Series, context: Context) -> list[Curve]:
    """Return the curves of the good runs.

    Raises:
        Missing: There are none, too few, or they are on another scale.
    """
    if context.reference is None:
        raise Missing(_NOBODY)
    curves = context.reference.curves(series.key)
    if not curves:
        raise Missing(f"no {series.key} in the good runs ({context.reference.name})")
    unit: Unit = "epochs" if natural(series).unit == "epochs" else "steps"
    same = [curve for curve in curves if curve.unit == unit]
    if len(same) < FEWEST:
        count = {0: "none of them has", 1: "one of them has"}.get(len(same), "two of them have")
        what = series.key if curves == same else unit
        raise Missing(f"{FEWEST} good runs are needed to compare with, and {count} {what}")
    own = str(resolve(series, context.values.facts).scale)
    if other := next((one.scale for one in same if one.scale not in ("", own)), ""):
        raise Missing(f"the good runs log {series.metric} as {other}, this one as {own}")
    return same


def _axis(bins: Bins, series: Series) -> Floats:
    """Return the epoch of each judged bin, else its step."""
    if natural(series).unit == "epochs":
        whole: Floats = np.floor(bins.judged_axis + 1e-9)
        return whole
    return series.steps[bins.judged_last]


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{compare: {metric: loss, above_by: 5%, deviations: 3}}",
        "{compare: {metric: loss, above_by: 1%, deviations: 1, smooth: 3}}",
        "{compare: {metric: other, above_by: 1%, deviations: 1}, for: 2 epochs}",
    ),
    offers=_OFFERS,
    of_metric=_OFFERS,
    uses_reference=True,
    quieter={"above_by": 1, "deviations": 1},
)
