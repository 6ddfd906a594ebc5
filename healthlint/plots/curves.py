"""Curves of a run as a picture, for those who paste pictures; needs matplotlib.

One row for each head, and for each other metric that a finding is about: training and validation,
phase bands behind them, findings marked on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

from healthlint.report import Chart, Drawing, Finding, LogReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 1000
"""Pixel columns for which curves are thinned."""
FORMATS = ("png", "svg", "pdf")
_WIDTH, _ROW, _DPI = 10.0, 1.9, 130
_INKS: Mapping[str, str] = {"error": "#c02f2b", "warning": "#a65a00", "info": "#20639b"}
_CURVES: Mapping[str, tuple[str, float]] = {"train": ("#a3a9b5", 0.9), "val": ("#0b5bd3", 1.5)}
_NAMES: Mapping[str, str] = {"train": "training", "val": "validation"}
_FEW = 60
_BESIDE: Mapping[str, Any] = {
    "fontsize": 7,
    "color": "#5b6270",
    "va": "center",
    "parse_math": False,
}
_BADGE: Mapping[str, Any] = {"fontsize": 7, "color": "white", "ha": "center", "va": "center"}


def is_installed() -> bool:
    """Return whether matplotlib is there, without importing it."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def plot(log: LogReport, kind: str) -> bytes:
    """Return the picture of a log as the bytes of a file.

    Args:
        log: Its report, with curves.
        kind: ``png``, ``svg`` or ``pdf``.

    Raises:
        ValueError: The report carries no curves.
    """
    if log.drawing is None or not log.drawing.charts:
        raise ValueError(f"{log.path} has no curves to draw")
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    charts = _charts(log, log.drawing)
    # equal reports give equal files: no date, and ids that do not change
    with rc_context({"svg.hashsalt": "healthlint"}):
        figure = Figure(figsize=(_WIDTH, _ROW * len(charts) + 0.7), layout="constrained")
        FigureCanvasAgg(figure)
        rows = figure.subplots(len(charts), 1, sharex=True, squeeze=False)[:, 0]
        for axes, chart in zip(rows, charts, strict=True):
            _row(axes, chart, log, log.drawing)
        _epochs(rows[-1], log.drawing)
        figure.align_ylabels(rows)
        figure.suptitle(_title(log), fontsize=11, parse_math=False)
        buffer = BytesIO()
        date = "CreationDate" if kind == "pdf" else "Date"
        metadata = {} if kind == "png" else {date: None}
        figure.savefig(buffer, format=kind, dpi=_DPI, metadata=metadata)
    return buffer.getvalue()


def _charts(log: LogReport, drawing: Drawing) -> Sequence[Chart]:
    """Return the heads and what findings are about; the first metric where there is neither."""
    about = {each.series for finding in log.findings for each in finding.evidence}
    wanted = [
        chart
        for chart in drawing.charts
        if chart.is_head or any(curve.series in about for curve in chart.curves)
    ]
    return wanted or drawing.charts[:1]


def _row(axes: Axes, chart: Chart, log: LogReport, drawing: Drawing) -> None:
    values = [y for curve in chart.curves for y in curve.ys if isfinite(y)]
    if values and min(values) > 0 and max(values) > 1.5 * min(values):
        _logarithmic(axes, is_wide=max(values) > 8 * min(values))
    for curve in chart.curves:
        color, width = _CURVES.get(curve.split, _CURVES["val"])
        marker = "." if curve.points <= _FEW else ""
        name = _NAMES.get(curve.split, curve.series).replace("$", "")
        axes.plot(curve.xs, curve.ys, color=color, lw=width, marker=marker, label=name)
        broken = [x for x, y in zip(curve.xs, curve.ys, strict=True) if isnan(y)]
        foot, below = [0.03] * len(broken), axes.get_xaxis_transform()
        axes.plot(broken, foot, "|", color=_INKS["error"], transform=below)
    axes.set_ylabel(chart.label, fontsize=10, parse_math=False)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    if chart is drawing.charts[0]:
        axes.legend(loc="upper right", fontsize=7, frameon=False)
    _bands(axes, chart)
    for number, finding in _marks(log, chart, drawing):
        _mark(axes, number, finding, drawing)


def _logarithmic(axes: Axes, *, is_wide: bool) -> None:
    """Make the values' axis logarithmic, with numbers that are not powers."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if is_wide else (1, 2, 3, 4, 6, 8)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _bands(axes: Axes, chart: Chart) -> None:
    """Draw the phases within the limits that the curves gave."""
    low, high = axes.get_ylim()
    ordered = sorted(chart.bands, key=lambda band: -(band.at_least or 0.0))
    for place, band in enumerate(ordered):
        top = high if band.below is None else min(band.below, high)
        bottom = low if band.at_least is None else max(band.at_least, low)
        if bottom >= top:
            continue
        shade = 0.16 * place / max(len(ordered) - 1, 1)
        axes.axhspan(bottom, top, color="#17703f", alpha=shade, lw=0)
        middle = (bottom * top) ** 0.5 if axes.get_yscale() == "log" else (bottom + top) / 2
        axes.text(1.005, middle, band.name, transform=axes.get_yaxis_transform(), **_BESIDE)
    axes.set_ylim(low, high)


def _marks(log: LogReport, chart: Chart, drawing: Drawing) -> Iterator[tuple[int, Finding]]:
    """Yield the findings about a chart with their numbers; one about nothing drawn is on top."""
    drawn = {curve.series for one in drawing.charts for curve in one.curves}
    own = {curve.series for curve in chart.curves}
    for number, finding in enumerate(log.findings, 1):
        about = {each.series for each in finding.evidence} & drawn
        if about & own or (not about and chart is drawing.charts[0]):
            yield number, finding


def _mark(axes: Axes, number: int, finding: Finding, drawing: Drawing) -> None:
    start, stop = (getattr(place, drawing.unit) for place in (finding.first, finding.last))
    if start is None or stop is None:
        return
    is_past = finding.superseded or finding.is_accepted
    color = "#7b818c" if is_past else _INKS[finding.severity]
    axes.axvspan(start, stop, color=color, alpha=0.1, lw=0)
    axes.axvline(start, color=color, lw=1.2)
    box = {"boxstyle": "circle,pad=0.2", "fc": color, "ec": "none"}
    top = axes.get_xaxis_transform()
    axes.annotate(str(number), (start, 1.0), xycoords=top, bbox=box, **_BADGE)


def _epochs(axes: Axes, drawing: Drawing) -> None:
    if drawing.epochs:
        axes.set_xticks(
            [at for at, _ in drawing.epochs], [str(epoch) for _, epoch in drawing.epochs]
        )
    axes.set_xlabel("epoch" if drawing.epochs else drawing.unit, fontsize=9)


def _title(log: LogReport) -> str:
    """Return the path, and each finding with its number."""
    told = [
        f"{number}  {finding.severity}: {finding.message}"
        for number, finding in enumerate(log.findings, 1)
    ]
    more = [f"and {len(told) - 4} more"] if len(told) > 4 else []
    return "\n".join([log.path, *(told[:4] or ["no findings"]), *more])
