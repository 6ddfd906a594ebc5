"""The ending: what the config and the baseline have to do with the report."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import LogReport, Report
from healthlint.reporters._notices import config, notices, suppressed
from healthlint.reporters.full.hanging import hanging, labelled
from healthlint.terminal.style import Style
from healthlint.terminal.text import wrapped


def suppressions(log: LogReport, style: Style) -> Iterator[str]:
    """Yield how many findings of a log are suppressed, and why."""
    findings = suppressed(log)
    if not findings:
        return
    listed = ", ".join(
        dict.fromkeys(f"{finding.rule} ({finding.suppressed})" for finding in findings)
    )
    yield from hanging("", 2, f"{len(findings)} suppressed: {listed}", style.width)


def ending(report: Report, style: Style) -> str:
    """Return the notices of a report, and the config that was read."""
    lines = [
        line
        for place, words in notices(report)
        for line in labelled("notice", f"{place}: {words}", style)
    ]
    if words := config(report):
        lines += [style.paint(line, "dim") for line in wrapped(f"config: {words}", style.width)]
    return "\n".join(lines)
