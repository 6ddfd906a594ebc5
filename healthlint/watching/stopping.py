"""Asking a training to stop: ``STOP.json`` beside its log, for findings that leave no doubt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from healthlint.emit.stop import SCHEMA, read_stop, stop_file
from healthlint.logs import Event, Run
from healthlint.report import Place
from healthlint.watching.alerts import Alert, Cause, Identity


@dataclass(frozen=True, slots=True)
class StopPolicy:
    """When a stop is asked for.

    Attributes:
        on: Patterns of the rules that may stop a training.
        after: Looks in a row in which the finding must hold.
    """

    on: Sequence[str]
    after: int = 3

    def reason(self, alerts: Mapping[Identity, Alert], run: str) -> Alert | None:
        """Return the alert for which a run is to stop, None where there is none.

        Only a rule of high confidence, and only what holds by now, stops anything.
        """
        for identity, alert in alerts.items():
            is_meant = identity.run == run and any(
                fnmatchcase(identity.rule, pattern) for pattern in self.on
            )
            is_sure = alert.cause.confidence == "high" and not alert.is_inhibited
            holds = alert.cause.is_active and alert.state == "firing"
            if is_meant and is_sure and holds and alert.looks >= self.after:
                return alert
        return None


def asked_for(log: str, run: str, attempt: int) -> bool:
    """Return whether a stop of this attempt has been asked for."""
    stop = read_stop(stop_file(log))
    return stop is not None and (stop.run or run, stop.attempt) == (run, attempt)


def ask(log: str, run: Run, attempt: int, cause: Cause, at: str) -> str:
    """Ask a training to stop; return why that was not possible, empty where it was."""
    target = stop_file(log)
    said = {
        "schema": SCHEMA,
        "rule": cause.rule,
        "message": cause.message,
        "first": asdict(cause.first),
        "run": run.id or "",
        "attempt": attempt,
        "last_good_checkpoint": _last_good(run.events, cause.first),
        "at": at,
    }
    beside = target.with_name(f".{target.name}.new")  # as the state: one watch alone writes it
    try:
        beside.write_text(json.dumps(said, indent=2), encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        return f"a stop is wanted, but {target} cannot be written: {error.strerror or error}"
    return ""


def _last_good(events: Sequence[Event], first: Place) -> str:
    """Return the path of the last checkpoint before a finding, empty where none was announced."""
    paths = [
        str(event.fields["path"])
        for event in events
        if event.kind == "checkpoint" and "path" in event.fields and _is_before(event, first)
    ]
    return paths[-1] if paths else ""


def _is_before(event: Event, first: Place) -> bool:
    if event.step is not None and first.step is not None:
        return event.step < first.step
    return first.line is not None and event.line < first.line
