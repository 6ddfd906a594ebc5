"""The curves of a run, thinned for formats that show pictures. Made only where one is wanted."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from healthlint.engine.binding import Scene
from healthlint.engine.scaling import scaled_phases
from healthlint.engine.thinning import thinned
from healthlint.logs import Log, Run, Series
from healthlint.logs.model import Floats
from healthlint.report import Band, Chart, Curve, Drawing, LogReport, Panel
from healthlint.rulebook.model import Pack, Rulebook, StandingSpec
from healthlint.timeline.evaluation import Context, Missing
from healthlint.timeline.expression import ExpressionError, MissingFact

MOST_CHARTS = 30
"""Metrics that are drawn; the others are named."""
_MOST_EPOCHS = 12
_FEW_COLUMNS = 16
"""Columns of a curve in a table: at most 64 points or so."""
_SPLITS = ("train", "val", "")


def draw(log: Log, run: Run, rulebook: Rulebook, report: LogReport, columns: int) -> Drawing | None:
    """Return the curves of a run, None where it has none.

    Args:
        log: The log.
        run: The run that was judged.
        rulebook: The rules it was judged by: their packs name its heads and phases.
        report: The judgement: what it is about is drawn first.
        columns: Width in pixels for which curves are thinned.
    """
    scene = Scene.of(run.current, run.facts)
    unit, positions = _positions(log, scene)
    finite = positions[np.isfinite(positions)]
    if not len(finite):
        return None
    first, last = float(finite[0]), float(finite.max())
    metrics = _ordered(scene.timeline.series.values(), report)
    bands = _bands(scene, rulebook.packs)
    labels = {head.metric: head.label for head in report.standing}
    charts = [
        Chart(
            metric=metric,
            label=labels.get(metric, metric),
            is_head=metric in labels,
            curves=_curves(metric, scene, positions, (first, last), columns),
            bands=bands.get(metric, ()),
        )
        for metric in metrics[:MOST_CHARTS]
    ]
    return Drawing(
        unit=unit,
        first=first,
        last=last,
        epochs=_epochs(scene, positions),
        charts=charts,
        left_out=metrics[MOST_CHARTS:],
        panels=_panels(log, run),
    )


def reduced(report: LogReport) -> LogReport:
    """Return the report of a run with no more than the curve of what shows its progress."""
    drawing = report.drawing
    if drawing is None:
        return report
    shown = {head.series for head in report.standing[:1]}
    curves = [(chart, curve) for chart in drawing.charts for curve in chart.curves]
    chosen = [pair for pair in curves if pair[1].series in shown] or curves
    charts = [replace(chart, curves=[_coarse(curve, drawing)]) for chart, curve in chosen[:1]]
    small = replace(drawing, charts=charts, left_out=(), panels=(), is_small=True)
    return replace(report, drawing=small)


def _coarse(curve: Curve, drawing: Drawing) -> Curve:
    """Return a curve of a few dozen points that looks the same at the size of a word."""
    xs, ys = np.array(curve.xs, dtype=np.float64), np.array(curve.ys, dtype=np.float64)
    kept = thinned(xs, ys, (drawing.first, drawing.last), _FEW_COLUMNS)
    return replace(curve, xs=_plain(xs[kept]), ys=_plain(ys[kept]))


def _panels(log: Log, run: Run) -> Sequence[Panel]:
    """Return spectrograms of samples; nothing of their layer is imported where there are none."""
    if not any(event.kind == "sample" for event in run.events):
        return ()
    from healthlint.engine.panels import panels

    return panels(log, run)


def _positions(log: Log, scene: Scene) -> tuple[Literal["step", "epoch", "line"], Floats]:
    """Return the unit of the axis, and the position of each record of the clock in it.

    A record without a step lies between its neighbours.
    """
    records = scene.clock.records
    for unit, column in (("step", scene.clock.steps), ("epoch", scene.clock.epochs)):
        known = np.isfinite(column)
        if known.any():
            filled = np.interp(records, records[known], column[known])
            return ("step" if unit == "step" else "epoch"), np.maximum.accumulate(filled)
    lines = [log.line(int(record)) or int(record) + 1 for record in records]
    return "line", np.array(lines, dtype=np.float64)


def _ordered(series: Iterable[Series], report: LogReport) -> list[str]:
    """Return the metrics: the heads, then what findings are about, then the others by name."""
    logged = sorted({one.metric for one in series if len(one)})
    about = [each.series for finding in report.findings for each in finding.evidence]
    first = [head.metric for head in report.standing]
    first += [key.rpartition("/")[2] if key not in logged else key for key in about]
    known = set(logged)
    return list(dict.fromkeys([*(one for one in first if one in known), *logged]))


def _curves(
    metric: str, scene: Scene, positions: Floats, ends: tuple[float, float], columns: int
) -> list[Curve]:
    """Return the curves of a metric: training, validation, and what names no split."""
    found = [one for one in scene.timeline.series.values() if one.metric == metric and len(one)]
    curves = []
    for series in sorted(found, key=lambda one: _SPLITS.index(one.split)):
        xs = positions[scene.clock.records.searchsorted(series.records)]
        kept = thinned(xs, series.values, ends, columns)
        ys = np.where(np.isfinite(series.values[kept]), series.values[kept], np.nan)
        curves.append(
            Curve(
                series=series.key,
                split=series.split,
                xs=_plain(xs[kept]),
                ys=_plain(ys),
                points=len(series),
            )
        )
    return curves


def _plain(values: Floats) -> Sequence[float]:
    return array("d", values.astype(np.float64).tobytes())


def _epochs(scene: Scene, positions: Floats) -> list[tuple[float, int]]:
    """Return where epochs ended: each, or one in 2, 5, 10 ... where there are many."""
    epochs = scene.clock.epochs
    known = np.flatnonzero(np.isfinite(epochs))
    numbers = np.floor(epochs[known]).astype(np.int64)
    last = {int(number): float(positions[at]) for number, at in zip(numbers, known, strict=True)}
    if not last:
        return []
    stride = _stride(max(last) - min(last) + 1)
    return [(at, number) for number, at in sorted(last.items()) if number % stride == 0]


def _stride(count: int) -> int:
    """Return the least of 1, 2, 5, 10, 20 ... that leaves few enough.

    >>> _stride(12), _stride(13), _stride(100), _stride(1000)
    (1, 2, 10, 100)
    """
    stride = 1
    while count / stride > _MOST_EPOCHS:
        stride = stride * 5 // 2 if str(stride)[0] == "2" else stride * 2
    return stride


def _bands(scene: Scene, packs: Sequence[Pack]) -> dict[str, Sequence[Band]]:
    """Return the phases of each metric that has some on the scale on which it is logged."""
    bands: dict[str, Sequence[Band]] = {}
    for pack in packs:
        for spec in pack.standing:
            context, _ = scene.context_of(pack, [spec.metric])
            try:
                series = context.series(spec.metric)
            except Missing:
                continue
            bands[series.metric] = bands.get(series.metric) or _of(spec, series, scene, context)
    return bands


def _of(spec: StandingSpec, series: Series, scene: Scene, context: Context) -> Sequence[Band]:
    try:
        return [band for _, band in scaled_phases(spec, series, scene, context)]
    except (MissingFact, ExpressionError):
        return ()
