"""Where a run stands: the phase of each head, its trend, and remarks. Never a finding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, islice, pairwise

import numpy as np

from healthlint.engine.binding import Scene
from healthlint.engine.course import trend
from healthlint.engine.places import finite, place_of
from healthlint.engine.scaling import broken_scales, scale_of, scaled_phases
from healthlint.logs import Log, Run, Series
from healthlint.logs.families import is_higher_better
from healthlint.logs.model import Integers
from healthlint.logs.scales import ScaleCheck
from healthlint.report import Band, Place, Projection, Standing
from healthlint.rulebook.checking import metrics_of
from healthlint.rulebook.model import Pack, Phase, StandingSpec
from healthlint.timeline.bins import Bins
from healthlint.timeline.evaluation import Context, Missing
from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.projection import COVERAGE, project
from healthlint.timeline.quantities import Length
from healthlint.timeline.robust import median
from healthlint.timeline.truth import TRUE

CURVE_POINTS = 24
"""Most points of a sparkline."""
_VALUES = Length(20.0, "points")
_Said = tuple[Pack, StandingSpec]
_OnScale = Iterable[tuple[Phase, Band]]


def standings(
    log: Log, run: Run, scene: Scene, packs: Sequence[Pack], most: int | None = None
) -> list[Standing]:
    """Return where each series stands once: as the pack that knows most of it says.

    Args:
        log: The log.
        run: The run.
        scene: Its current timeline.
        packs: The packs that are for it.
        most: How many of the series are asked for, the first ones; all where left out.
    """
    by_series: dict[str, list[_Said]] = {}
    for pack, spec in ((each, spec) for each in packs for spec in each.standing):
        with suppress(Missing):
            _, series, bins = _head(scene, pack, spec)
            if np.isfinite(bins.values).any():
                by_series.setdefault(series.key, []).append((pack, spec))
    return [_best_known(log, run, scene, said) for said in islice(by_series.values(), most)]


def _best_known(log: Log, run: Run, scene: Scene, said: Sequence[_Said]) -> Standing:
    """Return where a series stands by the first pack that knows its phase, else by the last."""
    for pack, spec in said:
        if (standing := _standing(log, run, scene, pack, spec)).phase:
            break
    return standing


def _head(scene: Scene, pack: Pack, spec: StandingSpec) -> tuple[Context, Series, Bins]:
    """Return what a metric alone may look at, the metric, and its bins.

    Raises:
        Missing: The log does not have it.
    """
    own, _ = scene.context_of(pack, [spec.metric])
    series = own.series(spec.metric)
    return own, series, own.bins(series, _length(scene))


def _length(scene: Scene) -> Length:
    return Length(5.0, "epochs") if scene.clock.has("epochs") else _VALUES


def _standing(log: Log, run: Run, scene: Scene, pack: Pack, spec: StandingSpec) -> Standing:
    said = chain.from_iterable(metrics_of(note.when) for note in spec.notes)
    context, _ = scene.context_of(pack, [spec.metric, *said])
    (own, series, bins), length = _head(scene, pack, spec), _length(scene)
    judged = float(bins.values[np.isfinite(bins.values)][-1])
    logged = np.flatnonzero(np.isfinite(series.values))
    best = _best(series, logged)
    each, trend_text = trend(own, series, length)
    check = scale_of(series, scene) if spec.scale and spec.phases else None
    on_scale = partial(scaled_phases, spec, series, scene, own)
    phase, band = _reached(on_scale(), judged)
    ahead = None
    if length.unit == "epochs" and band is not None and band.at_least is not None:
        ahead = _projection(bins, band.at_least, on_scale())
    best_place = place_of(log, series, best)
    notes = [
        *_projection_notes(ahead),
        *_notes(spec, context, scene, pack),
        *(_best_notes(run, series, bins, best, best_place) if spec.selects_checkpoint else ()),
        *_scale_notes(own, phase, band, check),
    ]
    return Standing(
        label=spec.label or series.key,
        metric=series.metric,
        series=series.key,
        value=float(series.values[logged[-1]]),
        best=float(series.values[best]),
        best_place=best_place,
        phase=phase.name if phase else "",
        sounds=_sounds(phase, scene) if phase and (check is None or check.holds) else "",
        trend=each,
        trend_text=trend_text,
        notes=notes,
        curve=_curve(bins if len(bins) > 1 else own.bins(series, _VALUES)),
        projection=ahead,
        is_wanted=phase is not None and phase.at_least is None,
    )


def _best(series: Series, logged: Integers) -> int:
    """Return where the best of the finite values is; a loss of exactly 0 rests."""
    values = series.values[logged]
    if is_higher_better(series.metric):
        return int(logged[np.argmax(values)])
    values = np.where(values == 0, np.inf, values) if values.any() else values
    return int(logged[np.argmin(values)])


def _reached(phases: _OnScale, value: float) -> tuple[Phase, Band] | tuple[None, None]:
    """Return the phase of a value; a loss that rests at exactly 0 is in none."""
    for phase, band in phases if value else ():
        is_over = band.at_least is None or value >= band.at_least
        if is_over and (band.below is None or value < band.below):
            return phase, band
    return None, None


def _sounds(phase: Phase, scene: Scene) -> str:
    """Return how a model in a phase sounds, or what to say where an event speaks against it.

    A fact counts as one, its value first: ``durations: estimated`` is ``estimated_durations``.
    """
    heard = {event.kind for event in scene.timeline.events}
    heard |= {f"{value}_{name}" for name, value in scene.facts.items() if isinstance(value, str)}
    return next((said for kind, said in phase.instead.items() if kind in heard), phase.sounds)


def _scale_notes(
    context: Context, phase: Phase | None, band: Band | None, check: ScaleCheck | None
) -> list[str]:
    """Return what has to be said of the scale that a phase was read on."""
    if check is None:
        return []
    if check.conversion is None:
        return [f"no phase: {check.reason}"]
    notes = [] if check.holds or not (phase and band) else [_converted(context, phase, band, check)]
    if check.assumed:
        notes.append(f"assumed: {check.assumed}" + (f" ({check.hint})" if check.hint else ""))
    return notes


def _converted(context: Context, phase: Phase, band: Band, check: ScaleCheck) -> str:
    """Return the bounds of a phase on both scales: ``below 0.15 as ..., the guide's 0.3``."""
    bounds = (phase.at_least, phase.below)
    low, high = (None if each is None else context.number(each) for each in bounds)
    own = _band(band.at_least, band.below, "about ")
    return f"{own} as {check.scale}, the guide's {_band(low, high)}"


