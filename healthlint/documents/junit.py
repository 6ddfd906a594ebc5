"""JUnit XML: suites of cases, as CI systems read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from healthlint.documents.escapes import xml, xml_attribute


class Case(NamedTuple):
    """One case: its names, and what came of it.

    Attributes:
        group: The name of its class.
        name: Its own name.
        state: pass, failure, error or skipped.
        message: Why, where it did not pass.
        text: The same at length; the output of a case that passed.
        kind: The type of a failure.
    """

    group: str
    name: str
    state: str = "pass"
    message: str = ""
    text: str = ""
    kind: str = ""


class Suite(NamedTuple):
    """Cases that belong together.

    Attributes:
        name: Its name.
        cases: What was looked at.
        remarks: What went to standard error.
    """

    name: str
    cases: Sequence[Case]
    remarks: str = ""


def document(suites: Sequence[Suite]) -> str:
    """Return suites as JUnit XML; equal suites give equal bytes."""
    every = [case for suite in suites for case in suite.cases]
    head = f'<testsuites name="healthlint"{_counts(every)}>'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head, *map(_suite, suites), "</testsuites>"]
    return "\n".join(lines) + "\n"


def _counts(cases: Sequence[Case]) -> str:
    states = Counter(case.state for case in cases)
    failures, errors = states["failure"], states["error"]
    return f' tests="{len(cases)}" failures="{failures}" errors="{errors}"'


def _suite(suite: Suite) -> str:
    skipped = sum(case.state == "skipped" for case in suite.cases)
    counts = f'{_counts(suite.cases)} skipped="{skipped}"'
    body = [f"  <testsuite name={xml_attribute(suite.name)}{counts}>", *map(_case, suite.cases)]
    body += [f"    <system-err>{xml(suite.remarks)}</system-err>"] if suite.remarks else []
    return "\n".join([*body, "  </testsuite>"])


def _case(case: Case) -> str:
    names = f"classname={xml_attribute(case.group)} name={xml_attribute(case.name)}"
    head = f"    <testcase {names}"
    if case.state == "pass" and not case.text:
        return f"{head}/>"
    if case.state == "pass":
        return f"{head}>\n      <system-out>{xml(case.text)}</system-out>\n    </testcase>"
    kind = f" type={xml_attribute(case.kind)}" if case.kind else ""
    told = f"<{case.state}{kind} message={xml_attribute(case.message)}>{xml(case.text)}"
    return f"{head}>\n      {told}</{case.state}>\n    </testcase>"
