"""Every rule with its verdict; what was not judged stands out as much as what passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from healthlint.documents.markup import Markup, element, join
from healthlint.report import LogReport, State, Verdict
from healthlint.reporters.html._charts import FindingMark
from healthlint.reporters.html._findings import rule_name
from healthlint.terminal.words import SPLITS

STATES: Mapping[State, tuple[str, str]] = {
    "fail": ("✕", "failed"),
    "error": ("!", "broken"),
    "not_judged": ("?", "not judged"),
    "pending": ("…", "pending"),
    "pass": ("✓", "passed"),
    "not_applicable": ("·", "for other runs"),
}
"""Sign and word of each state, in the order in which they are listed."""
_COLUMNS = (
    "verdict",
    "rule",
    "severity",
    "what it looks for, or why it could not",
    "split",
    "decided",
)


def rules(log: LogReport, marks: Sequence[FindingMark]) -> Iterator[Markup]:
    """Yield the table of all rules."""
    order = list(STATES)
    anchors = {mark.found.rule: mark for mark in reversed(marks)}
    rows = [
        element("tr", *_row(verdict, anchors.get(verdict.rule)), class_=verdict.state)
        for verdict in sorted(log.verdicts, key=lambda verdict: order.index(verdict.state))
    ]
    top = element("tr", *(element("th", each, scope="col") for each in _COLUMNS))
    caption = element("caption", "Verdict of every rule", class_="unseen")
    table = element("table", caption, element("thead", top), element("tbody", *rows))
    yield element(
        "div", table, class_="scroll verdicts", tabindex="0", role="region", aria_label="verdicts"
    )


def _state(state: State) -> Markup:
    sign, word = STATES[state]
    return element(
        "span", element("span", sign, aria_hidden="true"), f" {word}", class_=f"state {state}"
    )


def _row(verdict: Verdict, mark: FindingMark | None) -> Iterator[Markup]:
    name = rule_name(verdict.rule, verdict.url)
    if mark and verdict.findings:
        name = join(name, " ", element("a", f"finding {mark.number}", href=f"#{mark.anchor}"))
    yield element("td", _state(verdict.state))
    yield element("th", name, scope="row")
    yield element("td", verdict.severity)
    yield element("td", verdict.reason or verdict.summary)
    yield element("td", SPLITS.get(verdict.split, verdict.split))
    looks = f"{verdict.decided:,} of {verdict.evaluated:,}" if verdict.evaluated else ""
    yield element("td", looks, class_="looks")
