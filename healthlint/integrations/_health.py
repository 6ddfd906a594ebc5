"""Is a run sick, as far as its log goes: what stops a trial, whoever runs the sweep.

Sick is what `healthlint check` answers with "stop": an error of a rule of high confidence that
holds at the end. A run that is merely worse than others is not sick.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from io import BytesIO
from numbers import Real
from typing import NamedTuple

from healthlint.checking import Bench, judged, prepared
from healthlint.logs import Log
from healthlint.looking import look
from healthlint.readers import jsonl
from healthlint.readers.source import Source
from healthlint.report import LogReport


class Sickness(NamedTuple):
    """Why a run should stop.

    Attributes:
        rule: The rule.
        step: Step at which it first held, None where unknown.
        epoch: Epoch at which it first held, None where unknown.
        message: What is wrong, with its numbers.
    """

    rule: str
    step: float | None
    epoch: float | None
    message: str

    def __str__(self) -> str:
        """Return it in one sentence."""
        at = f"epoch {self.epoch:.0f}" if self.epoch is not None else f"step {self.step or 0:.0f}"
        return f"{self.rule} at {at}: {self.message}"


class Health:
    """Judges logs and reported values by the packs.

    Args:
        rules: Packs beside the shipped ones.
        select: Patterns of the rules that may stop a run; those of high confidence where empty.
        ignore: Patterns of rules that may not.
        facts: What the logs do not say.

    Raises:
        RulebookError: A pack is wrong.
        SelectionError: A pattern matches no rule.
    """

    def __init__(
        self,
        rules: Sequence[str] = (),
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self._facts = dict(facts or {})
        self._bench: Bench = prepared(rules=rules, select=select, ignore=ignore, facts=facts)
        self._known: dict[str, tuple[tuple[int, int], Sickness | None]] = {}

    def of_log(self, path: str) -> Sickness | None:
        """Return why the run of a log should stop, None where nothing asks for it.

        A log that is not there yet, or cannot be read, asks for nothing. One that has not changed
        is not judged again.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - as it is given
        except (OSError, ValueError):
            return None
        stamp = status.st_size, status.st_mtime_ns
        if path not in self._known or self._known[path][0] != stamp:
            self._known[path] = stamp, self._of(look(path, self._facts))
        return self._known[path][1]

    def of_values(self, records: Sequence[Mapping[str, float]]) -> Sickness | None:
        """Return why a run should stop that reports values, None where nothing asks for it.

        Args:
            records: What was reported, in order; each with its ``step`` or ``epoch``.
        """
        text = "".join(f"{json.dumps(dict(record))}\n" for record in records).encode()
        return self._of(jsonl.read(Source("reported", BytesIO(text)), self._facts))

    def _of(self, log: Log) -> Sickness | None:
        return next(filter(None, map(_sickness, judged(log, self._bench))), None)


def _sickness(report: LogReport) -> Sickness | None:
    errors = [
        finding
        for finding in report.findings
        if finding.severity == "error" and finding.active and finding.is_standing
    ]
    if not errors:
        return None
    first = min(errors, key=lambda error: (error.first.line or 0, error.first.step or 0.0))
    return Sickness(first.rule, first.first.step, first.first.epoch, first.latest or first.message)


def is_number(value: object) -> bool:
    """Return whether a reported value is a number, NaN and infinities included.

    >>> is_number(float("nan")), is_number(True), is_number("1")
    (True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool)
