"""How many findings there are, how many rules came to what, and why some came to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from healthlint.report import SEVERITIES, Finding, State, Verdict
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.words import by_reason

Reasons = Mapping[State, Mapping[str, Sequence[str]]]

NAMES: Mapping[State, str] = {
    "fail": "failed",
    "error": "broken",
    "pass": "passed",
    "pending": "pending",
    "not_judged": "not judged",
    "not_applicable": "for other runs",
}
SIGNS: Mapping[State, tuple[str, str]] = {
    "fail": ("✕", "❌"),
    "error": ("!", "💥"),
    "not_judged": ("?", "❔"),
    "pending": ("…", "⏳"),
    "pass": ("✓", "✅"),
    "not_applicable": ("·", "➖"),
}
"""A plain and a coloured sign of each state, in the order in which rules are listed."""
assert SIGNS.keys() == NAMES.keys() == set(get_args(State))
_EXPLAINED: tuple[State, ...] = ("error", "pending", "not_judged")


def findings(findings: Iterable[Finding], style: Style) -> str:
    """Return the number of findings of each severity.

    Known and superseded ones are counted apart, suppressed ones left out.
    """
    findings = list(findings)
    shown = [each for each in findings if not each.suppressed]
    past = sum(each.superseded for each in shown)
    known = sum(each.is_accepted for each in shown if not each.superseded)
    standing = Counter(each.severity for each in shown if each.is_standing)
    parts = [
        style.paint(counted(standing[name], name), *SEVERITY_INKS[name])
        for name in SEVERITIES
        if standing[name]
    ]
    parts += [f"{known} known"] if known else []
    parts += [f"{past} superseded"] if past else []
    none = "No other findings" if len(shown) < len(findings) else "No findings"
    return ", ".join(parts) or style.paint(none, "bold", "green")


def counted(count: int, severity: str) -> str:
    """Return a number of findings of one severity.

    >>> counted(1, "error"), counted(3, "warning"), counted(2, "info")
    ('1 error', '3 warnings', '2 info')
    """
    return f"{count} info" if severity == "info" else plural(count, severity)


def listed(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return verdicts in the order in which a table of all rules lists them: by their states."""
    order = list(SIGNS)
    return sorted(verdicts, key=lambda verdict: order.index(verdict.state))


def rules(verdicts: Sequence[Verdict], reasons: Reasons) -> str:
    """Return the number of rules in each state, with the reason where it is given."""
    counts = Counter(verdict.state for verdict in verdicts)
    parts = []
    for state, name in NAMES.items():
        why = f" ({'; '.join(reasons[state])})" if reasons.get(state) else ""
        parts += [f"{counts[state]} {name}{why}"] if counts[state] else []
    return f"{plural(len(verdicts), 'rule')}: {', '.join(parts)}"


def reasons(verdicts: Sequence[Verdict]) -> Reasons:
    """Return for each state that has to be explained its reasons, each with its rules."""
    by_state = {
        state: {v.rule: v.reason or "no reason given" for v in verdicts if v.state == state}
        for state in _EXPLAINED
    }
    return {state: by_reason(why) for state, why in by_state.items() if why}
