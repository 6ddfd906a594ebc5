"""The report as one HTML file for people: what to do, what is wrong beside its curves, the rest.

Everything is in the file, and a policy in it forbids the browser to load anything else or to run
anything but the one script. Without the script all is there but the values under the cursor, the
order of the table by its columns, and curves of several runs over each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.documents.markup import Markup, element
from healthlint.report import MOST_TOLD, LogReport, Report
from healthlint.reporters._notices import config, notices
from healthlint.reporters.html._answer import word
from healthlint.reporters.html._charts import COLUMNS
from healthlint.reporters.html._log import section
from healthlint.reporters.html._table import table
from healthlint.reporters.html.page import document
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean
from healthlint.terminal.words import answers

__all__ = ["COLUMNS", "render"]


def render(report: Report, style: Style) -> str:  # noqa: ARG001  a page has one style
    """Return the report as one HTML document."""
    report = clean(report)
    return document(_title(report), _main(report), _ending(report))


def _title(report: Report) -> str:
    if len(report.logs) != 1:
        return f"{answers(report.logs)} - healthlint"
    log = report.logs[0]
    return f"{word(log)}: {log.path} - healthlint"


def _main(report: Report) -> Iterator[Markup]:
    if not report.logs:
        yield element("h1", "No logs")
    elif len(report.logs) == 1:
        yield section(report.logs[0], 1, heading="h1")
    else:
        yield from _several(sorted(report.logs, key=lambda log: log.answer.rank))


def _several(logs: Sequence[LogReport]) -> Iterator[Markup]:
    """Yield the table of all logs, worst first, then the worst of them in full."""
    yield element("h1", f"{plural(len(logs), 'log')}: {answers(logs)}", class_="several")
    yield table(logs)
    for number, log in enumerate(logs[:MOST_TOLD], 1):
        yield section(log, number, heading="h2")


def _ending(report: Report) -> Iterator[Markup]:
    items = [
        element("li", element("b", "notice"), " ", element("code", place), f" {words}")
        for place, words in notices(report)
    ]
    if items:
        yield element("ul", *items)
    if words := config(report):
        yield element("p", "Config: ", element("code", words))
    fails = f"The check fails on {report.fail_on} and above."
    yield element("p", f"healthlint {report.version}. {fails}")
