"""What to probe, from options and config: the same for every command that makes samples."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from healthlint.cli._parser import refuse_missing, refuse_unknown
from healthlint.cli._streams import progress
from healthlint.probing import ProbePlan, synthesizers


def planned(
    models: tuple[str, ...], told: Mapping[str, Any], config: Mapping[str, Any]
) -> ProbePlan:
    """Return what to probe: the command line over the config over the defaults.

    Args:
        models: Checkpoints, or folders of them.
        told: What the command line says, by the names of the config; None where it does not.
        config: The section ``probe`` of the config.

    Raises:
        UsageError: An unknown synthesizer, or a reference that is not there.
    """
    said = _merged(told, config)
    if name := said.get("synthesizer", ""):
        refuse_unknown("unknown synthesizer", name, synthesizers.names())
    out = said.pop("out", None)
    refuse_missing(said.get("references", ()))
    return ProbePlan(models=models, out=Path(out) if out else None, report=progress(), **said)


def _merged(told: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the command line and the config say, by the fields of a plan."""
    merged = {**config, **{name: value for name, value in told.items() if value is not None}}
    for name, other in (("command", "synthesizer"), ("synthesizer", "command")):
        if told.get(name):  # named now outranks the other in the config
            merged.pop(other, None)
    if "reference" in merged:
        merged["references"] = tuple(merged.pop("reference"))
    if "texts" in merged:
        merged["texts"] = tuple(merged["texts"])
    return merged


@contextmanager
def running(plan: ProbePlan | None) -> Iterator[None]:
    """Carry out a plan within: a cancelled job ends its commands, and the progress is gone after.

    Nothing is done for None.
    """
    if plan is not None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        if plan is not None and plan.report:
            plan.report("")
