"""A fleet as one HTML file: causes, what differs, a table of the runs with filters and curves.

It needs no network, and a policy in it forbids the browser to load anything or to run anything but
the one script. Of a run it holds what the table shows, about half a kilobyte.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import orjson

from healthlint import __version__
from healthlint.documents.markup import Markup, element
from healthlint.fleet.row import Row, Value
from healthlint.fleet.summary import Fleet, worst_first
from healthlint.reporters.html.page import whole
from healthlint.terminal.numbers import plural
from healthlint.terminal.text import clean

MOST_SETTINGS = 24
"""Settings that have a column: those that vary, the ones that differ first."""
LONGEST = 300
"""Characters of a reason, beyond which it is cut."""


def page(fleet: Fleet, screen: str) -> str:
    """Return a fleet as one HTML document.

    Args:
        fleet: The fleet.
        screen: What is said of it on a terminal, without colours.
    """
    failed = len(fleet.failed)
    title = f"{plural(len(fleet.rows), 'run')}, {failed:,} failed"
    body = [
        element("header", element("h1", title), element("small", f"healthlint {__version__}")),
        element("pre", screen.partition("\n")[2].strip("\n"), class_="screen"),
        element("main", id="main"),
        element("noscript", element("p", "The table of the runs needs JavaScript.")),
        element("script", Markup(_data(fleet)), type="application/json", id="data"),
        element("script", Markup(_source("page.js"))),
    ]
    return whole(f"{title} - healthlint fleet", _source("page.css"), _source("page.js"), body)


def _data(fleet: Fleet) -> str:
    """Return what the script shows, as JSON that cannot end its element."""
    names = _settings(fleet)
    data = {
        "settings": names,
        "metric": fleet.ranking.metric if fleet.ranking else "",
        "runs": [clean(_run(row, names)) for row in worst_first(fleet.rows)],
    }
    return orjson.dumps(data).decode().replace("<", "\\u003c")


def _run(row: Row, names: Sequence[str]) -> list[object]:
    course = row.course
    first = row.first
    return [
        row.path if row.run in (None, 1) else f"{row.path} run {row.run}",
        row.answer if row.state == "judged" else row.state,
        row.cause,
        first.epoch if first else None,
        row.epochs,
        row.steps,
        course.best if course else None,
        course.value if course else None,
        course.curve if course else (),
        [row.settings.get(name) for name in names],
        (row.reason or "; ".join(row.problems))[:LONGEST],
    ]


def _settings(fleet: Fleet) -> list[str]:
    """Return the settings that vary; those that differ between failed and healthy runs first."""
    told = list(dict.fromkeys(difference.setting for difference in fleet.compared.differences))
    values: dict[str, set[Value]] = {}
    for row in fleet.rows:
        for name, value in row.settings.items():
            values.setdefault(name, set()).add(value)
    varying = sorted(name for name, found in values.items() if len(found) > 1)
    return list(dict.fromkeys([*told, *varying]))[:MOST_SETTINGS]


@cache
def _source(name: str) -> str:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return re.sub(r"\n +", "\n", text)
