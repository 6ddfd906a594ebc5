"""Rules as a list: for people, for programs, for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.documents import escapes
from healthlint.documents.json import document
from healthlint.rulebook.model import Pack, Rule
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import left, visible, wrapped

SCHEMA_VERSION = 1
"""Version of the JSON list; a field may be added within a version."""
_SHOWN = ("severity", "confidence", "scale", "status", "summary")

Entries = Sequence[tuple[Pack, Rule]]


def text(entries: Entries, style: Style) -> str:
    """Return the rules in columns, packs apart, with a count."""
    wide = max((len(rule.id) for _, rule in entries), default=0)
    lines: list[str] = []
    for pack in dict.fromkeys(pack.pack for pack, _ in entries):
        lines += [style.paint(pack, "bold")]
        lines += [
            row for owner, rule in entries if owner.pack == pack for row in _rows(rule, wide, style)
        ]
        lines += [""]
    return "\n".join([*lines, _count([rule for _, rule in entries]), ""])


def _rows(rule: Rule, wide: int, style: Style) -> list[str]:
    severity = style.paint(rule.severity, *SEVERITY_INKS[rule.severity])
    gap = " " * (8 - len(rule.severity))
    columns = f"{left(rule.id, wide)}  {left(rule.confidence, 7)} {left(rule.scale or '-', 6)} "
    margin = " " * (10 + len(columns))
    first, *rest = wrapped(visible(rule.summary), max(style.width - len(margin), 20))
    return [f"  {severity}{gap}{columns}{first}", *(margin + line for line in rest)]


def _count(rules: Sequence[Rule]) -> str:
    usual = [rule for rule in rules if rule.confidence == "high"]
    rest = len(rules) - len(usual)
    head = f"{plural(len(rules), 'rule')}: {len(usual)} of high confidence run by default"
    return f"{head}, {rest} more with --profile all." if rest else f"{head}."


def as_json(entries: Entries) -> str:
    """Return the rules as a JSON object with a version."""
    rules = [
        {
            "id": rule.id,
            "pack": pack.pack,
            **{name: getattr(rule, name) for name in _SHOWN},
            "why": " ".join(rule.why.split()),
            "help": " ".join(rule.help.split()),
            **{name: getattr(rule, name) for name in ("tags", "aliases", "docs")},
        }
        for pack, rule in entries
    ]
    return document("healthlint.rule-list/1", {"rules": rules}, SCHEMA_VERSION)


def markdown(entries: Entries, links: bool = False) -> str:
    """Return the rules as a Markdown table.

    Args:
        entries: The rules, each with its pack.
        links: Whether each id leads to its page in the same folder.
    """
    head = ["| rule | severity | confidence | scale | says |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_cells(rule, links) for _, rule in entries), ""])


def _cells(rule: Rule, links: bool) -> str:
    name = f"[`{rule.id}`]({page_name(rule)})" if links else f"`{rule.id}`"
    facts = (name, rule.severity, rule.confidence, rule.scale or "any")
    return f"| {' | '.join(facts)} | {escapes.markdown(rule.summary)} |"


def page_name(rule: Rule) -> str:
    """Return the file of a rule's page, relative to the folder of all pages."""
    return f"{rule.id}.md"
