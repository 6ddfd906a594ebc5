"""The report as one HTML file for people: curves, findings, verdicts; it needs no network.

Everything is in the file, and a policy in it forbids the browser to load anything else or to run
anything but the one script. Without the script all is there but the values under the cursor.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from healthlint.outcome import exit_code, log_code
from healthlint.report import ANSWERS, Report
from healthlint.reporters._counts import findings as counted
from healthlint.reporters._counts import rules
from healthlint.reporters._notices import config, notices
from healthlint.reporters._style import Style
from healthlint.reporters._text import clean
from healthlint.reporters._words import plural
from healthlint.reporters.html._charts import COLUMNS
from healthlint.reporters.html._log import CODES, pill, section
from healthlint.reporters.html._markup import Markup, element

__all__ = ["COLUMNS", "render"]

_THEMES = ("auto", "light", "dark")
_SCALES = ("log", "linear")


def render(report: Report, style: Style) -> str:  # noqa: ARG001  a page has one style
    """Return the report as one HTML document."""
    report = clean(report)
    body = [
        element("a", "Skip to the report", href="#main", class_="skip"),
        _top(report),
        element("main", *_main(report), id="main", tabindex="-1"),
        element("footer", *_ending(report)),
        _script(),
    ]
    page = element("html", element("head", *_head(report)), element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _head(report: Report) -> Iterator[Markup]:
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash('page.css')}; "
        f"script-src {_hash('page.js')}; base-uri 'none'; form-action 'none'"
    )
    yield element("meta", charset="utf-8")
    yield element("meta", http_equiv="Content-Security-Policy", content=policy)
    yield element("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield element("meta", name="color-scheme", content="light dark")
    yield element("meta", name="generator", content=f"healthlint {report.version}")
    yield element("link", rel="icon", href="data:,")
    names = ", ".join(log.path for log in report.logs[:3]) or "no logs"
    yield element("title", f"{CODES[exit_code(report)]}: {names} - healthlint")
    yield element("style", Markup(_source("page.css")))


def _script() -> Markup:
    return element("script", Markup(_source("page.js")))


@cache
def _source(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _hash(name: str) -> str:
    digest = sha256(_source(name).encode("utf-8")).digest()
    return f"'sha256-{b64encode(digest).decode()}'"


def _top(report: Report) -> Markup:
    """Return the bar with the name, and the switches of the page."""
    brand = element("p", "healthlint ", element("small", report.version), class_="brand")
    switches = [_switch("scale", _SCALES), _switch("theme", _THEMES)]
    return element("header", brand, element("div", *switches, class_="switches"), class_="top")


def _switch(name: str, choices: tuple[str, ...]) -> Markup:
    """Return a group of radio buttons, the first one chosen."""
    parts = [element("legend", name)]
    for choice in choices:
        key = f"{name}-{choice}"
        is_first = choice == choices[0]
        parts.append(element("input", type="radio", name=name, id=key, checked=is_first))
        parts.append(element("label", choice, for_=key))
    return element("fieldset", *parts)


def _main(report: Report) -> Iterator[Markup]:
    code = exit_code(report)
    found = [each for log in report.logs for each in log.findings]
    words = counted(found, Style()) if found or code == 0 else CODES[code].capitalize()
    yield element("h1", words, class_=f"code{code}")
    what = f"{plural(len(report.logs), 'log')}, exit code {code}"
    yield element("p", f"{what}; the check fails on {report.fail_on} and above.", class_="lead")
    if verdicts := [verdict for log in report.logs for verdict in log.verdicts]:
        yield element("p", f"{rules(verdicts, {})}.", class_="lead")
    if len(report.logs) > 1:
        yield element("nav", element("ol", *_contents(report)), aria_label="logs")
    for number, log in enumerate(report.logs, 1):
        yield section(log, number, report.fail_on)


def _contents(report: Report) -> Iterator[Markup]:
    numbered = list(enumerate(report.logs, 1))
    for number, log in sorted(numbered, key=lambda pair: ANSWERS.index(pair[1].answer.state)):
        code = log_code(log, report.fail_on)
        link = element("a", log.path, href=f"#log{number}")
        reason = f" {log.answer.reason}" if log.run else ""
        yield element("li", pill(log, code), " ", link, reason)


def _ending(report: Report) -> Iterator[Markup]:
    items = [
        element("li", element("b", "notice"), " ", element("code", place), f" {words}")
        for place, words in notices(report)
    ]
    if items:
        yield element("ul", *items)
    if words := config(report):
        yield element("p", "Config: ", element("code", words))
    yield element("p", f"healthlint {report.version}")
