"""`healthlint.wire`: what a program reads back is what was written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from healthlint import wire

GOLDEN = [
    path
    for path in sorted((Path(__file__).parent / "golden").glob("*.json"))
    if "gitlab" not in path.name
]


def test_there_are_reports() -> None:
    assert len(GOLDEN) >= 5


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_report_is_read_back_whole(path: Path) -> None:
    report = wire.read(path.read_bytes())
    assert isinstance(report, wire.Report)
    adapter = TypeAdapter(wire.Report)
    assert adapter.dump_python(report, mode="json") == json.loads(path.read_bytes())


def test_a_gate_is_read_back() -> None:
    text = json.dumps({"schema": wire.GATE, "schema_version": wire.GATE, "checkpoints": []})
    assert wire.read(text) == wire.GateReport(wire.GATE, wire.GATE, [])


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("{", wire.UnknownFormat, "no JSON"),
        ("[]", wire.UnknownFormat, "unknown format None"),
        (
            '{"schema": "healthlint.report/99"}',
            wire.UnknownFormat,
            "'healthlint.report/99' \\(known",
        ),
        ('{"schema": ["a"]}', wire.UnknownFormat, "unknown format \\['a'\\]"),
        ('{"schema": "healthlint.gate/1"}', ValidationError, "checkpoints"),
    ],
)
def test_what_is_no_document_is_refused(text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        wire.read(text)


def test_a_field_of_a_later_release_is_passed_over() -> None:
    text = {"schema": wire.GATE, "schema_version": wire.GATE, "checkpoints": [], "new": 1}
    assert wire.read(json.dumps(text)) == wire.GateReport(wire.GATE, wire.GATE, [])


def test_no_command_loads_it() -> None:
    code = "import sys; from healthlint import cli; cli.main(['check', '--help']); "
    code += "sys.exit('healthlint.wire' in sys.modules or 'pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
