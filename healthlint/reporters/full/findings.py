"""One finding: what is wrong, where and since when, with the numbers, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from healthlint.report import Finding, LogReport
from healthlint.reporters.full.evidence import tables
from healthlint.reporters.full.hanging import advice
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import columns, wrapped
from healthlint.terminal.words import SPLITS, held, spot, where

_BAR = "   | "
_HANG = "      "
_SINCE = {"known": "known", "worse": "worse than in the baseline"}
_FOLLOWERS = 5


def finding(finding: Finding, log: LogReport, style: Style) -> Iterator[str]:
    """Yield the lines of a finding and of what is folded under it; of a known one the first.

    What is to be done about it is left out where the answer said it.
    """
    yield from _headline(finding, style)
    yield from _place(finding, log.path, style)
    if finding.is_accepted:
        yield from _followers(finding, style)
        return
    for line in tables(finding.evidence, style.width - len(_BAR) - 1):
        yield f"{style.paint(_BAR, 'blue')} {line}"
    if style.detail > 1 or not (log.answer.next and finding.help.startswith(log.answer.next)):
        yield from advice("help", finding.help if style.detail > 1 else finding.advice, style)
    yield from advice("more", finding.url if style.detail > 1 else "", style)
    yield from _followers(finding, style)


def _headline(finding: Finding, style: Style) -> Iterator[str]:
    """Yield severity, rule and message; the message is broken only where it must be."""
    name = f"{finding.severity}[{finding.rule}]"
    is_quiet = finding.superseded or finding.is_accepted
    inks = ("dim",) if is_quiet else SEVERITY_INKS[finding.severity]
    weight = "dim" if is_quiet else "bold"
    first, *rest = wrapped(f"{name}: {finding.message}", style.width - len(_HANG))
    if first.startswith(name):
        yield style.paint(name, *inks) + style.paint(first.removeprefix(name), weight)
    else:
        yield style.paint(first, *inks)
    for line in rest:
        yield _HANG + style.paint(line, weight)


def _place(finding: Finding, path: str, style: Style) -> Iterator[str]:
    """Yield where the finding lies and how long it held."""
    at = spot(path, finding.first.line)
    remarks = [held(finding), SPLITS.get(finding.split, finding.split)]
    if finding.confidence != "high":
        remarks.append(f"{finding.confidence} confidence")
    remarks.append(_SINCE.get(finding.baseline, ""))
    words = ", ".join(filter(None, remarks))
    arrow = style.paint("  -->", "blue")
    if columns(at) + columns(words) + 9 <= style.width:
        yield f"{arrow} {at}   {words}"
        return
    yield f"{arrow} {at}"
    for piece in wrapped(words, style.width - len(_HANG)):
        yield _HANG + piece


def _followers(finding: Finding, style: Style) -> Iterator[str]:
    """Yield the findings that follow from this one: their rules, or where asked for a line each."""
    shown = [follower for follower in finding.folded if not follower.suppressed]
    if shown and style.detail < 2:
        counts = Counter(follower.rule for follower in shown)
        if again := counts.pop(finding.rule, 0):
            yield from advice("again", plural(again, "more time"), style)
        told = [f"{rule} (x{many})" if many > 1 else rule for rule, many in counts.items()]
        yield from advice("followed by", ", ".join(told), style) if told else ()
    elif shown:
        yield f"{style.paint('   =', 'blue')} {style.paint('followed by:', 'bold')}"
        for follower in shown[:_FOLLOWERS]:
            yield from _follower(follower, style)
        hidden = len(shown) - _FOLLOWERS
        yield from [f"     and {plural(hidden, 'more finding')}"] if hidden > 0 else []


def _follower(follower: Finding, style: Style) -> Iterator[str]:
    name = f"{follower.severity}[{follower.rule}]"
    known = " (known)" if follower.baseline == "known" else ""
    lines = wrapped(f"at {where(follower.first)}: {follower.message}{known}", style.width - 7)
    lead = f"     {style.paint(name, *SEVERITY_INKS[follower.severity])}"
    if len(lines) == 1 and columns(name) + columns(lines[0]) + 6 <= style.width:
        yield f"{lead} {lines[0]}"
        return
    yield lead
    yield from (f"       {line}" for line in lines)
