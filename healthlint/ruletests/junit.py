"""A session as JUnit XML: one suite a file, then one for coverage and one for moved bounds."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from healthlint.rulebook import PackProblem
from healthlint.ruletests.session import Session, Tried

_ILLEGAL = {code: "?" for code in range(32) if chr(code) not in "\t\n\r"} | {
    0xFFFE: "?",
    0xFFFF: "?",
}


def render(session: Session) -> str:
    """Return the session as JUnit XML; equal sessions give equal bytes."""
    suites = [_suite(path, [_case(path, tried) for tried in file]) for path, file in session.files]
    untested = [(f"tests of {one.pack.pack}", [one.tests.name]) for one in session.bench.untested]
    if untested:
        suites.append(_suite("untested packs", [_problem("pack", *one) for one in untested]))
    if session.gaps is not None:
        suites.append(_suite("coverage", _problems("coverage", session.gaps)))
    if session.mutation is not None:
        found = [session.place(one) for one in session.mutation.unnoticed]
        suites.append(_suite("mutants", _problems("mutants", [*found, *session.mutation.stale])))
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return "\n".join([head, "<testsuites>", *suites, "</testsuites>", ""]).translate(_ILLEGAL)


def _suite(name: str, cases: Sequence[tuple[bool, str]]) -> str:
    failures = sum(is_failed for is_failed, _ in cases)
    head = f'  <testsuite name={quoteattr(name)} tests="{len(cases)}" failures="{failures}"'
    body = [text for _, text in cases]
    return "\n".join([f'{head} errors="0" skipped="0">', *body, "  </testsuite>"])


def _case(path: str, tried: Tried) -> tuple[bool, str]:
    lines = [f"{where.path}:{where.line}: {one}" for one, where in tried.differences]
    return _problem(path, tried.case.name, lines)


def _problems(group: str, problems: Sequence[PackProblem]) -> list[tuple[bool, str]]:
    """Return one failing case a problem, or a passing one that says that there is none."""
    if not problems:
        return [_problem(group, "nothing is missing", [])]
    return [_problem(group, f"{one.path}:{one.line}", [one.message]) for one in problems]


def _problem(group: str, name: str, lines: Sequence[str]) -> tuple[bool, str]:
    head = f"    <testcase classname={quoteattr(group)} name={quoteattr(name)}"
    if not lines:
        return False, f"{head}/>"
    text = escape("\n".join(lines))
    failure = f"      <failure message={quoteattr(lines[0])}>{text}</failure>"
    return True, f"{head}>\n{failure}\n    </testcase>"
