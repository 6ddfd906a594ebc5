"""What ``-o json`` writes, as types: for bots, and the one source of the published schemas.

    from pathlib import Path
    from healthlint import wire

    report = wire.read(Path("report.json").read_bytes())
    if isinstance(report, wire.Report):
        for log in report.logs:
            print(log.path, log.answer.state if log.answer else log.no_verdict)

No command reads one: pydantic, which checks what is read, costs more than judging a log.
"""

from __future__ import annotations

import json

from healthlint.wire.gate import SCHEMA as GATE
from healthlint.wire.gate import Report as GateReport
from healthlint.wire.probe import SCHEMA as PROBE
from healthlint.wire.probe import Report as ProbeReport
from healthlint.wire.report import SCHEMA as REPORT
from healthlint.wire.report import Report

__all__ = [
    "FORMATS",
    "GATE",
    "PROBE",
    "REPORT",
    "GateReport",
    "ProbeReport",
    "Report",
    "UnknownFormat",
    "read",
]

FORMATS: dict[str, type[Report | GateReport | ProbeReport]] = {
    REPORT: Report,
    GATE: GateReport,
    PROBE: ProbeReport,
}
"""The type of each format, by the name that its ``schema`` says."""


class UnknownFormat(ValueError):
    """A document of no format, or of a version, that this release knows."""


def read(text: str | bytes) -> Report | GateReport | ProbeReport:
    """Return a document as the type that its ``schema`` names.

    Fields that are not known are passed over: within a version, fields are added.

    Raises:
        UnknownFormat: Its format is not known, or it is no JSON object.
        pydantic.ValidationError: It is not what its format says (a ``ValueError``).
    """
    from pydantic import TypeAdapter  # what writes reports has no use for it

    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnknownFormat(f"no JSON: {error}") from error
    name = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(name, str) or name not in FORMATS:
        raise UnknownFormat(f"unknown format {name!r} (known: {', '.join(FORMATS)})")
    return TypeAdapter(FORMATS[name]).validate_python(data)
