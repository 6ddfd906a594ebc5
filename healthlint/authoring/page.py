"""The page of a rule: what it says, why, what to do, when it fires and when it is wrong to.

One function collects what a page holds; the terminal and the documentation each have their own
spelling of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from healthlint.authoring.words import lines as words_of
from healthlint.documents import escapes
from healthlint.rulebook.checking import expressions_of, metrics_of, parts_of
from healthlint.rulebook.model import Pack, Rule
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import visible, wrapped
from healthlint.timeline.evaluation import Condition

_WRONG = re.compile(r"^When it is wrong to fire:\n((?:[ \t]+.*\n|\n)+)", re.MULTILINE)
_COMBINING = ("all", "any", "not")
_LABEL = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is to be said of a rule.

    Attributes:
        rule: The rule.
        pack: Name of its pack.
        fires: Its condition in words, a line a node.
        names: Metrics and values that the condition names, with what they are.
        limits: When it is judged at all, a line each.
        wrong: When it is wrong to fire, a paragraph a kind of condition.
    """

    rule: Rule
    pack: str
    fires: Sequence[str]
    names: Sequence[tuple[str, str]]
    limits: Sequence[str]
    wrong: Sequence[tuple[str, str]]


def page(pack: Pack, rule: Rule) -> Page:
    """Return the page of a rule of a pack."""
    return Page(
        rule=rule,
        pack=pack.pack,
        fires=list(words_of(rule.when)),
        names=[*_metrics(pack, rule), *_values(pack, rule)],
        limits=_limits(pack, rule),
        wrong=_wrong(rule.when),
    )


def _metrics(pack: Pack, rule: Rule) -> list[tuple[str, str]]:
    inner = [rule.when, *([rule.except_] if rule.except_ else [])]
    named = [m.rpartition("/")[2] for condition in inner for m in metrics_of(condition)]
    told = {name: pack.derived[name].text for name in named if name in pack.derived}
    operands = [metric for name in told for metric in pack.derived[name].metrics(pack.metrics)]
    bare = [*named, *(operand.metric.rpartition("/")[2] for operand in operands)]
    return [
        *told.items(),
        *((name, pack.metrics[name]) for name in dict.fromkeys(bare) if name in pack.metrics),
    ]


def _values(pack: Pack, rule: Rule) -> list[tuple[str, str]]:
    """Return the named numbers of a rule and those that they are worked out from."""
    spans = [span.amount for span in (rule.after, rule.until) if span]
    left = [name for e in (*expressions_of(rule.when), *spans) for name in sorted(e.names)]
    derived = {m.rpartition("/")[2] for m in metrics_of(rule.when)} & pack.derived.keys()
    left += [name for one in sorted(derived) for name in pack.derived[one].names]
    values: dict[str, str] = {}
    while left:
        name = left.pop(0)
        if name in values or name not in pack.names:
            continue
        expression = pack.names[name]
        values[name] = expression.text + (" (a param)" if name in pack.params else "")
        left += sorted(expression.names)
    return list(values.items())


def _limits(pack: Pack, rule: Rule) -> list[str]:
    limits = []
    if rule.scale:
        limits.append(f"its bounds hold on the {rule.scale} scale; on others it is not judged")
    if rule.after:
        limits.append(f"not before {rule.after} have passed")
    if rule.until:
        limits.append(f"not after {rule.until} have passed")
    if rule.except_:
        limits += ["not where this is true:", *words_of(rule.except_, 1)]
    if pack.requires:
        limits.append(f"only where there is {', '.join(map(str, pack.requires))}")
    return limits


def _wrong(condition: Condition) -> list[tuple[str, str]]:
    kinds = {part.name: part.kind for part in parts_of(condition)}
    told = {name: kind for name, kind in kinds.items() if name not in _COMBINING} or kinds
    cautions = {name: _WRONG.search(f"{kind.doc or ''}\n") for name, kind in told.items()}
    return [
        (name, " ".join(match[1].replace("``", "`").split()))
        for name, match in cautions.items()
        if match
    ]


