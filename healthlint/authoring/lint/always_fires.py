"""A rule whose condition is true on every run."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.lint._logic import all_clash
from healthlint.authoring.lint._ranges import ranges
from healthlint.authoring.lint._subject import Remark, Subject


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark where every way to come false is a contradiction."""
    known = {name: intervals[0] for name, intervals in ranges(subject).items()}
    if why := all_clash(subject, known, is_true=False):
        yield Remark(message=f"this fires on every run: {why}", severity="error", at_key=True)
