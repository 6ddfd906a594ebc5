"""A rule whose condition can never be true: its parts contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.lint._logic import all_clash
from healthlint.authoring.lint._ranges import ranges
from healthlint.authoring.lint._subject import Remark, Subject
from healthlint.rulebook.checking import PSEUDO_METRICS


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark where every way to come true is a contradiction."""
    known = {
        name: intervals[0] for name, intervals in ranges(subject).items() if name in PSEUDO_METRICS
    }
    if why := all_clash(subject, known, is_true=True):
        yield Remark(message=f"this can never fire: {why}", severity="error", at_key=True)