def text(page: Page, style: Style) -> str:
    """Return a page for a terminal."""
    rule = page.rule
    ink = SEVERITY_INKS[rule.severity]
    head = f"{style.paint(f'{rule.severity}[{rule.id}]', *ink)}: {visible(rule.summary)}"
    lines = [head, *_block("", facts_line(rule), style), ""]
    lines += _block("why", rule.why or "(the pack does not say)", style)
    lines += _block("help", rule.help, style)
    lines += _tree("fires when", page.fires, style)
    lines += _tree("where", [f"{name} is {what}" for name, what in page.names], style)
    lines += _tree("judged", page.limits, style)
    for name, words in page.wrong:
        lines += _block("wrong", f"({name}) {words}" if len(page.wrong) > 1 else words, style)
    lines += _block("says", rule.message.text, style)
    if rule.docs:
        lines += _block("more", rule.docs, style)
    return "\n".join(lines) + "\n"


def facts_line(rule: Rule) -> str:
    """Return confidence, scale, tags, former ids and status of a rule in one line."""
    runs = "runs by default" if rule.confidence == "high" else "runs with --profile all"
    parts = [f"{rule.confidence} confidence ({runs})"]
    parts += [f"{rule.scale} scale"] if rule.scale else []
    parts += [rule.status] if rule.status != "stable" else []
    parts += [f"tags {', '.join(rule.tags)}"] if rule.tags else []
    parts += [f"formerly {', '.join(rule.aliases)}"] if rule.aliases else []
    return " · ".join(parts)


def _block(label: str, words: str, style: Style) -> list[str]:
    lines = wrapped(visible(" ".join(words.split())), style.width - _LABEL - 2)
    return [line.rstrip() for line in _labelled(label, lines, style)]


def _labelled(label: str, lines: Sequence[str], style: Style) -> list[str]:
    """Return lines beside a label, which stands before the first of them."""
    head = f"  {style.paint(label, 'bold')}{' ' * (_LABEL - len(label))}"
    margin = " " * (_LABEL + 2)
    return [f"{margin if i else head}{line}" for i, line in enumerate(lines)]


def _tree(label: str, tree: Sequence[str], style: Style) -> list[str]:
    lines: list[str] = []
    for row in tree:
        indent = len(row) - len(row.lstrip())
        room = style.width - _LABEL - 2 - indent
        first, *rest = wrapped(visible(row), room) or [""]
        lines.append(" " * indent + first)
        lines += [" " * (indent + 2) + line for line in rest]
    return _labelled(label, lines, style)


def markdown(page: Page) -> str:
    """Return a page as Markdown, for the documentation."""
    rule = page.rule
    tree = "\n".join(page.fires)
    parts = [
        f"# `{rule.id}`",
        f"**{rule.severity}**: {rule.summary}.",
        f"{facts_line(rule)[:1].upper()}{facts_line(rule)[1:]}.",
        f"## Why it matters\n\n{rule.why.strip()}",
        f"## What to do\n\n{rule.help.strip()}",
        f"## When it fires\n\n```text\n{tree}\n```",
    ]
    if page.names:
        rows = "\n".join(f"- `{name}` is `{what}`" for name, what in page.names)
        parts.append(f"Here\n\n{rows}")
    if page.limits:
        parts.append("Judged\n\n```text\n" + "\n".join(page.limits) + "\n```")
    if page.wrong:
        rows = "\n".join(f"- `{name}`: {words}" for name, words in page.wrong)
        parts.append(f"## When it is wrong to fire\n\n{rows}")
    parts.append(f"## What it says\n\n> {escapes.markdown(' '.join(rule.message.text.split()))}")
    if rule.docs and rule.id not in rule.docs:  # no page leads to itself
        parts.append(f"More: {rule.docs}")
    return "\n\n".join(parts) + "\n"
