"""Blur for people (a table) and for programs (JSON)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from healthlint.blur.groups import Group, Row, together
from healthlint.documents.json import document, measured
from healthlint.spectrogram.judging import share
from healthlint.spectrogram.samples import Sample
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, left, right, visible

_HEADS = ("overall", "time", "freq", "harm", "static", "noise")
_FIELDS = ("overall", "time_db", "frequency_db", "harmonic_db", "static_db", "noise_db")
_DIGITS = (2, 1, 1, 1, 2, 1)
_INKS = {
    "sharp": ("green",),
    "blurred": ("bold", "red"),
    "static": ("bold", "red"),
    "noisy": ("yellow",),
    "silent": ("yellow",),
    "cannot tell": ("dim",),
}
_LONGEST = 44


def blur_json(groups: Sequence[Group]) -> str:
    """Return the groups as JSON, byte-equal for equal input; unknown numbers are null."""
    return document("healthlint.blur/1", {"groups": measured([*map(_wire, groups)], 4)})


def _wire(group: Group) -> dict[str, object]:
    mean = together(group)
    return {
        "log": group.title or None,
        "against": group.known.against if group.known else None,
        "references": len([reference for reference in group.references if not reference.problem]),
        "spectrograms": [_wire_row(row) for row in group.rows],
        "mean": {**asdict(mean), "is_blurred": mean.is_blurred, "seen_db": mean.seen_db}
        if mean
        else None,
        "single": {"bound_db": group.known.bound_db, "seen_db": group.known.seen_db}
        if group.known
        else None,
        "problems": list(group.problems),
    }


def _wire_row(row: Row) -> dict[str, object]:
    measured, sample = row.measured, row.sample
    is_unpacked = sample is not None and sample.is_unpacked
    made: dict[str, object] = {"path": None if is_unpacked else measured.path}
    if sample:
        made |= {
            "line": sample.line or None,
            "epoch": sample.epoch,
            "step": sample.step,
            "clip": sample.clip,
        }
    made |= {"problem": measured.problem or None, "notes": list(measured.notes)}
    if measured.sharpness:
        made["sharpness"] = asdict(measured.sharpness)
    if row.verdict:
        made["verdict"] = asdict(row.verdict)
    if measured.more:
        made["measures"] = measured.more
    return made


def blur_text(group: Group, style: Style) -> str:
    """Return what can be said of all, one line a spectrogram, and what could not be looked at."""
    lines = [visible(group.title)] if group.title else []
    if group.rows:
        lines += _of_all(group, style)
        lines += _table(group.rows, style)
        lines += _sum(group)
    lines += [
        style.paint(f"could not look: {visible(problem)}", "yellow") for problem in group.problems
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _table(rows: Sequence[Row], style: Style) -> Iterator[str]:
    names = [_name(row, style) for row in rows]
    width = max(map(columns, names))
    more = list(dict.fromkeys(name for row in rows for name in row.measured.more))
    first = "of ref" if rows[0].sample and rows[0].verdict else _HEADS[0]
    heads = "".join(right(head, 8) for head in (first, *_HEADS[1:])) + "".join(
        right(h, len(h) + 2) for h in more
    )
    yield style.paint(f"  {'':{width}}{heads}  verdict", "dim")
    for name, row in zip(names, rows, strict=True):
        cells = "".join(_cells(row)) + "".join(_more(row, more))
        yield f"  {left(name, width)}{cells}  {_verdict(row, style)}"
        for note in row.measured.notes:
            if note.startswith(("silent", "clipped", "over", "ends")):
                yield f"  {'':{width}}  {style.paint(note, 'yellow')}"


def _name(row: Row, style: Style) -> str:
    if row.sample is None:
        return _tail(visible(row.measured.path), style)
    return f"{_place(row.sample)}  {_tail(visible(row.sample.clip), style, 24)}"


def _place(sample: Sample) -> str:
    return f"{'epoch' if sample.epoch is not None else 'step'} {sample.when:g}"


def _tail(text: str, style: Style, width: int = _LONGEST) -> str:
    """Return the end of a long path, whole names only: what tells files of one folder apart."""
    if columns(text) <= width:
        return text
    mark = style.glyph("…", "..") + "/"
    *folders, name = text.split("/")
    while folders and columns(mark + folders[-1] + "/" + name) <= width:
        name = f"{folders.pop()}/{name}"
    return mark + name if folders else name


def _cells(row: Row) -> Iterator[str]:
    numbers = row.measured.sharpness
    for field, digits in zip(_FIELDS, _DIGITS, strict=True):
        value = getattr(numbers, field) if numbers else math.nan
        if field == "overall" and row.sample and row.verdict:
            value = share(row.verdict.deficit_db)
        yield right(f"{value:.{digits}f}" if math.isfinite(value) else "-", 8)


def _more(row: Row, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        value = row.measured.more.get(name, math.nan)
        yield right(f"{value:.4g}" if math.isfinite(value) else "-", len(name) + 2)


def _verdict(row: Row, style: Style) -> str:
    if row.verdict is None:
        return style.paint(f"could not look: {visible(row.measured.problem)}", "yellow")
    verdict = row.verdict
    told = style.paint(str(verdict), *_INKS[verdict.name])
    if math.isfinite(verdict.deficit_db) and verdict.name in ("sharp", "blurred", "cannot tell"):
        sign = style.glyph("±", "+-")
        size = f"{abs(verdict.deficit_db):.1f} {sign} {verdict.uncertainty_db:.1f} dB"
        side = "below" if verdict.deficit_db >= 0 else "above"
        return f"{told}   {size} {side} the {verdict.against}"
    return f"{told}   {verdict.reason}"


def _sum(group: Group) -> Iterator[str]:
    counted = Counter(str(row.verdict) for row in group.last if row.verdict)
    unread = sum(row.verdict is None for row in group.last)
    parts = [f"{count} {name}" for name, count in counted.most_common()]
    parts += [f"{unread} could not be looked at"] if unread else []
    rows = group.last
    sample = rows[0].sample if group.is_log and rows else None
    where = f" at {_place(sample)}" if sample else ""
    if group.known is not None and group.known.against == "reference":
        known = group.known
        yield (
            f"One alone is called blurred from {known.bound_db:.1f} dB below on; a fall of "
            f"{known.seen_db:.1f} dB is seen in 19 of 20."
        )
    yield f"{plural(len(rows), 'spectrogram')}{where}{_against(group)}: {', '.join(parts)}."
    scales = dict.fromkeys(row.measured.scale for row in group.rows if row.measured.is_guess)
    if scales:
        yield f"Scale recognised over all, not declared: {', '.join(scales)}."


def _of_all(group: Group, style: Style) -> Iterator[str]:
    """Yield the verdict of the group, which is surer than that of any of it."""
    mean = together(group)
    if mean is None:
        return
    told = {
        "blurred": style.paint("blurred", *_INKS["blurred"]),
        "sharp": style.paint("as sharp as the reference", *_INKS["sharp"]),
    }.get(mean.name, "cannot tell")
    side = "below" if mean.deficit_db >= 0 else "above"
    sign = style.glyph("±", "+-")
    yield (
        f"Together {told}: {mean.count} are {abs(mean.deficit_db):.1f} {sign} "
        f"{mean.uncertainty_db:.1f} dB {side} the reference (a fall of {mean.seen_db:.1f} dB is "
        "seen in 19 of 20)."
    )


def _against(group: Group) -> str:
    if group.known is not None:
        return f" against {plural(group.known.count, 'reference')}"
    if any(row.verdict and row.verdict.against == "history" for row in group.rows):
        return " against the run's own past"
    if group.references:
        return f" without a usable reference ({len(group.references)} named, none can be measured)"
    return " without a reference"
