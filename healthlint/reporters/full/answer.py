"""The answer: what to do with the run, in one line, since when, and what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.report import Answer, AnswerState, LogReport
from healthlint.reporters._facts import why
from healthlint.reporters.full.hanging import hanging
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, cut, left, shortened, wrapped
from healthlint.terminal.words import beside, by_reason, told_apart

_INKS: dict[AnswerState, tuple[str, ...]] = {
    "stop": ("bold", "red"),
    "attention": ("bold", "yellow"),
    "cannot tell": ("bold", "yellow"),
}
_GAP = "  "


def answer(log: LogReport, style: Style) -> Iterator[str]:
    """Yield the answer, what to do next, and which vital rules could not look."""
    answer = log.answer
    state = answer.state.upper()
    lead = columns(state) + len(_GAP)
    lines = wrapped(f"{log.path}: {answer.reason}", style.width - lead)
    for number, line in enumerate(lines):
        head = " " * lead if number else style.paint(state, *inks(answer)) + _GAP
        yield head + (line if number else style.paint(line, "bold"))
    if answer.next:
        yield from _labelled("next", answer.next, lead, style)
    if log.against:
        yield from _labelled("", beside(log.against, log.answer.state), lead, style)
    for reason, rules in by_reason(log.unseen).items():
        if reason not in answer.reason:
            yield from _labelled("not seen", f"{', '.join(rules)} ({reason})", lead, style)


def table(logs: Sequence[LogReport], style: Style) -> Iterator[str]:
    """Yield a line each log, worst first: the answer, the log, and as much of why as fits."""
    states = [log.answer.state.upper() if log.run else "NOT READ" for log in logs]
    names = told_apart([log.path for log in logs])
    wide, long = max(map(columns, states)), min(max(map(columns, names)), style.width // 2)
    for state, name, log in zip(states, names, logs, strict=True):
        path = shortened(name, long, style.glyph("…", ".."))
        room = style.width - wide - long - 2 * len(_GAP)
        words = cut(why(log), max(room, 10), style.glyph("…", ".."))
        head = style.paint(state, *inks(log.answer)) + " " * (wide - columns(state))
        yield f"{head}{_GAP}{left(path, long)}{_GAP}{words}".rstrip()


def inks(answer: Answer) -> tuple[str, ...]:
    """Return the inks of an answer: green only where all is as wanted."""
    if answer.is_green:
        return ("bold", "green")
    return _INKS.get(answer.state, ("bold",))


def _labelled(label: str, words: str, lead: int, style: Style) -> Iterator[str]:
    label = f"{label}: " if label else ""
    head = " " * lead + style.paint(label, "dim")
    return hanging(head, lead + len(label), words, style.width)
