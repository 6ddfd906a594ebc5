"""Errors of our own: told at the file that led to them, so that others are looked at."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from healthlint.logs.model import Problem


def fault(error: Exception) -> Problem:
    """Return what is told of an error of ours that one file led to."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} at {PurePath(place.filename).name}:{place.lineno}"
    said = f"internal error: {what}: {error}".partition("\n")[0][:200].rstrip(": ")
    return Problem(message=said, hint="a fault of healthlint; please report it", kind="unreadable")
