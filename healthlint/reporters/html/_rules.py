"""Every rule with its verdict; what was not judged stands out as much as what passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.documents.markup import Markup, element, join
from healthlint.report import LogReport, State, Verdict
from healthlint.reporters._counts import NAMES, SIGNS, listed
from healthlint.reporters.html._charts import FindingMark
from healthlint.reporters.html._findings import rule_name, scrolled
from healthlint.terminal.words import SPLITS

_WHY = "what it looks for, or why it could not"
_COLUMNS = ("verdict", "rule", "severity", _WHY, "split", "decided")


def rules(log: LogReport, marks: Sequence[FindingMark]) -> Iterator[Markup]:
    """Yield the table of all rules."""
    anchors = {mark.found.rule: mark for mark in reversed(marks)}
    rows = [
        element("tr", *_row(verdict, anchors.get(verdict.rule)), class_=verdict.state)
        for verdict in listed(log.verdicts)
    ]
    top = [element("th", each, scope="col") for each in _COLUMNS]
    yield scrolled("Verdict of every rule", top, rows, "scroll verdicts", "verdicts")


def _state(state: State) -> Markup:
    sign = element("span", SIGNS[state][0], aria_hidden="true")
    return element("span", sign, f" {NAMES[state]}", class_=f"state {state}")


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
