"""Findings under the one that they follow from.

Two things are folded. Findings of one rule become one, with the others under it. And a rule may
say ``folds: [patterns]``: it names a root cause, and findings of the rules it names are shown under
it where they *begin while it holds*, or after it began and never ended. What began before it has
another cause and stays; so does what begins after the run has recovered, because then it has a
history of its own. ``core/non-finite`` folds everything: losses that are not numbers explain
whatever is said while they are not.

A folded finding keeps its rule's verdict and still counts for the exit code.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from healthlint.engine.findings import Interval
from healthlint.report import SEVERITIES, Finding
from healthlint.rulebook.model import Rule, is_match


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with what its place among the others depends on.

    Attributes:
        rule: The rule that made it.
        interval: The records it holds on.
        finding: The finding.
    """

    rule: Rule
    interval: Interval
    finding: Finding


def fold(found: Sequence[Found]) -> list[Finding]:
    """Return the findings of one timeline, each under what it follows from.

    Args:
        found: The findings of all rules, in the order of the rules.
    """
    roots = _roots(found)
    followers: dict[str, list[Found]] = {}
    for one in found:
        if id(one) in roots:
            followers.setdefault(roots[id(one)], []).append(one)
    heads = [one for one in found if id(one) not in roots]
    return [
        _under(head, [*rest, *_merged(followers.get(head.rule.id, ()))])
        for head, rest in _by_rule(heads)
    ]


def _roots(found: Sequence[Found]) -> dict[int, str]:
    """Return the rule of the root cause by the identity of each finding that follows from one."""
    causes = [
        (position, group)
        for position, group in enumerate(_groups(found).values())
        if group[0].rule.folds
    ]
    roots: dict[int, str] = {}
    # a cause comes before what follows from it, so that its own root is known by then
    for one in sorted(found, key=lambda one: (one.interval.first, not one.rule.folds)):
        for position, group in causes:
            cause = _holding(group, one.interval.first)
            if cause is None or not _names(cause.rule, one.rule) or _is_worse(one, cause):
                continue
            is_twin = one.rule.folds and cause.interval.first == one.interval.first
            if is_twin and position > _position(causes, one):  # of two causes the first counts
                continue
            roots[id(one)] = roots.get(id(cause), cause.rule.id)
            break
    return roots


def _holding(group: Sequence[Found], record: int) -> Found | None:
    """Return which finding of a rule holds at a record, or had begun before it and never ended."""
    at = bisect_right(group, record, key=lambda one: one.interval.first) - 1
    if at < 0:
        return None
    interval = group[at].interval
    return group[at] if interval.is_active or record <= interval.last else None


def _is_worse(one: Found, cause: Found) -> bool:
    """Return whether a finding is worse than a cause that has come to less."""
    has_faded = cause.finding.severity != cause.rule.severity
    rank = SEVERITIES.index
    return has_faded and rank(one.finding.severity) < rank(cause.finding.severity)


def _names(cause: Rule, rule: Rule) -> bool:
    return cause.id != rule.id and any(is_match(pattern, rule) for pattern in cause.folds)


def _position(causes: Sequence[tuple[int, list[Found]]], one: Found) -> int:
    return next(position for position, group in causes if group[0].rule.id == one.rule.id)


def _groups(found: Sequence[Found]) -> dict[str, list[Found]]:
    """Return the findings of each rule, in the order of the rules and then of the records."""
    groups: dict[str, list[Found]] = {}
    for one in found:
        groups.setdefault(one.rule.id, []).append(one)
    return groups


def _by_rule(found: Sequence[Found]) -> list[tuple[Found, list[Found]]]:
    """Return for each rule the finding that counts, and its others.

    That is the first of a rule that names root causes, which reaches to the end where another of
    them does. Of any other rule it is the one still true at the end, else the first.
    """
    result = []
    for group in _groups(found).values():
        active = next((one for one in group if one.finding.active), None)
        head = group[0] if group[0].rule.folds or active is None else active
        rest = [one for one in group if one is not head]
        if active is not None and head is not active:
            now = active.finding
            reached = replace(head.finding, active=True, last=now.last, severity=now.severity)
            head = replace(head, finding=reached)
        result.append((head, rest))
    return result


def _merged(found: Sequence[Found]) -> list[Found]:
    """Return one finding a rule, with the others of the rule under it."""
    return [replace(head, finding=_under(head, rest)) for head, rest in _by_rule(found)]


def _under(head: Found, rest: Sequence[Found]) -> Finding:
    if not rest:
        return head.finding
    ordered = sorted(rest, key=lambda one: one.interval.first)
    return replace(head.finding, folded=tuple(one.finding for one in ordered))
