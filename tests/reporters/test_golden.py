"""Every format of every canonical report is what its golden file says.

After a wanted change: ``HEALTHLINT_UPDATE_GOLDEN=1 pytest tests/reporters``, then read the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from reporters.canonical import REPORTS

from healthlint.reporters import Style, formats, render

GOLDEN = Path(__file__).parent / "golden"

STYLES = {
    "80": Style(width=80),
    "120": Style(width=120),
    "color": Style(width=100, color=True),
    "ascii": Style(width=60, unicode=False),
}

CASES = {
    **{f"{name}.full.{style}.txt": (name, "full", style) for name in REPORTS for style in STYLES},
    **{
        f"{name}.concise.{s}.txt": (name, "concise", s) for name in REPORTS for s in ("80", "color")
    },
    **{f"{name}.json": (name, "json", "80") for name in REPORTS},
    **{
        f"{name}.{ending}": (name, output, "80")
        for output, ending in {
            "badge": "svg",
            "github": "github.txt",
            "gitlab": "gitlab.json",
            "html": "html",
            "jsonl": "jsonl",
            "junit": "junit.xml",
            "line": "line.txt",
            "markdown": "md",
            "rdjsonl": "rdjsonl",
            "sarif": "sarif",
        }.items()
        for name in REPORTS
    },
}
# What only the curves differ in is looked at where there are curves.
CASES = {file: case for file, case in CASES.items() if case[0] != "drawn" or case[1] == "html"}
SOURCES = re.compile(r"(<style>|<script>).*?(</style>|</script>)", re.DOTALL)
HASHES = re.compile(r"sha256-[^&]+")


@pytest.mark.parametrize("file", CASES)
def test_report_is_its_golden_file(file: str) -> None:
    name, output, style = CASES[file]
    text = render(REPORTS[name], output, STYLES[style])
    if output == "html":  # a line an element; style and script are read where they are written
        text = HASHES.sub("sha256-", SOURCES.sub(r"\1\2", text)).replace("><", ">\n<")
    actual = text.encode("utf-8", "backslashreplace")
    if os.environ.get("HEALTHLINT_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / file).write_bytes(actual)
    assert actual.decode() == (GOLDEN / file).read_bytes().decode()


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(CASES)


def test_every_format_has_a_golden_file() -> None:
    assert {output for _, output, _ in CASES.values()} == set(formats())
