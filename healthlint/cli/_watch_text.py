"""What ``healthlint watch`` shows: a line an event, and a line a run, redrawn in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import isfinite

from healthlint.report import LogReport, Place, Standing
from healthlint.reporters.full.answer import inks
from healthlint.terminal.numbers import number, ordinal
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import clean, columns, cut, left, shortened, visible, wrapped
from healthlint.terminal.words import where
from healthlint.watching.course import spoken
from healthlint.watching.events import Event, EventKind

_QUIET: frozenset[EventKind] = frozenset({"began"})
_INKS = {
    "resolved": ("bold", "green"),
    "stalled": ("bold", "yellow"),
    "died": ("bold", "red"),
    "stop": ("bold", "red"),
    "ended": ("bold",),
}
_GAP = "  "


def event_line(event: Event, style: Style) -> str:
    """Return an event in one line, empty where the rows of the runs say enough."""
    if event.event in _QUIET:
        return ""
    event = clean(event)
    word = event.severity if event.event == "firing" and event.severity else event.event
    painted = style.paint(word.upper(), *SEVERITY_INKS.get(word, _INKS.get(word, ("bold",))))
    said = [event.at[11:19], painted, f"{event.log}:", f"[{event.rule}]" if event.rule else ""]
    if event.event == "firing" and event.first.epoch is not None:
        place = Place(event.first.line, event.first.step, event.first.epoch)
        said.append(f"since {where(place)}:")
    said += [event.message, "(again)" if event.again or event.repeat else ""]
    if event.follows:
        said.append(f"(explains {', '.join(event.follows)})")
    return " ".join(filter(None, said))


Seen = tuple[LogReport, float, float | None]
"""The newest report of a log, the seconds since it changed, and those that the run still takes."""
_FIRST = ("STOP", "ATTENTION", "CANNOT TELL", "GO ON", "TOO EARLY", "NOT YET", "FINISHED")


def rows(seen: Sequence[Seen], style: Style, room: int = 0) -> list[str]:
    """Return a line each run: the answer, where it stands, how long it takes, how old it is.

    Args:
        seen: What is known of each log.
        style: How text is shown.
        room: Lines that there is room for: of more, those that are most wanted; 0 for all.
    """
    if 1 < room < len(seen):
        wanted = sorted(seen, key=lambda one: (_FIRST.index(_state(one[0])), one[1]))
        more = Counter(_state(report) for report, _, _ in wanted[room - 1 :])
        told = ", ".join(f"{more[state]} {state}" for state in _FIRST if more[state])
        kept = [one for one in seen if any(one is other for other in wanted[: room - 1])]
        return [*rows(kept, style), style.paint(f"and {sum(more.values())} more: {told}", "dim")]
    logs = [clean(report) for report, _, _ in seen]
    states = list(map(_state, logs))
    wide = max(map(columns, states), default=0)
    long = min(max((columns(log.path) for log in logs), default=0), style.width // 3)
    dots, made = style.glyph("…", ".."), []
    for (_, age, rest), log, state in zip(seen, logs, states, strict=True):
        head = style.paint(left(state, wide), *(inks(log.answer) if log.run else ("dim",)))
        path = left(shortened(log.path, long, dots), long)
        room = style.width - wide - long - 2 * len(_GAP) - 1
        made.append(
            f"{head}{_GAP}{path}{_GAP}{_fitting(_parts(log, age, rest), room, dots)}".rstrip()
        )
    return made


def _state(log: LogReport) -> str:
    return log.answer.state.upper() if log.run else "NOT YET"


def _parts(log: LogReport, age: float, rest: float | None) -> list[str]:
    """Return what is said of a run, the most important first."""
    if log.run is None:
        return [visible(log.no_verdict)]
    planned, epoch = log.run.planned_epochs, log.run.epoch
    parts = []
    if epoch is not None:
        parts.append(f"epoch {ordinal(epoch)}" + (f"/{ordinal(planned)}" if planned else ""))
    parts += [f"{spoken(rest)} left"] if rest and not log.run.status else []
    status = "ended" if log.run.status == "ok" else log.run.status  # the answer says how it is
    parts += [status or f"{spoken(age)} ago"]
    return parts + [_head(standing) for standing in log.standing if isfinite(standing.value)]


def _head(standing: Standing) -> str:
    return " ".join(
        filter(None, (standing.label or standing.metric, number(standing.value), standing.phase))
    )


def _fitting(parts: Sequence[str], room: int, dots: str) -> str:
    """Return as many parts as fit into one line, the first of them at least in part."""
    text = cut(parts[0], room, dots)
    for part in parts[1:]:
        longer = f"{text}{_GAP}{part}"
        if columns(longer) > room:
            break
        text = longer
    return text


class Screen:
    """Shows events one after the other, and below them the runs as they are now.

    Args:
        write: Writes text.
        style: How it is shown.
        is_live: Whether lines can be redrawn in place.
    """

    is_lasting = False

    def __init__(self, write: Callable[[str], None], style: Style, *, is_live: bool) -> None:
        self.name = "screen"
        self._write = write
        self.style = style
        self.is_live = is_live
        self._drawn: list[str] = []

    def send(self, event: Event) -> str:
        """Show an event."""
        if text := event_line(event, self.style):
            self.say(text)
            if event.event == "firing" and event.severity == "error" and event.help:
                for line in wrapped(visible(event.help), self.style.width - 9):
                    self.say(" " * 9 + self.style.paint(line, "dim"))
        return ""

    def recall(self, event: Event) -> None:
        """Show what an earlier watch told and what still stands."""
        self.say(self.style.paint("still  ", "dim") + event_line(event, self.style))

    def say(self, line: str) -> None:
        """Show a line above the runs."""
        self._write(f"{self._erase()}{line}\n")

    def draw(self, lines: list[str], *, is_last: bool = False) -> None:
        """Show the runs as they are now."""
        if lines != self._drawn or is_last:
            self._write(self._erase() + "".join(f"{line}\n" for line in lines))
            self._drawn = lines

    def _erase(self) -> str:
        """Return what takes the rows of the runs off the screen."""
        rows, self._drawn = len(self._drawn), []
        return f"\x1b[{rows}A\x1b[J" if rows and self.is_live else ""
