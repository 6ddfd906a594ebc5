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
class RuleFinding:
    """A finding with what its place among the others depends on.

    Attributes:
        rule: The rule that made it.
        interval: The records it holds on.
        finding: The finding.
    """

    rule: Rule
    interval: Interval
    finding: Finding


def fold(pairs: Sequence[RuleFinding]) -> list[Finding]:
    """Return the findings of one timeline, each under what it follows from.

    Args:
        pairs: The findings of all rules, in the order of the rules.
    """
    roots = _roots(pairs)
    followers: dict[str, list[RuleFinding]] = {}
    for pair in pairs:
        if id(pair) in roots:
            followers.setdefault(roots[id(pair)], []).append(pair)
    heads = [pair for pair in pairs if id(pair) not in roots]
    return [
        _under(head, [*rest, *_merged(followers.get(head.rule.id, ()))])
        for head, rest in _by_rule(heads)
    ]


def _roots(pairs: Sequence[RuleFinding]) -> dict[int, str]:
    """Return the rule of the root cause by the identity of each finding that follows from one."""
    causes = [
        (position, group)
        for position, group in enumerate(_groups(pairs).values())
        if group[0].rule.folds
    ]
    roots: dict[int, str] = {}
    # a cause comes before what follows from it, so that its own root is known by then
    for pair in sorted(pairs, key=lambda pair: (pair.interval.first, not pair.rule.folds)):
        for position, group in causes:
            cause = _holding(group, pair.interval.first)
            if cause is None or not _names(cause.rule, pair.rule) or _is_worse(pair, cause):
                continue
            is_twin = pair.rule.folds and cause.interval.first == pair.interval.first
            if is_twin and position > _position(causes, pair):  # of two causes the first counts
                continue
            roots[id(pair)] = roots.get(id(cause), cause.rule.id)
            break
    # a remark may be the first sign of what takes longer to tell: a spike that does not come back
    for pair in pairs:
        if id(pair) in roots or pair.finding.severity != "info":
            continue
        for _, group in causes:
            cause = _begun_within(group, pair.interval)
            if cause is not None and _names(cause.rule, pair.rule):
                roots[id(pair)] = roots.get(id(cause), cause.rule.id)
                break
    return roots


def _holding(group: Sequence[RuleFinding], record: int) -> RuleFinding | None:
    """Return which finding of a rule holds at a record, or had begun before it and never ended."""
    at = bisect_right(group, record, key=lambda pair: pair.interval.first) - 1
    if at < 0:
        return None
    interval = group[at].interval
    return group[at] if interval.is_active or record <= interval.last else None


def _begun_within(group: Sequence[RuleFinding], interval: Interval) -> RuleFinding | None:
    """Return the finding of a rule that began while an interval held, None where none did."""
    at = bisect_right(group, interval.first, key=lambda pair: pair.interval.first)
    if at == len(group):
        return None
    begun = group[at].interval.first
    return group[at] if interval.is_active or begun <= interval.last else None


def _is_worse(one: RuleFinding, cause: RuleFinding) -> bool:
    """Return whether a finding is worse than a cause that has faded: then it stands alone."""
    has_faded = cause.finding.severity != cause.rule.severity
    rank = SEVERITIES.index
    return has_faded and rank(one.finding.severity) < rank(cause.finding.severity)


def _names(cause: Rule, rule: Rule) -> bool:
    return cause.id != rule.id and any(is_match(pattern, rule) for pattern in cause.folds)


def _position(causes: Sequence[tuple[int, list[RuleFinding]]], effect: RuleFinding) -> int:
    return next(position for position, group in causes if group[0].rule.id == effect.rule.id)


def _groups(pairs: Sequence[RuleFinding]) -> dict[str, list[RuleFinding]]:
    """Return the findings of each rule, in the order of the rules and then of the records."""
    groups: dict[str, list[RuleFinding]] = {}
    for pair in pairs:
        groups.setdefault(pair.rule.id, []).append(pair)
    return groups


def _by_rule(pairs: Sequence[RuleFinding]) -> list[tuple[RuleFinding, list[RuleFinding]]]:
    """Return for each rule the finding that counts, and its others.

    That is the first of a rule that names root causes, which reaches to the end where another of
    them does. Of any other rule it is the one still true at the end, else the first.
    """
    result = []
    for group in _groups(pairs).values():
        active = next((pair for pair in group if pair.finding.active), None)
        head = group[0] if group[0].rule.folds or active is None else active
        rest = [pair for pair in group if pair is not head]
        if active is not None and head is not active:
            now = active.finding
            reached = replace(head.finding, active=True, last=now.last, severity=now.severity)
            head = replace(head, finding=reached)
        result.append((head, rest))
    return result


def _merged(pairs: Sequence[RuleFinding]) -> list[RuleFinding]:
    """Return one finding a rule, with the others of the rule under it."""
    return [replace(head, finding=_under(head, rest)) for head, rest in _by_rule(pairs)]


def _under(head: RuleFinding, rest: Sequence[RuleFinding]) -> Finding:
    if not rest:
        return head.finding
    ordered = sorted(rest, key=lambda pair: pair.interval.first)
    return replace(head.finding, folded=tuple(pair.finding for pair in ordered))
