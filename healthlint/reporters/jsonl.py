"""The report for streams: one JSON object a line, the parts of ``json`` with their ``type``.

The first line is the report itself (``type`` ``report``, with the exit code). Each log follows with
its findings, verdicts and problems, then what became of suppressions and the baseline. Every part
has the fields it has in ``json``; those of a log say which by ``log`` and ``run``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from healthlint.documents.json import dumps, spellable
from healthlint.report import Report
from healthlint.reporters.json import to_wire
from healthlint.terminal.style import Style
from healthlint.wire import report as wire

_OF_REPORT = {"settings": "setting", "suppressions": "suppression", "gone": "gone"}
_OF_LOG = {"findings": "finding", "verdicts": "verdict", "problems": "problem"}


def render(report: Report, style: Style) -> str:
    """Return one JSON object a line."""
    made = to_wire(spellable(report), style.root)
    return "".join(dumps(line, is_indented=False) for line in _lines(made))


def _lines(report: wire.Report) -> Iterator[dict[str, Any]]:
    yield {"type": "report", **_without(report, {"logs", *_OF_REPORT})}
    for log in report.logs:
        where = {"log": log.path, "run": log.run.number if log.run else None}
        yield {"type": "log", **_without(log, set(_OF_LOG))}
        yield from _parts(log, _OF_LOG, where)
    yield from _parts(report, _OF_REPORT, {})


def _parts(
    whole: object, kinds: Mapping[str, str], where: Mapping[str, object]
) -> Iterator[dict[str, Any]]:
    for name, kind in kinds.items():
        for part in getattr(whole, name):
            yield {"type": kind, **where, **_without(part, set())}


def _without(part: Any, names: set[str]) -> dict[str, Any]:
    """Return the fields of a part of the report, those of the given names left out."""
    return {
        field.name: getattr(part, field.name) for field in fields(part) if field.name not in names
    }
