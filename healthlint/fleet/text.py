"""A fleet on one screen: answers, causes, what differs, who is best, what to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from math import nan

from healthlint.fleet.differing import ALPHA, FEWEST, Compared, Difference
from healthlint.fleet.row import Keep, Row, spoken
from healthlint.fleet.summary import Cause, Fleet, Group, has_failed
from healthlint.terminal.numbers import number, ordinal, plural, spark
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import clean, columns, left, right, shortened
from healthlint.terminal.words import spot

MOST_CAUSES, MOST_DIFFERENCES, MOST_UNSEEN, MOST_GROUPS, ENDS = 6, 5, 4, 12, 2
"""Lines of each part, so that the whole is a screen."""
_ANSWER_INKS = {
    "stop": ("bold", "red"),
    "attention": ("bold", "yellow"),
    "cannot tell": ("bold", "yellow"),
    "too early": ("cyan",),
    "finished": ("green",),
    "go on": ("green",),
}


def fleet_text(fleet: Fleet, style: Style, groups: Sequence[Group] = (), by: str = "") -> str:
    """Return a fleet on at most 40 lines."""
    parts = [
        _opening(fleet, style),
        _grouped(groups, by, style) if by else _causes(fleet, style),
        _differing(fleet.compared, style),
        _ranking(fleet, style),
        _keeping(fleet.rows, style),
        _unseen(fleet, style),
    ]
    texts = ["\n".join(part) for part in map(list, parts) if part]
    return "\n\n".join(texts) + "\n"


def _opening(fleet: Fleet, style: Style) -> Iterator[str]:
    total, failed = len(fleet.rows), len(fleet.failed)
    folders = _common(fleet.rows)
    said = f"{plural(total, 'run')}{folders}: "
    verdict = f"{failed:,} failed ({_share(failed, total)})" if failed else "none failed"
    yield style.paint(said, "bold") + style.paint(verdict, "bold", "red" if failed else "green")
    words = [
        f"{style.paint(answer, *_ANSWER_INKS[answer])} {count:,}"
        for answer, count in fleet.answers.items()
    ]
    if unseen := len(fleet.unseen):
        words.append(f"{style.paint('not judged', 'bold', 'yellow')} {unseen:,}")
    yield "  " + "   ".join(words)


def _common(rows: Sequence[Row]) -> str:
    """Return the folder that all runs share, in words; empty where they share none."""
    levels = zip(*(row.path.split("/")[:-1] for row in rows), strict=False)
    shared = [names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels)]
    return clean(f" in {'/'.join(shared)}") if any(shared) else ""


def _causes(fleet: Fleet, style: Style) -> Iterator[str]:
    shown = fleet.causes[:MOST_CAUSES]
    head = ("causes", "runs", "share", "median first", "example, the earliest")
    rows = [_cause(cause) for cause in shown]
    inks = [SEVERITY_INKS[cause.severity] for cause in shown]
    yield from _table(head, rows, "<>>><", style, inks)
    yield from _more(len(fleet.causes) - len(shown), "cause", style)


def _cause(cause: Cause) -> Sequence[str]:
    first = cause.example.first
    line = first.line if first else None
    where = f"epoch {cause.epoch:.0f}" if cause.epoch is not None else ""
    where = where or (f"step {cause.step:,.0f}" if cause.step is not None else "")
    name = f"{cause.severity} {cause.rule}"
    return name, f"{cause.runs:,}", f"{cause.share:.1%}", where, spot(cause.example.path, line)


def _grouped(groups: Sequence[Group], by: str, style: Style) -> Iterator[str]:
    shown = groups[:MOST_GROUPS]
    head = (f"by {by}", "runs", "failed", "share", "most frequent cause", "median best")
    rows = [
        (
            group.name,
            f"{group.runs:,}",
            f"{group.failed:,}",
            _share(group.failed, group.runs),
            group.cause or "-",
            "-" if group.best is None else number(group.best),
        )
        for group in shown
    ]
    inks: list[Sequence[str]] = [("red",) if group.failed else () for group in shown]
    yield from _table(head, rows, "<>>><>", style, inks)
    yield from _more(len(groups) - len(shown), "group", style)


def _differing(compared: Compared, style: Style) -> Iterator[str]:
    head = style.paint("what differs", "bold")
    sides = f"{compared.failed:,} failed, {compared.healthy:,} healthy"
    if not compared.failed:
        return
    if not compared.tests:
        few = min(compared.failed, compared.healthy) < FEWEST
        why = f"fewer than {FEWEST} on a side" if few else "no setting varies"
        yield f"{head}  {sides}: {why}, nothing is compared"
        return
    tests = f"{plural(compared.settings, 'setting')}, {plural(compared.tests, 'test')}"
    yield f"{head}  {sides}; {tests}, p corrected for all of them"
    if not compared.differences:
        yield f"  nothing at p <= {ALPHA:g}"
        return
    shown = compared.differences[:MOST_DIFFERENCES]
    yield from _table((), [_difference(difference) for difference in shown], "<<<<", style)
    yield from _more(len(compared.differences) - len(shown), "setting", style)
    caution = "  seen together with the failures; what it is because of, it cannot say"
    yield style.paint(caution, "dim")


def _difference(difference: Difference) -> Sequence[str]:
    cause = difference.cause or "any failure"
    also = f" (= {', '.join(difference.also[:2])})" if difference.also else ""
    p = "p < 1e-6" if difference.p < 1e-6 else f"p = {difference.p:.1g}"
    if difference.medians is not None:
        low, high = (f"{value:.4g}" for value in difference.medians)
        said = f"median {low}, of healthy {high}; larger in {difference.larger:.0%} of pairs"
        return cause, f"{difference.setting}{also}", said, p
    failed = _share(difference.failed_with, difference.failed)
    healthy = _share(difference.healthy_with, difference.healthy)
    said = f"{failed} of {difference.failed:,} failed, {healthy} of {difference.healthy:,} healthy"
    return cause, f"{difference.setting} = {spoken(difference.value)}{also}", said, p


def _ranking(fleet: Fleet, style: Style) -> Iterator[str]:
    """Yield the best runs that have not failed, and the worst of all."""
    ranking = fleet.ranking
    if ranking is None or len(ranking.values) < 2:
        return
    noise = f", noise {ranking.noise:.1%}" if ranking.noise is not None else ""
    got = f"{len(ranking.values):,} of {len(ranking.values) + ranking.short:,} runs got there"
    where = f"{ranking.metric} at {ranking.unit} {ordinal(ranking.at)}"
    yield f"{style.paint(where, 'bold')}  {got}{noise}"
    ends = min(ENDS, len(ranking.values) // 2)
    sound = [value for value in ranking.values if not has_failed(value[1], fleet.fail_on)]
    best, worst = sound[:ends], ranking.values[-ends:]
    named = [*(("best", *pair) for pair in best), *(("worst", *pair) for pair in worst)]
    rows = [(name, number(value), _curve(row, style), row.path) for name, value, row in named]
    yield from _table((), rows, "<><<", style)


def _curve(row: Row, style: Style) -> str:
    levels = row.course.curve if row.course else ()
    known = [nan if level is None else level for level in levels]
    return spark(known, 12, fancy=style.unicode)


def _keeping(rows: Sequence[Row], style: Style) -> Iterator[str]:
    kept = [(row, row.keep) for row in rows if row.keep is not None]
    if not kept:
        return
    keeps = [keep for _, keep in kept if keep.path]
    lost = sum(keep.within_noise is False for keep in keeps)
    size = sum(keep.spare_bytes for _, keep in kept)
    spare = sum(len(keep.spare) for _, keep in kept)
    head = style.paint("checkpoints", "bold")
    words = [f"{plural(len(keeps), 'run')} with one to keep"]
    if lost:
        words.append(f"of {lost:,} the best epoch was never saved")
    if spare:
        words.append(f"{plural(spare, 'file')} more, {_size(size)}, may go")
    yield f"{head}  {'; '.join(words)} (nothing is deleted)"
    if len(kept) == 1 and keeps:
        yield clean(f"  keep {_keep(*kept[0])}")


def _keep(row: Row, keep: Keep) -> str:
    """Return the checkpoint to keep, with its value; there is one only where there is a metric."""
    assert row.course is not None
    at = f"epoch {keep.epoch:.0f}" if keep.epoch is not None else f"step {keep.step or 0:.0f}"
    above = f", {keep.above:.1%} above the best" if keep.above else ", the best"
    near = " (within its noise)" if keep.above and keep.within_noise else ""
    value = number(keep.value) if keep.value is not None else "?"
    return f"{keep.path}: {row.course.metric} {value} at {at}{above}{near}"


def _unseen(fleet: Fleet, style: Style) -> Iterator[str]:
    told = [(row.path, row.reason or "; ".join(row.problems)) for row in fleet.unseen]
    every = [*told, *fleet.passed_over]
    if not every:
        return
    yield style.paint("not looked at", "bold", "yellow") + f"  {len(every):,}"
    for path, why in clean(every[:MOST_UNSEEN]):
        room = style.width - columns(why) - 4
        yield f"  {shortened(path, max(room, 30), '..')}: {why}"
    yield from _more(len(every) - MOST_UNSEEN, "path", style)


def fleet_table(rows: Sequence[Row], style: Style, by: str, read: Callable[[Row], object]) -> str:
    """Return a line for each run.

    Args:
        rows: The runs, in the order in which they shall stand.
        style: How to show them.
        by: What they are sorted by, shown as a column of its own where it is none; may be empty.
        read: What it is of a run.
    """
    head = ("answer", "cause", "epoch", "best", "curve", *([by] if by else []), "run")
    table = [
        (
            row.answer if row.state == "judged" else row.state,
            row.cause or "-",
            "-" if row.epochs is None else ordinal(row.epochs),
            "-" if row.course is None or row.course.best is None else number(row.course.best),
            _curve(row, style),
            *([spoken(read(row))] if by else []),
            row.path if row.run in (None, 1) else f"{row.path} run {row.run}",
        )
        for row in rows
    ]
    inks = [_ANSWER_INKS[row.answer] for row in rows]
    align = "<<>><" + ("<" if by else "") + "<"
    return "\n".join(_table(head, table, align, style, inks)) + "\n"


def keep_list(rows: Sequence[Row]) -> str:
    """Return what to keep and what may be deleted, a path a line; nothing is deleted."""
    lines = []
    for row in rows:
        if row.keep is not None:
            lines += [f"keep   {_keep(row, row.keep)}"] if row.keep.path and row.course else []
            lines += [f"spare  {path}" for path in row.keep.spare]
    return "".join(f"{clean(line)}\n" for line in lines)


def _table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    align: str,
    style: Style,
    inks: Sequence[Sequence[str]] = (),
) -> Iterator[str]:
    """Yield the lines of a table; the last column is cut where the line is too long."""
    if not rows:
        return
    rows = clean(rows)
    every = [head, *rows] if head else rows
    wide = [max(map(columns, column)) for column in zip(*every, strict=True)]
    if align[-1] == "<":
        wide[-1] = min(wide[-1], max(style.width - sum(wide[:-1]) - 2 * len(wide), 20))
    pad = {"<": left, ">": right}

    def line(row: Sequence[str]) -> str:
        cells = [*row[:-1], shortened(row[-1], wide[-1], style.glyph("…", ".."))]
        return "  ".join(pad[a](c, w) for a, c, w in zip(align, cells, wide, strict=True)).rstrip()

    if head:
        yield style.paint(line(head), "bold")
    indent = "" if head else "  "
    for row, ink in zip(rows, inks or [()] * len(rows), strict=True):
        text, first = line(row), len(row[0])
        yield indent + style.paint(text[:first], *ink) + text[first:]


def _more(count: int, noun: str, style: Style) -> Iterator[str]:
    if count > 0:
        yield style.paint(f"  and {plural(count, noun)} more", "dim")


def _share(part: int, whole: int) -> str:
    """Return a share in percent, never 0 % of something.

    >>> _share(1, 1000), _share(0, 5), _share(1, 4)
    ('0.1%', '0%', '25%')
    """
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.1f}%" if 0 < percent < 10 else f"{percent:.0f}%"


def _size(count: int) -> str:
    """Return a number of bytes in words.

    >>> _size(1_234_000_000), _size(5_000)
    ('1.2 GB', '5.0 kB')
    """
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
