"""When a fleet fails a check: ``error``, ``error > 5%``, ``unreadable > 3``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from healthlint.fleet.row import Row
from healthlint.fleet.summary import has_failed
from healthlint.report import SEVERITIES, Severity
from healthlint.report.outcome import BROKEN, FINDINGS, NO_VERDICT, OK, worst

_STATES = {"unreadable": "unreadable", "no-verdict": "no verdict"}
SUBJECTS = (*SEVERITIES, *_STATES)
_LIMIT = re.compile(r"\s*([\w-]+)\s*(?:>\s*(\d+(?:\.\d+)?)\s*(%?))?\s*", re.ASCII)


class LimitError(ValueError):
    """A limit that cannot be meant; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many runs may be of a kind.

    Attributes:
        subject: A severity, ``unreadable`` or ``no-verdict``.
        most: How many may be, or which share.
        is_share: Whether ``most`` is a share, as a fraction.
    """

    subject: str
    most: float = 0.0
    is_share: bool = False

    def is_broken(self, rows: Sequence[Row]) -> bool:
        """Return whether more runs are of its kind than may be."""
        count = sum(_is_of(self.subject, row) for row in rows)
        return count > (self.most * len(rows) if self.is_share else self.most)


def parse(text: str) -> Limit:
    """Return the limit of a text.

    Raises:
        LimitError: It is none.

    >>> parse("error > 5%")
    Limit(subject='error', most=0.05, is_share=True)
    """
    match = _LIMIT.fullmatch(text)
    if not match or match[1] not in SUBJECTS:
        listed = ", ".join(SUBJECTS)
        raise LimitError(
            f"{text!r} is no limit; write `error`, `error > 5%` or `error > 3` ({listed})"
        )
    most, is_share = float(match[2] or 0), match[3] == "%"
    return Limit(match[1], most / 100 if is_share else most, is_share)


def exit_code(rows: Sequence[Row], limits: Sequence[Limit]) -> int:
    """Return the exit code of a fleet: 2 outranks 1 outranks 3 outranks 0, as of several logs.

    What no limit is given for may not be at all, but that a verdict may be lacking while others
    are there.
    """
    of_state = {subject: Limit(subject) for subject in _STATES}
    of_state |= {limit.subject: limit for limit in limits}
    codes = [BROKEN if of_state["unreadable"].is_broken(rows) else OK]
    if any(limit.is_broken(rows) for limit in limits if limit.subject in SEVERITIES):
        codes.append(FINDINGS)
    is_judged = any(row.state == "judged" for row in rows)
    if not is_judged or of_state["no-verdict"].is_broken(rows):
        codes.append(NO_VERDICT)
    return worst(codes)


def severity_of(limits: Sequence[Limit]) -> Severity:
    """Return from which severity on a run counts as failed: the mildest that is limited."""
    named = [one for one in SEVERITIES if any(limit.subject == one for limit in limits)]
    return named[-1] if named else "error"


def _is_of(subject: str, row: Row) -> bool:
    if subject in _STATES:
        return row.state == _STATES[subject]
    return has_failed(row, subject)  # type: ignore[arg-type]
