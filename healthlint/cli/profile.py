"""Keep good runs in one small file, for rules that compare with them.

Takes the last run of each log. What is written is named by `reference:` in the config, or by
--reference; it holds the course of each metric and nothing else of the logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from healthlint.cli._output import configure_color
from healthlint.cli._parser import Namespace, Parser, option, wrong_use
from healthlint.cli._settings import configure_facts, read_settings
from healthlint.cli._streams import save, stdout_style, write
from healthlint.engine.profiles import ProfileError, of_log, text
from healthlint.looking import look_at_all
from healthlint.report.outcome import OK
from healthlint.terminal.numbers import ordinal, percent, plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, left, right, visible, wrapped
from healthlint.timeline.reference import FEWEST, Curve, spread

EXAMPLES = """\
examples:
  healthlint profile good/*/logs.jsonl -o good.json
  healthlint check --reference good.json logs.jsonl
"""
_HEADS = ("metric", "runs", "until", "apart")

Runs = Sequence[tuple[str, Mapping[str, Curve]]]


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint profile``."""
    parser.usage = "%(prog)s [options] LOG ..."
    add = parser.add_argument
    option(add, "logs", "LOG", "log of a good run: file, folder of logs, pattern or URL", nargs="+")
    add("-o", "--output", metavar="PATH", help="write the profile here")
    configure_color(add)
    configure_facts(parser)


def run(args: Namespace) -> int:
    """Show what the runs have, and write the profile."""
    settings = read_settings(args)
    with wrong_use(ProfileError):
        logs = list(look_at_all(args.logs, settings.facts))
        runs = [(PurePath(log.path).as_posix(), of_log(log)) for log in logs]
    write(shown(runs, args.output, stdout_style(args.color)))
    if args.output:
        save(text(runs), args.output)
    return OK


def shown(runs: Runs, target: str | None, style: Style) -> str:
    """Return the metrics of good runs: how many have each, until when, how far they lie apart."""
    keys = sorted({key for _, curves in runs for key in curves})
    rows = [_cells(key, [curves[key] for _, curves in runs if key in curves]) for key in keys]
    widths = [max(map(columns, column)) for column in zip(_HEADS, *rows, strict=True)]
    lines = [style.paint(_row(_HEADS, widths), "dim"), *(_row(row, widths) for row in rows)]
    for remark in _remarks(runs, target):
        lines += [style.paint(line, "bold") for line in wrapped(remark, style.width)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    tail = [right(cell, wide) for cell, wide in zip(rest, widths[1:], strict=True)]
    return f"  {'  '.join([left(first, widths[0]), *tail])}"


def _cells(key: str, curves: Sequence[Curve]) -> tuple[str, str, str, str]:
    """Return a metric, how many runs have it, where the third-longest ends, and the spread."""
    ends = sorted((float(curve.axis[-1]) for curve in curves), reverse=True)
    unit = curves[0].unit.removesuffix("s")
    until = f"{unit} {ordinal(ends[FEWEST - 1])}" if len(ends) >= FEWEST else "-"
    apart = spread(curves)
    return visible(key), str(len(curves)), until, percent(apart).lstrip("+") if apart else "-"


def _remarks(runs: Runs, target: str | None) -> Iterator[str]:
    if len(runs) < FEWEST:
        yield f"{plural(len(runs), 'run')}: rules compare with {FEWEST} or more."
    if target is None:
        yield "Nothing is written; -o good.json writes a profile."
    else:
        yield (
            f"Written: {visible(target)} ({plural(len(runs), 'run')}). It is used by "
            f"--reference {visible(target)}, or by `reference: [{visible(target)}]` in the config."
        )
