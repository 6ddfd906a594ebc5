"""Plain data that ship: ``rules/trainers/*.yaml`` without the need to read YAML, lists of words.

``trainers.json`` is written by ``scripts/update-docs``; a test compares it with the files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("trainers.json")
ANY = "any"
"""The entry whose names hold for every trainer."""


@cache
def entries() -> Mapping[str, Mapping[str, Any]]:
    """Return what each file of a trainer says, by the name of the trainer."""
    said: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_bytes())
    return said


@cache
def words(folder: Path = FILE.parent) -> Mapping[str, Any]:
    """Return what ``words.json`` of a folder says: words that its modules know, list by list."""
    said: Mapping[str, Any] = json.loads((folder / "words.json").read_bytes())
    return said
