"""Probing: samples made by a model's own command, heard, over one or many checkpoints.

``probe(ProbePlan(("runs/first",)))`` returns a ``Probe`` of plain data. Reading order: ``errors``,
``command`` (the template), ``synthesizers`` (templates by name), ``checkpoints`` (what there is to
probe), ``running`` (one process), ``making`` (one sample, made or reused), ``course`` (a number
over checkpoints), ``plan`` (what to probe, and what came of it), ``work`` (all of it), ``wire``
(JSON), ``picture``.

Names are resolved on first use: a config that has a template must not load what hears sound.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthlint.probing.checkpoints import ProbedCheckpoint as ProbedCheckpoint
    from healthlint.probing.course import Course as Course
    from healthlint.probing.errors import ProbeError as ProbeError
    from healthlint.probing.making import Made as Made
    from healthlint.probing.plan import Probe as Probe
    from healthlint.probing.plan import ProbePlan as ProbePlan
    from healthlint.probing.plan import Sample as Sample
    from healthlint.probing.work import probe as probe

_HOMES = {
    "ProbedCheckpoint": "checkpoints",
    "Course": "course",
    "Made": "making",
    "Probe": "plan",
    "ProbeError": "errors",
    "ProbePlan": "plan",
    "Sample": "plan",
    "probe": "work",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Return a public name, importing its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'healthlint.probing' has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