def _band(at_least: float | None, below: float | None, about: str = "") -> str:
    if at_least is not None and below is not None:
        return f"{about}{at_least:.3g}-{below:.3g}"
    return f"below {about}{below:.3g}" if below is not None else f"from {about}{at_least or 0:.3g}"


def _notes(spec: StandingSpec, context: Context, scene: Scene, pack: Pack) -> list[str]:
    """Return the first remark that holds at the end."""
    last = np.array([scene.timeline.last_record])
    for note in spec.notes:
        if spec.scale and broken_scales([note.when], context, scene):
            continue
        try:
            outcome = context.evaluate(note.when)
        except (MissingFact, ExpressionError):
            continue
        if not outcome.missing and outcome.truth.at(last)[0] == TRUE:
            facts = scene.facts_for_messages(pack)
            return [note.say.render({**facts, **outcome.explain(int(last[0])).facts})]
    return []


def _projection(bins: Bins, bound: float, phases: _OnScale) -> Projection | None:
    """Return when the value is expected to come below the lower bound of its phase."""
    projection = project(bins.axis, bins.values, bound)
    if projection is None or not math.isfinite(projection.low):
        return None
    return Projection(
        phase=next((phase.name for phase, band in phases if band.below == bound), ""),
        bound=bound,
        middle=finite(projection.middle),
        low=projection.low,
        high=finite(projection.high),
        coverage=COVERAGE,
    )


def _projection_notes(ahead: Projection | None) -> list[str]:
    """Return the projection in words: ``below 0.3 around epoch 47 (42-54)``."""
    if ahead is None:
        return []
    bound = f"below {ahead.bound:.3g}"
    if ahead.middle is None:
        return [f"{bound} not before epoch {ahead.low:.0f}, if at all"]
    if ahead.high is None:
        return [f"{bound} around epoch {ahead.middle:.0f} ({ahead.low:.0f} or later, if at all)"]
    return [f"{bound} around epoch {ahead.middle:.0f} ({ahead.low:.0f}-{ahead.high:.0f})"]


def _best_notes(run: Run, series: Series, bins: Bins, best: int, place: Place) -> list[str]:
    """Return where the best value was and the checkpoint of that epoch, unless it is the last."""
    if len(bins) < 2 or best > bins.last[-2] or place.epoch is None:
        return []
    files = [
        str(event.fields["path"])
        for event in run.events
        if event.kind == "checkpoint" and event.epoch == place.epoch and "path" in event.fields
    ]
    file = f", {files[-1]}" if files else ""
    return [f"best {series.values[best]:.3g} at epoch {place.epoch:.0f}{file}"]


def _curve(bins: Bins) -> list[float]:
    values = bins.values
    if len(values) > CURVE_POINTS:
        edges = np.linspace(0, len(values), CURVE_POINTS + 1).astype(int)
        values = np.array([median(values[a:b]) for a, b in pairwise(edges)])
    return [float(value) for value in values]
