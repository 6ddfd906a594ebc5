"""What is in a log, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from healthlint.documents.json import document
from healthlint.inspection import InspectedSeries, Inspection, RunFacts
from healthlint.logs.naming import remark
from healthlint.reporters.full.hanging import hanging
from healthlint.terminal.numbers import number, plural, spark
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean, columns, left, packed, right, shortened, wrapped
from healthlint.terminal.words import spot

SCHEMA = "healthlint.inspect/1"
"""Version of the JSON."""
WIDTH = 120
"""Columns of a table where the terminal does not say how wide it is."""
SPARK = 16
"""Columns of a curve."""
UNKNOWN = 12
"""Metrics without a meaning that are shown; ``--all`` shows each."""
_HEADS = ("metric", "split", "logged as", "points", "every", "first", "", "last")
_NARROWER: Sequence[tuple[int, int, tuple[str, ...]]] = (
    (SPARK, 36, ()),
    (SPARK // 2, 36, ()),
    (SPARK // 2, 28, ()),
    (SPARK // 2, 28, ("first",)),
    (SPARK // 2, 24, ("first", "every")),
)
"""Columns of a curve, of a name, and what is left out, until the table fits."""
_RIGHT = frozenset({"points", "first"})
_FACTS = ("trainer", "utterances", "language", "device", "precision", "planned_epochs")


def inspection_json(inspections: Sequence[Inspection]) -> str:
    """Return what is in logs as JSON, byte-equal for equal input; NaN and infinities as text."""
    return document(
        SCHEMA, {"logs": [_without_curves(asdict(inspection)) for inspection in inspections]}
    )


def _without_curves(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_curves(item) for key, item in value.items() if key != "curve"}
    return [*map(_without_curves, value)] if isinstance(value, (list, tuple)) else value


def inspection_text(
    inspection: Inspection, style: Style, *, shows_all: bool = False, width: int = WIDTH
) -> str:
    """Return what is in one log: its runs with their metrics, what is unseen, problems.

    Args:
        inspection: What is in it.
        style: How text is shown.
        shows_all: Show every metric, also those of unknown meaning.
        width: Columns that tables fit into.
    """
    inspection = clean(inspection)
    count = f"   {plural(len(inspection.runs), 'run')}" if inspection.runs else ""
    lines = [
        style.paint(inspection.path, "bold")
        + (f"   {inspection.format}" if inspection.format else "")
        + count
    ]
    for run in inspection.runs:
        lines += ["", *_run(run, style, width, shows_all=shows_all)]
    if inspection.runs and inspection.unseen:
        lines += ["", *_listed("not seen in this format", inspection.unseen, style)]
    if inspection.problems:
        lines += ["", *_problems(inspection, style)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _run(run: RunFacts, style: Style, width: int, *, shows_all: bool) -> Iterator[str]:
    name = f"run {run.number}" + (f" ({shortened(run.id, 24, '..')})" if run.id else "")
    told = [*_spans(run), plural(run.records, "record"), *_told(run.facts)]
    head = packed(told, max(style.width - 2 - len(name) - 3, 40), "   ")
    yield f"{style.paint(name, 'bold')}   {head[0]}"
    for line in head[1:]:
        yield " " * (len(name) + 3) + line
    for note in (*_resumes(run), *run.notes):
        yield from hanging("  note: ", 8, note, style.width - 2)
    known = [metric for metric in run.metrics if metric.is_known]
    others = [metric for metric in run.metrics if not metric.is_known]
    shown = others if shows_all else others[:UNKNOWN]
    yield from _table([*known, *shown], style, width)
    if len(others) > len(shown):
        yield f"  and {len(others) - len(shown)} more without a known meaning (--all shows them)"
    yield from _headed("scale", _scales(run), style)
    for doubtful in {one.metric: one for one in reversed(run.metrics) if one.doubt}.values():
        advice = f"{doubtful.doubt}; declare it: --fact metrics.{doubtful.metric}.space=..."
        yield from (f"         {line}" for line in wrapped(advice, max(style.width - 9, 40)))
    yield from _headed("said", _announced(run, style), style)
    likely = {one.metric: one.likely for one in others if one.likely}
    yield from _headed("unread", map(remark, likely, likely.values()), style)


def _headed(head: str, lines: Iterable[str], style: Style) -> Iterator[str]:
    """Yield lines behind a word that stands before the first of them."""
    for at, line in enumerate(lines):
        yield f"  {' ' * len(head) if at else style.paint(head, 'dim')} {line}"


def _announced(run: RunFacts, style: Style) -> Iterator[str]:
    """Yield what the trainer announced: how often, where first, and the first in its words."""
    kinds = [
        f"{announced.count:,} x {announced.kind.replace('_', ' ')}" for announced in run.announced
    ]
    wide = max(map(columns, kinds), default=0)
    for announced, kind in zip(run.announced, kinds, strict=True):
        place = f"line {announced.line}" if announced.line else ""
        room = max(style.width - wide - 20, 20)
        words = shortened(" ".join(announced.words.split()), room, style.glyph("…", ".."))
        yield f"  {left(kind, wide)}  {place:9}  {words}".rstrip()


def _spans(run: RunFacts) -> Iterator[str]:
    for word, span in (("epoch", run.epochs), ("step", run.steps)):
        if span is not None:
            yield f"{word}s {span[0]:.10g}-{span[1]:.10g}"
    if run.seconds and run.seconds >= 1:
        yield _duration(run.seconds)


def _duration(seconds: float) -> str:
    """Return a time in its two largest units.

    >>> _duration(3725.0), _duration(59.0), _duration(200000.0)
    ('1 h 2 min', '59 s', '2 d 7 h')
    """
    minutes, left_over = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "d"), (hours, "h"), (minutes, "min"), (left_over, "s"))
    kept = [f"{count} {unit}" for count, unit in units if count]
    return " ".join(kept[:2]) or "0 s"


def _told(facts: Mapping[str, object]) -> Iterator[str]:
    for name in _FACTS:
        if name in facts:
            value = facts[name]
            shown = f"{value:,}" if isinstance(value, int) else f"{value}"
            yield f"{name} {shown:.40}"


def _resumes(run: RunFacts) -> Iterator[str]:
    if run.resumed:
        steps = ", ".join(
            "an unknown step" if step != step else f"{step:g}" for step in run.resumed[:6]
        )
        more = f" and {len(run.resumed) - 6} more" if len(run.resumed) > 6 else ""
        yield (
            f"resumed {plural(len(run.resumed), 'time')} from step {steps}{more}; "
            f"{plural(run.abandoned, 'record')} abandoned by it"
        )
    if run.duplicates:
        yield f"{plural(run.duplicates, 'value')} logged again at a step of their series"
    if run.undecided:
        count = plural(run.undecided, "record")
        yield f"{count} at the end: too few to tell a restart from a resume"


def _table(metrics: Sequence[InspectedSeries], style: Style, width: int) -> Iterator[str]:
    """Yield a table of metrics, with shorter curves and fewer columns where it is too wide."""
    if not metrics:
        return
    for curve, name, dropped in _NARROWER:
        heads = [head for head in _HEADS if head not in dropped]
        rows = [heads, *(_cells(metric, style, heads, curve, name) for metric in metrics)]
        widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
        if sum(widths) + 2 * len(widths) <= width:
            break
    for at, row in enumerate(rows):
        cells = [
            right(cell, wide) if head in _RIGHT else left(cell, wide)
            for head, cell, wide in zip(heads, row, widths, strict=True)
        ]
        line = "  " + "  ".join(cells).rstrip()
        yield style.paint(line, "dim") if at == 0 else line


def _cells(
    metric: InspectedSeries, style: Style, heads: Sequence[str], curve: int, name: int
) -> list[str]:
    mark = style.glyph("…", "..")
    units = metric.unit if metric.every == 1 else f"{metric.unit}s"
    every = f"{metric.every:,.6g} {units}" if metric.unit else ""
    odd = f" ({metric.nonfinite} not finite)" if metric.nonfinite else ""
    cells = (
        shortened(metric.metric, 24, mark) if metric.is_known else "-",
        metric.split,
        shortened(metric.name, name, mark),
        f"{metric.points:,}{odd}",
        every,
        number(metric.first),
        spark(metric.curve, curve, fancy=style.unicode),
        number(metric.last),
    )
    return [cell for head, cell in zip(_HEADS, cells, strict=True) if head in heads]


def _scales(run: RunFacts) -> Iterator[str]:
    """Yield the scale of each metric, once where splits share it."""
    by_metric: dict[str, list[str]] = {}
    for one in run.metrics:
        told = by_metric.setdefault(one.metric, [])
        if one.scale and (text := _scale(one)) not in told:
            told.append(text)
    rows = [(metric, text) for metric, told in by_metric.items() for text in told]
    wide = max((columns(metric) for metric, _ in rows), default=0)
    return (f" {left(metric, wide)}  {text}" for metric, text in rows)


def _scale(metric: InspectedSeries) -> str:
    """Return a scale and where it is from: ``L1 of ln-power-mel (name, space assumed)``."""
    told = [metric.source]
    if metric.source != "assumed" and metric.assumed:
        told.append(f"{' and '.join(metric.assumed)} assumed")
    return f"{metric.scale} ({', '.join([*told, *(['contradicted'] if metric.doubt else [])])})"


def _listed(title: str, items: Sequence[str], style: Style) -> Iterator[str]:
    wide = len(title) + 2
    for item in items:
        yield from hanging(f"{title}: ", wide, item, max(style.width - 2, wide + 40))


def _problems(inspection: Inspection, style: Style) -> Iterator[str]:
    for problem in inspection.problems:
        count = f" ({problem.count} times)" if problem.count > 1 else ""
        place = spot(inspection.path, problem.line, problem.column)
        yield style.paint("problem", "yellow") + f": {place}: {problem.message}{count}"
        if problem.hint:
            yield f"         = {problem.hint}"
