"""Backtests for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Literal

from healthlint.backtesting import Backtest, Trial
from healthlint.documents.json import document
from healthlint.terminal.numbers import ordinal, plural
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import columns, left, right, shortened, visible, wrapped

_STATES = {"fail": "fired", "pass": "quiet", "not_judged": "not judged", "not_applicable": "other"}
_ORDER = ("fail", "error", "pass", "pending", "not_judged", "not_applicable")
_UNITS: tuple[Literal["epoch"], Literal["step"]] = ("epoch", "step")
_HEADS = ("run", "", "fired at", "ended at", "earlier")


def backtest_json(tests: Sequence[Backtest]) -> str:
    """Return the backtests as JSON, byte-equal for equal input."""
    rules = [
        {
            "rule": test.rule.id,
            "severity": test.rule.severity,
            "summary": test.rule.summary,
            "fired": len(test.of("fail")),
            "judged": len(test.of("fail", "pass")),
            "runs": [_wire(trial) for trial in test.trials],
        }
        for test in tests
    ]
    return document("healthlint.backtest/1", {"rules": rules})


def _wire(trial: Trial) -> dict[str, object]:
    earlier = {f"{unit}s_earlier": trial.earlier(unit) for unit in _UNITS}
    return {**asdict(trial), **earlier}


def backtest_text(test: Backtest, style: Style) -> str:
    """Return one line a run, those on which it fired first, and what they come to."""
    rule = test.rule
    name = style.paint(rule.id, *SEVERITY_INKS[rule.severity])
    trials = sorted(test.trials, key=_rank)
    lines = [f"{name}   {visible(rule.summary)}", *_table(trials, style), *_sum(test, style)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _rank(trial: Trial) -> tuple[int, float, str, int]:
    return _ORDER.index(trial.state), -(trial.earlier("epoch") or 0.0), trial.path, trial.run


def _table(trials: Sequence[Trial], style: Style) -> Iterator[str]:
    rows = [_cells(trial) for trial in trials]
    widths = [max(map(columns, column)) for column in zip(_HEADS, *rows, strict=True)]
    widths[0] = min(widths[0], max(20, style.width - sum(widths[1:]) - 12))
    yield style.paint(_row(_HEADS, widths, style), "dim")
    for trial, row in zip(trials, rows, strict=True):
        yield _painted(_row(row, widths, style), trial, style)
        for line in wrapped(_remark(trial), style.width - 6):
            yield style.paint(f"      {visible(line)}", "dim")


def _row(cells: Sequence[str], widths: Sequence[int], style: Style) -> str:
    run, state, *places = cells
    mark = style.glyph("…", "..")
    head = left(shortened(run, widths[0], mark), widths[0])
    tail = [right(cell, wide) for cell, wide in zip(places, widths[2:], strict=True)]
    return "  " + "  ".join([head, left(state, widths[1]), *tail])


def _painted(line: str, trial: Trial, style: Style) -> str:
    if trial.state == "fail":
        return style.paint(line, "bold")
    return style.paint(line, "dim") if trial.state in ("pending", "not_judged") else line


def _cells(trial: Trial) -> tuple[str, str, str, str, str]:
    """Return run, state, where it fired, where the run ended, and the distance."""
    number = f" run {trial.run}" if trial.runs > 1 else ""
    state = _STATES.get(trial.state, trial.state)
    distances = ((trial.earlier(unit), unit) for unit in _UNITS)
    earlier = next((plural(round(far), unit) for far, unit in distances if far is not None), "")
    path = f"{visible(trial.path)}{number}"
    return path, state, _at(trial.first), _at(trial.end), earlier


def _at(place: object) -> str:
    values = ((unit, getattr(place, unit, None)) for unit in _UNITS)
    return next((f"{unit} {ordinal(at)}" for unit, at in values if at is not None), "")


def _remark(trial: Trial) -> str:
    """Return what it said, or why it said nothing."""
    if trial.state != "fail":
        return trial.reason
    if trial.is_superseded:
        return f"{trial.message} (a resume went back behind it)"
    return trial.message if trial.is_active else f"{trial.message} (over by {_at(trial.last)})"


def _sum(test: Backtest, style: Style) -> Iterator[str]:
    """Yield the counts, and plainly what a rule is worth that always or never fires."""
    fired, judged = len(test.of("fail")), len(test.of("fail", "pass"))
    rest = [
        f"{len(trials)} {_STATES.get(state, state)}"
        for state in ("pending", "not_judged", "error")
        if (trials := test.of(state))
    ]
    tail = f" ({', '.join(rest)})" if rest else ""
    runs = plural(judged, "judged run")
    if not judged:
        words = f"It could be judged on none of {plural(len(test.trials), 'run')}{tail}."
    elif not fired:
        words = f"It fires on none of {runs}{tail}: nothing here shows that it can."
    elif fired == judged and judged > 1:
        words = f"It fires on every one of {runs}{tail}: it tells none of them apart."
    else:
        words = f"It fires on {fired} of {runs}{tail}{_lead(test)}."
    yield from (style.paint(line, "bold") for line in wrapped(words, style.width))


def _lead(test: Backtest) -> str:
    """Return how much earlier than the end it fired, in the middle of the runs."""
    leads = sorted(lead for t in test.of("fail") if (lead := t.earlier("epoch")) is not None)
    if not leads:
        return ""
    middle = (leads[(len(leads) - 1) // 2] + leads[len(leads) // 2]) / 2
    word = "epoch" if middle == 1 else "epochs"
    return f", {ordinal(middle)} {word} before the end{' (median)' if len(leads) > 1 else ''}"
