"""What the gate came to: for people, programs, GitHub and pull requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.documents import escapes
from healthlint.documents.escapes import workflow
from healthlint.documents.json import dumps, spellable
from healthlint.gating import Check, Gated
from healthlint.gating.wire import report
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean, packed, wrapped

_WORDS = {"pass": "pass", "fail": "FAIL", "not_judged": "----"}
_INKS = {"pass": ("green",), "fail": ("bold", "red"), "not_judged": ("dim",)}
_DECISIONS = {
    "ship": ("bold", "green"),
    "hold": ("bold", "red"),
    "cannot tell": ("bold", "yellow"),
}
_INDENT = 18


def gate_json(made: Sequence[Gated]) -> str:
    """Return the checkpoints as JSON, byte-equal for equal input; what is not finite is null."""
    return dumps(spellable(report(made)), is_indented=True)


def gate_text(gated: Gated, style: Style) -> str:
    """Return one checkpoint for people."""
    gated = clean(gated)
    lines = [style.paint(gated.path, "bold") + _facts(gated, style)]
    for check in gated.checks:
        lines += _check_lines(check, style)
    lines.append(_closing(gated, style))
    return "\n".join(lines) + "\n"


def _facts(gated: Gated, style: Style) -> str:
    weights = f"{_short(gated.numbers)} weights in {gated.tensors} tensors"
    words = [
        *(gated.kind, gated.layout),
        f"epoch {gated.epoch:.10g}" if gated.epoch is not None else "",
        f"step {gated.step:.10g}" if gated.step is not None else "",
        weights if gated.tensors else "",
        f"log {gated.log}" if gated.log else "",
    ]
    lines = packed(filter(None, words), style.width - 2, "  ")
    return "".join(f"\n  {style.paint(line, 'dim')}" for line in lines)


def _short(count: int) -> str:
    """Return a count in few digits.

    >>> _short(1698322), _short(950)
    ('1.7 M', '950')
    """
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return str(count)


def _check_lines(check: Check, style: Style) -> Iterator[str]:
    head = f"  {style.paint(_WORDS[check.state], *_INKS[check.state])}  {check.name:<10}"
    said = f"not judged: {check.message}" if check.state == "not_judged" else check.message
    width = max(30, style.width - _INDENT)
    first, *rest = wrapped(said, width) or [""]
    yield f"{head}{first}"
    below = list(check.notes)
    if check.state != "pass" and check.help:
        below.append(f"{style.glyph('→', '->')} {check.help}")
    for line in (*rest, *(line for words in below for line in wrapped(words, width))):
        yield " " * _INDENT + line


def _closing(gated: Gated, style: Style) -> str:
    counts = {state: sum(check.state == state for check in gated.checks) for state in _WORDS}
    said = style.paint(gated.decision, *_DECISIONS[gated.decision])
    if gated.is_broken and gated.decision == "hold":
        return f"{said}: it was refused, and nothing of it was run."
    told = f"{counts['pass']} passed, {counts['fail']} failed, {counts['not_judged']} not judged"
    needed = "" if gated.decision != "cannot tell" else f" ({'; '.join(gated.reasons)})"
    return f"{said}: {told}.{needed}"


def github(made: Sequence[Gated]) -> str:
    """Return annotations for a GitHub workflow, one a failed check or missing verdict."""
    lines = []
    for gated in map(clean, made):
        level = {"ship": "notice", "hold": "error", "cannot tell": "warning"}[gated.decision]
        for reason in gated.reasons or ("may be shipped",):
            title = workflow(f"healthlint gate: {gated.decision}", is_property=True)
            path = workflow(gated.path, is_property=True)
            lines.append(f"::{level} file={path},title={title}::{workflow(reason)}")
    return "".join(f"{line}\n" for line in lines)


def markdown(made: Sequence[Gated]) -> str:
    """Return a table a checkpoint, for pull requests and step summaries."""
    parts = []
    for gated in map(clean, made):
        heading = f"### {escapes.markdown(gated.path)}: {gated.decision}"
        rows = [heading, "", "| | check | |", "|---|---|---|"]
        for check in gated.checks:
            state = "not judged" if check.state == "not_judged" else check.state
            rows.append(f"| {state} | {check.name} | {escapes.markdown(check.message)} |")
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)
