"""A session of rule tests for people: what differs, with its numbers, then the counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from healthlint.report import Evidence
from healthlint.reporters.full.evidence import tables
from healthlint.rulebook import PackProblem
from healthlint.ruletests.mutation import Mutation
from healthlint.ruletests.running import Difference
from healthlint.ruletests.session import Session, Tried
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import visible, wrapped
from healthlint.terminal.words import spot, where

_BAR = "   |"


def session_text(session: Session, style: Style) -> str:
    """Return what was tried and what it came to, failures first."""
    lines: list[str] = []
    for tried in session.failed:
        lines += [*_failure(tried, style), ""]
    lines += _untested(session, style)
    for gap in session.gaps or ():
        lines += _open("untried", gap.message, gap, style)
    if session.mutation is not None:
        lines += _moves(session, session.mutation, style)
    lines += _files(session)
    lines += _counts(session, style)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _failure(tried: Tried, style: Style) -> Iterator[str]:
    """Yield what a test expected and what came."""
    name = visible(tried.case.name)
    yield f"{style.paint('FAIL', 'bold', 'red')} {style.paint(name, 'bold')}"
    for difference, problem in tried.differences:
        yield from _excerpt(problem, style)
        yield from _came(difference, style)


def _excerpt(problem: PackProblem, style: Style) -> Iterator[str]:
    """Yield the place of a remark, and its line with a caret under the word."""
    place = visible(spot(problem.path, problem.line, problem.column))
    yield f"{style.paint('  -->', 'blue')} {place}"
    if not problem.excerpt or problem.column is None:
        return
    room = style.width - len(_BAR) - 1
    indent = len(problem.excerpt) - len(problem.excerpt.lstrip())
    text = visible(problem.excerpt.strip())
    at = problem.column - 1 - indent
    if at + problem.length > room:  # the word lies beyond the edge: begin a little before it
        text, at = ".." + text[at - 8 :], 10
    bar = style.paint(_BAR, "blue")
    yield f"{bar} {text if len(text) <= room else text[: room - 2] + '..'}"
    yield f"{bar} {' ' * at}{style.paint('^' * problem.length, 'bold', 'red')}"


def _came(difference: Difference, style: Style) -> Iterator[str]:
    """Yield what came instead, with the numbers that were looked at."""
    yield from _remark(str(difference), style)
    finding = difference.finding
    evidence: Sequence[Evidence] = finding.evidence if finding else difference.looked_at
    if finding:
        yield from _remark(f"fired at {where(finding.first)}: {finding.message}", style)
    elif evidence:
        yield from _remark("the last values it looked at:", style)
    for line in tables(evidence, style.width - len(_BAR) - 2):
        yield f"{style.paint(_BAR, 'blue')}  {line}"


def _remark(words: str, style: Style) -> Iterator[str]:
    for number, line in enumerate(wrapped(visible(words), style.width - 5)):
        yield f"{style.paint('   =', 'blue') if not number else '    '} {line}"


def _untested(session: Session, style: Style) -> Iterator[str]:
    for pack in session.bench.untested:
        head = style.paint("FAIL", "bold", "red")
        yield f"{head} {style.paint(f'no tests of pack {visible(pack.pack.pack)}', 'bold')}"
        yield f"{style.paint('  -->', 'blue')} {visible(pack.document.path)}"
        yield from _remark(f"expected them in {pack.tests}", style)
        yield ""


def _open(
    head: str, words: str, place: PackProblem, style: Style, remark: str = ""
) -> Iterator[str]:
    """Yield what the tests leave open, with its place."""
    yield f"{style.paint(head, 'bold', 'yellow')}: {visible(words)}"
    yield from _excerpt(place, style)
    if remark:
        yield from _remark(remark, style)
    yield ""


def _moves(session: Session, mutation: Mutation, style: Style) -> Iterator[str]:
    """Yield the moves that no test noticed, those of one bound together, and stale entries."""
    for _, moves in groupby(
        mutation.unnoticed, key=lambda mutant: (mutant.pack, mutant.bound.path)
    ):
        moved = list(moves)
        to = " or ".join(f"`{move.to}`" for move in moved)
        name, place = moved[0].bound.name, session.place(moved[0])
        yield from _open("unnoticed", name, place, style, f"no test changes when it is {to}")
    for problem in mutation.stale:
        yield from _open("unused survivor", problem.message, problem, style)


def _files(session: Session) -> Iterator[str]:
    if len(session.files) < 2 or session.skipped:
        return
    wide = max(len(path) for path, _ in session.files)
    for path, tried in session.files:
        failed = sum(bool(case.differences) for case in tried)
        passed = f"{len(tried) - failed} passed"
        yield f"{visible(path):<{wide}}  {passed}{f', {failed} failed' if failed else ''}"


def _counts(session: Session, style: Style) -> Iterator[str]:
    """Yield the last lines: tests, coverage and moves in words."""
    yield style.paint(_tests(session), "bold", "red" if session.failed else "green")
    if session.is_cut:
        yield "Coverage and moved bounds are looked at once all tests pass."
    if session.gaps is not None and not session.gaps:
        rules = sum(len(file.pack.rules) for file in session.bench.packs)
        yield (
            f"Coverage: {plural(rules, 'rule')}, each fires and stays quiet; "
            "each branch is decided both ways."
        )
    elif session.gaps:
        yield f"Coverage: {plural(len(session.gaps), 'thing')} that no test tries."
    if session.mutation is not None:
        yield _moved(session.mutation)
        yield from _how_to_name(session.mutation, style)


def _how_to_name(mutation: Mutation, style: Style) -> Iterator[str]:
    """Yield how a move that need not be noticed is named."""
    if mutation.unnoticed:
        name = mutation.unnoticed[0].bound.name
        words = (
            "Add a near miss on each side of a bound; a move that no test need notice is named "
            f"with its reason: survivors: [{{bound: {name}, why: ...}}]"
        )
        yield from wrapped(words, style.width)


def _tests(session: Session) -> str:
    failed, count = len(session.failed), len(session.tried)
    left = f" ({session.skipped} left out by -k)" if session.skipped else ""
    if not count:
        return "No test was run."
    if failed:
        return f"{failed} of {plural(count, 'test')} failed{left}."
    return f"{plural(count, 'test')} passed{left}."


def _moved(mutation: Mutation) -> str:
    alive, named = len(mutation.unnoticed), len(mutation.named)
    noticed = mutation.moved - alive - named
    text = f"Moved bounds: {mutation.moved} moves, {noticed} noticed, {alive} not"
    return f"{text}, {named} left for a stated reason." if named else f"{text}."
