"""Blur for people (a table) and for programs (JSON)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from healthlint.blur.groups import Group, Row, apart, together
from healthlint.documents.json import document, measured
from healthlint.spectrogram.judging import share
from healthlint.spectrogram.samples import Sample
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, left, right, visible

_HEADS = ("overall", "time", "freq", "harm", "static", "noise")
_FIELDS = ("overall", "time_db", "frequency_db", "harmonic_db", "static_db", "noise_db")
_SPELLINGS = (".2f", ".1f", ".1f", ".1f", ".2f", ".1f")
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
    mean, known = together(group), group.known
    return {
        "log": group.title or None,
        "against": known and known.against,
        "references": len([reference for reference in group.references if not reference.problem]),
        "spectrograms": [_wire_row(row) for row in group.rows],
        "mean": mean and {**asdict(mean), "is_blurred": mean.is_blurred, "seen_db": mean.seen_db},
        "single": known and {"bound_db": known.bound_db, "seen_db": known.seen_db},
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
        made["sharpness"] = measured.sharpness
    if row.verdict:
        made["verdict"] = row.verdict
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
    widths = [8] * len(_HEADS) + [len(name) + 2 for name in more]
    heads = "".join(map(right, (first, *_HEADS[1:], *more), widths))
    yield style.paint(f"  {'':{width}}{heads}  verdict", "dim")
    for name, row in zip(names, rows, strict=True):
        cells = "".join(map(right, _cells(row, more), widths))
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


def _cells(row: Row, more: Sequence[str]) -> Iterator[str]:
    values = [getattr(row.measured.sharpness, field, math.nan) for field in _FIELDS]
    if row.sample and row.verdict:
        values[0] = share(row.verdict.deficit_db)
    values += [row.measured.more.get(name, math.nan) for name in more]
    for value, spelling in zip(values, (*_SPELLINGS, *[".4g"] * len(more)), strict=True):
        yield format(value, spelling) if math.isfinite(value) else "-"


def _verdict(row: Row, style: Style) -> str:
    if row.verdict is None:
        return style.paint(f"could not look: {visible(row.measured.problem)}", "yellow")
    verdict = row.verdict
    told = style.paint(str(verdict), *_INKS[verdict.name])
    if math.isfinite(verdict.deficit_db) and verdict.name in ("sharp", "blurred", "cannot tell"):
        return f"{told}   {apart(verdict, style.glyph('±', '+-'))} the {verdict.against}"
    return f"{told}   {verdict.reason}"


def _sum(group: Group) -> Iterator[str]:
    rows = group.last
    counted = Counter(str(row.verdict) for row in rows if row.verdict)
    parts = [f"{count} {name}" for name, count in counted.most_common()]
    if unread := len(rows) - counted.total():
        parts.append(f"{unread} could not be looked at")
    sample = rows[0].sample if rows else None
    where = f" at {_place(sample)}" if sample else ""
    known = group.known
    if known is not None and known.against == "reference":
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
    words = "as sharp as the reference" if mean.name == "sharp" else mean.name
    told = words if mean.name == "cannot tell" else style.paint(words, *_INKS[mean.name])
    yield (
        f"Together {told}: {mean.count} are {apart(mean, style.glyph('±', '+-'))} the reference "
        f"(a fall of {mean.seen_db:.1f} dB is seen in 19 of 20)."
    )


def _against(group: Group) -> str:
    if group.known is not None:
        return f" against {plural(group.known.count, 'reference')}"
    if any(row.verdict and row.verdict.against == "history" for row in group.rows):
        return " against the run's own past"
    if group.references:
        return f" without a usable reference ({len(group.references)} named, none can be measured)"
    return " without a reference"
