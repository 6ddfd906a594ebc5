"""The shipped packs as plain data, so that judging a log need not read YAML.

``shipped.json`` holds the data of each pack beside the checksum of the text that it was made from.
A pack whose text has changed since is read as YAML again, so a stale file costs time and nothing
else; ``scripts/update-docs`` writes it anew.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from healthlint.rulebook.yaml12 import Document, parse

FILE = Path(__file__).with_name("shipped.json")


def compiled(name: str, text: bytes, shown: str) -> Document | None:
    """Return the document of a shipped pack, None where its text is not the compiled one."""
    entry = _entries().get(name)
    if entry is None or entry["checksum"] != zlib.crc32(text):
        return None
    return Document(shown, data=entry["data"], is_checked=True)


@cache
def _entries() -> dict[str, Any]:
    try:
        entries: dict[str, Any] = json.loads(FILE.read_bytes())
    except (OSError, ValueError):
        return {}
    return entries


def compile_packs(packs: list[Path]) -> str:
    """Return the text of ``shipped.json`` for the given packs.

    Raises:
        ValueError: A pack has a mistake.
    """
    entries = {}
    for pack in sorted(packs):
        text = pack.read_bytes()
        document = parse(text.decode("utf-8"), pack.name)
        if document.problems:
            raise ValueError(str(document.problems[0]))
        entries[pack.name] = {"checksum": zlib.crc32(text), "data": document.data}
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"
