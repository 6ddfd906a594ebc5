"""Settings of every test: property tests repeat where CI runs them, and skips are told.

Where ``HEALTHLINT_SKIPS`` is set, a test that skips for a reason that begins with none of its
lines fails the run: ``.ci/run`` sets it, so that no test is lost unseen.
"""

from __future__ import annotations

import os

import pytest
from examples import examples
from hypothesis import settings

settings.register_profile("healthlint", examples(100, derandomize="CI" in os.environ))
settings.load_profile("healthlint")

_ALLOWED = os.environ.get("HEALTHLINT_SKIPS")
_surprises: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note a test that skipped."""
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a module that skipped as a whole."""
    _note(report)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _ALLOWED is None or not report.skipped or not isinstance(report.longrepr, tuple):
        return
    reason = report.longrepr[2].removeprefix("Skipped: ")
    starts = tuple(line.strip() for line in _ALLOWED.splitlines() if line.strip())
    if not reason.startswith(starts):
        _surprises.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a test skipped that should not."""
    is_worker = hasattr(session.config, "workerinput")
    if _surprises and not is_worker and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests skipped that should not."""
    for surprise in _surprises:
        terminalreporter.write_line(
            f"SKIPPED, which .ci/skips does not allow: {surprise}", red=True
        )
