"""A session of rule tests as JUnit XML: one suite a file, then one for coverage and for moves."""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.documents.junit import Case, Suite, document
from healthlint.rulebook import PackProblem
from healthlint.ruletests.session import Session, Tried


def render(session: Session) -> str:
    """Return the session as JUnit XML; equal sessions give equal bytes."""
    suites = [Suite(path, [_case(path, one) for one in tried]) for path, tried in session.files]
    if session.bench.untested:
        files = session.bench.untested
        tests = [
            _problem("pack", f"tests of {file.pack.pack}", [file.tests.name]) for file in files
        ]
        suites.append(Suite("untested packs", tests))
    if session.gaps is not None:
        suites.append(Suite("coverage", _problems("coverage", session.gaps)))
    if session.mutation is not None:
        unnoticed = [session.place(mutant) for mutant in session.mutation.unnoticed]
        problems = [*unnoticed, *session.mutation.stale]
        suites.append(Suite("mutants", _problems("mutants", problems)))
    return document(suites)


def _case(path: str, tried: Tried) -> Case:
    lines = [f"{where.path}:{where.line}: {difference}" for difference, where in tried.differences]
    return _problem(path, tried.case.name, lines)


def _problems(group: str, problems: Sequence[PackProblem]) -> list[Case]:
    """Return one failing case a problem, or a passing one that says that there is none."""
    if not problems:
        return [Case(group=group, name="nothing is missing")]
    return [
        _problem(group, f"{problem.path}:{problem.line}", [problem.message]) for problem in problems
    ]


def _problem(group: str, name: str, lines: Sequence[str]) -> Case:
    if not lines:
        return Case(group=group, name=name)
    return Case(group=group, name=name, state="failure", message=lines[0], text="\n".join(lines))
