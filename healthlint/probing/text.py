"""A probe for people: a line a sample, the course over checkpoints, what it comes to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from healthlint.probing import Course, Probe, Sample
from healthlint.terminal.numbers import plural, spark
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, left, right, shortened, visible

_LONGEST, _TEXT_ROOM = 28, 72
_FLAT = 0.05
"""Share by which values may differ that are drawn as a flat line."""
_HEADS = ("seconds", "level", "clipped", "letters/s")
_WIDTHS = (9, 9, 9, 11, 10, 6)
"""Of those, of sharpness and of the mean opinion score."""
_INKS = {"sharp": ("green",), "cannot tell": ("dim",)}
_TROUBLE = ("bold", "red")
_OF_THE_GUIDE = (
    "The guide's command was run: start it in the folder and environment of your trainer, or name\n"
    "your own with --command."
)


def probe_text(probe: Probe, style: Style, *, is_kept: bool) -> str:
    """Return a probe as text.

    Args:
        probe: The probe.
        style: How it may look.
        is_kept: Whether the samples stay in a folder that the user named.
    """
    lines = [*_head(probe, style), *_table(probe, style)]
    if probe.courses:
        lines += ["", *(_course(course, style) for course in probe.courses)]
    lines += ["", *_end(probe, style, is_kept=is_kept)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(probe: Probe, style: Style) -> Iterator[str]:
    by = f"synthesizer {probe.synthesizer}" if probe.synthesizer else "own command"
    parts = [
        plural(len(probe.checkpoints), "checkpoint"),
        plural(len(probe.texts), "text"),
        by,
        probe.device,
        plural(probe.references, "reference") if probe.references else "no reference",
    ]
    yield style.paint("   ".join(map(visible, parts)), "bold")
    mark = style.glyph("…", "...")
    for number, text in enumerate(probe.texts, 1):
        yield f"  text {number}  {shortened(visible(text), _TEXT_ROOM, mark)}"
    yield ""


def _table(probe: Probe, style: Style) -> Iterator[str]:
    mark = style.glyph("…", "...")
    names = [shortened(visible(point.name), _LONGEST, mark) for point in probe.checkpoints]
    room = max(columns(name) for name in [*names, "checkpoint"])
    sharp = "of ref" if probe.references else "sharp dB"
    heads = _row((*_HEADS, sharp, "MOS"), probe)
    yield style.paint(f"  {left('checkpoint', room)}{right('text', 6)}{heads}  verdict", "dim")
    for name, checkpoint in zip(names, probe.checkpoints, strict=True):
        many = [sample for sample in probe.samples if sample.checkpoint is checkpoint]
        for number, sample in enumerate(many, 1):
            first = left(name if number == 1 else "", room)
            cells = f"{right(str(number), 6)}{_cells(sample, probe)}"
            yield f"  {first}{cells}  {_verdict(sample, style)}"
            for line in sample.made.said:
                yield f"  {'':{room}}{'':6}  {style.paint(visible(line), 'yellow')}"
            for line in sample.made.tail if sample.problem else ():
                bar = style.glyph("│", "|")
                yield f"  {'':{room}}{'':6}  {style.paint(f'{bar} {visible(line)}', 'dim')}"


def _cells(sample: Sample, probe: Probe) -> str:
    heard = sample.heard
    if sample.problem or heard is None:
        return _row("-" * len(_WIDTHS), probe)
    total = heard.sharpness.total_db if heard.sharpness else math.nan
    cells = (
        _number(heard.seconds, 2),
        f"{_number(heard.level_db, 0)} dB",
        f"{heard.clipped:.1%}" if math.isfinite(heard.clipped) else "-",
        _number(heard.rate, 1),
        _number(heard.share, 2) if probe.references else _number(total, 1),
        _number(sample.mos, 2),
    )
    return _row(cells, probe)


def _row(cells: Sequence[str], probe: Probe) -> str:
    return "".join(map(right, cells, _WIDTHS if probe.is_scored else _WIDTHS[:-1]))


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-inf" if value < 0 else "-"


def _verdict(sample: Sample, style: Style) -> str:
    heard = sample.heard
    if sample.problem or heard is None or heard.verdict is None:
        return style.paint(visible(sample.problem), "yellow")
    verdict = heard.verdict
    more = [trouble for trouble in heard.troubles if trouble != verdict.name]
    told = [str(verdict), *more]
    if more and verdict.name in ("sharp", "cannot tell"):
        told = [*more, str(verdict)]
    inks = _TROUBLE if heard.troubles else _INKS.get(verdict.name, ())
    word = style.paint(", ".join(told), *inks)
    if math.isfinite(verdict.deficit_db) and verdict.name in ("sharp", "blurred", "cannot tell"):
        sign = style.glyph("±", "+-")
        side = "below" if verdict.deficit_db >= 0 else "above"
        word += f"   {abs(verdict.deficit_db):.1f} {sign} {verdict.uncertainty_db:.1f} dB {side}"
    return word


def _course(course: Course, style: Style) -> str:
    known = [value for value in course.values if math.isfinite(value)]
    is_flat = known and max(known) - min(known) <= _FLAT * max(map(abs, known))
    values = [0.0 * value for value in course.values] if is_flat else course.values
    curve = spark(values, max(4, len(values)), fancy=style.unicode)
    digits = 2 if course.name == "sharpness" else 1
    span = f"{known[0]:.{digits}f} to {known[-1]:.{digits}f} {course.unit}" if known else "unknown"
    ink = {"rising": ("green",), "falling": _TROUBLE}.get(course.direction, ("dim",))
    word = style.paint(course.word, *(ink if course.name == "sharpness" else ()))
    return f"  {left(course.name, 10)} {curve}  {span}   {word}"


def _end(probe: Probe, style: Style, *, is_kept: bool) -> Iterator[str]:
    counted = Counter(_word(sample) for sample in probe.of_last)
    told = ", ".join(f"{count} {name}" for name, count in counted.most_common())
    is_all = len(probe.of_last) == len(probe.samples)
    where = "" if is_all else f" at {visible(probe.checkpoints[-1].name)}"
    yield f"{plural(len(probe.of_last), 'sample')}{where}: {told}."
    kept = sum(sample.made.is_kept for sample in probe.samples)
    if kept:
        yield f"{kept} of {len(probe.samples)} kept from before: same checkpoint, text and command."
    if not probe.references and any(sample.heard for sample in probe.samples):
        yield "Without --reference blur is rarely told: name recordings of the speaker."
    if probe.is_scored:
        yield "MOS: what listeners would probably say, 1 to 5 (DistillMOS); it does not hear words."
    failed = [sample for sample in probe.samples if sample.problem]
    if failed:
        place = f"{visible(str(failed[0].made.log))}" if is_kept else "--out FOLDER keeps it"
        yield f"{plural(len(failed), 'sample')} could not be made; the whole output: {place}"
        if probe.synthesizer == "guide":
            yield _OF_THE_GUIDE
    for line in (*probe.left_out, *probe.problems):
        yield style.paint(f"left out: {visible(line)}", "yellow")


def _word(sample: Sample) -> str:
    heard = sample.heard
    if sample.problem or heard is None or heard.verdict is None:
        return "could not be made"
    return " and ".join(heard.troubles) or heard.verdict.name
