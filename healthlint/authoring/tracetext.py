"""A trace as text: the tree with states and numbers, then when it fired or what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.tracing import Node, Trace
from healthlint.report import Place
from healthlint.terminal.numbers import number, percent
from healthlint.terminal.style import Style
from healthlint.terminal.text import visible, wrapped
from healthlint.terminal.words import SPLITS, span, where
from healthlint.timeline.evaluation import Shown

_INKS = {"true": ("bold", "red"), "false": ("green",), "unknown": ("yellow",)}
_STATE, _MOST = 9, 4


def text(trace: Trace, style: Style) -> str:
    """Return a trace for a terminal."""
    split = f", {SPLITS[trace.split]}" if trace.split else ""
    lines = [f"  {style.paint(f'at {_at(trace.place)}{split}', 'bold')}"]
    lines += _tree(trace.tree, style)
    if trace.excuse is not None:
        lines += ["  except where", *_tree(trace.excuse, style)]
    lines += [""]
    for said in _outcome(trace):
        lines += [f"  {line}" for line in wrapped(visible(said), style.width - 2)]
    return "\n".join(lines) + "\n"


def _at(place: Place) -> str:
    line = f", line {place.line}" if place.line is not None else ""
    return where(place).replace(")", f"{line})") if "(" in where(place) else where(place) + line


def _tree(node: Node, style: Style) -> Iterator[str]:
    for depth, part in node.flat():
        state = style.paint(part.state, *_INKS[part.state]) + " " * (_STATE - len(part.state))
        margin = " " * (4 + _STATE + 2 * depth)
        first, *rest = wrapped(visible(part.text), style.width - len(margin))
        yield f"    {state}{'  ' * depth}{first}"
        yield from (f"{margin}  {line}" for line in rest)
        for told in _told(part):
            for line in wrapped(visible(told), style.width - len(margin) - 4):
                yield style.paint(f"{margin}    {line}", "dim")


def _told(node: Node) -> Iterator[str]:
    """Yield the numbers of a part, and why it is unknown."""
    yield from map(_shown, node.shown[:_MOST])
    if len(node.shown) > _MOST:
        yield f"and {len(node.shown) - _MOST} more"
    if node.why:
        yield node.why


def _shown(shown: Shown) -> str:
    series, values = shown.series, shown.values
    if len(values) == 1 or shown.change is None:
        said = f"{series.key} {number(float(values[-1]))}"
    else:
        ends = [Place(None, *_position(shown, i)) for i in (0, -1)]
        said = f"{series.key} {number(float(values[0]))} to {number(float(values[-1]))}"
        said += f" over {span(*ends)}"
        said += f", {percent(shown.change)}" if percent(shown.change) else ""
    return f"{said}; needs {shown.needs}" if shown.needs else said


def _position(shown: Shown, at: int) -> tuple[float | None, float | None]:
    index = int(shown.index[at])
    step, epoch = float(shown.series.steps[index]), float(shown.series.epochs[index])
    return (step if step == step else None), (epoch if epoch == epoch else None)


def _outcome(trace: Trace) -> Iterator[str]:
    """Yield what the rule came to on this run, a sentence each."""
    if trace.reason:
        yield f"Not judged on this log: {trace.reason}."
    if trace.first is not None and trace.last is not None:
        end = "and it still does at the end" if trace.is_active else f"last at {_at(trace.last)}"
        verb = "It would fire" if trace.reason else "It fired"
        yield f"{verb} first at {_at(trace.first)}, {end}."
        return
    if trace.held_since is not None:
        yield f"True since {_at(trace.held_since)}, but not for long enough yet."
    elif not trace.reason:
        yield "It never fired on this run."
    if trace.nearest is not None and trace.nearest[1] < 0:
        place, margin = trace.nearest
        yield f"It came nearest at {_at(place)}: {-margin:.1%} short of its bound (see `--at`)."
