"""A probe for people: a line a sample, the course over checkpoints, what it comes to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from healthlint.probing import Course, Probe, Sample
from healthlint.terminal.numbers import plural, spark
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, left, right, shortened, visible

_LONGEST, _TEXT_ROOM = 28, 72
_FLAT = 0.05
"""Share by which values may differ that are drawn as a flat line."""
_HEADS = (("text", 6), ("seconds", 9), ("level", 9), ("clipped", 9), ("letters/s", 11))
_INKS = {"sharp": ("green",), "cannot tell": ("dim",)}
_TROUBLE = ("bold", "red")
_OF_THE_GUIDE = (
    "The guide's command was run: start it in the folder and environment of your trainer, or name\n"
    "your own with --command."
)


def probe_text(given: Probe, style: Style, *, is_kept: bool) -> str:
    """Return a probe as text.

    Args:
        given: The probe.
        style: How it may look.
        is_kept: Whether the samples stay in a folder that the user named.
    """
    lines = [*_head(given, style), *_table(given, style)]
    if given.courses:
        lines += ["", *(_course(one, style) for one in given.courses)]
    lines += ["", *_end(given, style, is_kept=is_kept)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(given: Probe, style: Style) -> Iterator[str]:
    by = f"synthesizer {given.synthesizer}" if given.synthesizer else "own command"
    parts = [
        plural(len(given.checkpoints), "checkpoint"),
        plural(len(given.texts), "text"),
        by,
        given.device,
        plural(given.references, "reference") if given.references else "no reference",
    ]
    yield style.paint("   ".join(map(visible, parts)), "bold")
    mark = style.glyph("…", "...")
    for number, text in enumerate(given.texts, 1):
        yield f"  text {number}  {shortened(visible(text), _TEXT_ROOM, mark)}"
    yield ""


def _table(given: Probe, style: Style) -> Iterator[str]:
    names = [_name(one.name, style) for one in given.checkpoints]
    room = max(columns(name) for name in [*names, "checkpoint"])
    sharp = "of ref" if given.references else "sharp dB"
    heads = "".join(right(word, width) for word, width in (*_HEADS, (sharp, 10)))
    yield style.paint(f"  {left('checkpoint', room)}{heads}  verdict", "dim")
    for name, checkpoint in zip(names, given.checkpoints, strict=True):
        many = [one for one in given.samples if one.checkpoint is checkpoint]
        for number, one in enumerate(many, 1):
            first = left(name if number == 1 else "", room)
            yield f"  {first}{right(str(number), 6)}{_cells(one, given)}  {_verdict(one, style)}"
            for line in one.made.said:
                yield f"  {'':{room}}{'':6}  {style.paint(visible(line), 'yellow')}"
            for line in one.made.tail if one.problem else ():
                bar = style.glyph("│", "|")
                yield f"  {'':{room}}{'':6}  {style.paint(f'{bar} {visible(line)}', 'dim')}"


def _name(name: str, style: Style) -> str:
    return shortened(visible(name), _LONGEST, style.glyph("…", "..."))


def _cells(one: Sample, given: Probe) -> str:
    heard = one.heard
    if one.problem or heard is None:
        return "".join(right("-", width) for width in (9, 9, 9, 11, 10))
    total = heard.sharpness.total_db if heard.sharpness else math.nan
    sharp = _number(heard.share, 2) if given.references else _number(total, 1)
    return "".join(
        (
            right(_number(heard.seconds, 2), 9),
            right(f"{_number(heard.level_db, 0)} dB", 9),
            right(f"{heard.clipped:.1%}" if math.isfinite(heard.clipped) else "-", 9),
            right(_number(heard.rate, 1), 11),
            right(sharp, 10),
        )
    )


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-inf" if value < 0 else "-"


def _verdict(one: Sample, style: Style) -> str:
    heard = one.heard
    if one.problem or heard is None or heard.verdict is None:
        return style.paint(visible(one.problem), "yellow")
    verdict = heard.verdict
    more = [one for one in heard.troubles if one != verdict.name]
    told = [str(verdict), *more]
    if more and verdict.name in ("sharp", "cannot tell"):
        told = [*more, str(verdict)]
    inks = _TROUBLE if heard.troubles else _INKS.get(verdict.name, ())
    word = style.paint(", ".join(told), *inks)
    if math.isfinite(verdict.deficit_db) and verdict.name in ("sharp", "blurred", "cannot tell"):
        sign = style.glyph("±", "+-")
        side = "below" if verdict.deficit_db >= 0 else "above"
        return (
            f"{word}   {abs(verdict.deficit_db):.1f} {sign} {verdict.uncertainty_db:.1f} dB {side}"
        )
    return word


def _course(one: Course, style: Style) -> str:
    known = [value for value in one.values if math.isfinite(value)]
    is_flat = known and max(known) - min(known) <= _FLAT * max(map(abs, known))
    values = [0.0 * value for value in one.values] if is_flat else one.values
    curve = spark(values, max(4, len(values)), fancy=style.unicode)
    digits = 2 if one.name == "sharpness" else 1
    span = f"{known[0]:.{digits}f} to {known[-1]:.{digits}f} {one.unit}" if known else "unknown"
    ink = {"rising": ("green",), "falling": _TROUBLE}.get(one.direction, ("dim",))
    said = {"too few": "too few to tell", "unclear": "no clear direction"}.get(
        one.direction, one.direction
    )
    word = style.paint(said, *(ink if one.name == "sharpness" else ()))
    return f"  {left(one.name, 10)} {curve}  {span}   {word}"


def _end(given: Probe, style: Style, *, is_kept: bool) -> Iterator[str]:
    counted = Counter(_word(one) for one in given.of_last)
    told = ", ".join(f"{count} {name}" for name, count in counted.most_common())
    is_all = len(given.of_last) == len(given.samples)
    where = "" if is_all else f" at {visible(given.checkpoints[-1].name)}"
    yield f"{plural(len(given.of_last), 'sample')}{where}: {told}."
    kept = sum(one.made.is_kept for one in given.samples)
    if kept:
        yield f"{kept} of {len(given.samples)} kept from before: same checkpoint, text and command."
    if not given.references and any(one.heard for one in given.samples):
        yield "Without --reference blur is rarely told: name recordings of the speaker."
    failed = [one for one in given.samples if one.problem]
    if failed:
        place = f"{visible(str(failed[0].made.log))}" if is_kept else "--out FOLDER keeps it"
        yield f"{plural(len(failed), 'sample')} could not be made; the whole output: {place}"
        if given.synthesizer == "guide":
            yield _OF_THE_GUIDE
    for line in (*given.left_out, *given.problems):
        yield style.paint(f"left out: {visible(line)}", "yellow")


def _word(one: Sample) -> str:
    heard = one.heard
    if one.problem or heard is None or heard.verdict is None:
        return "could not be made"
    return " and ".join(heard.troubles) or heard.verdict.name
