"""Probing: samples made by a model's own command, heard, over one or many checkpoints.

``probe(ProbePlan(models=["runs/first"]))`` returns a ``Probe`` of plain data. Reading order:
``errors``, ``command`` (the template), ``synthesizers`` (templates by name), ``checkpoints`` (what
there is to probe), ``running`` (one process), ``making`` (one sample, made or reused), ``work``
(all of them, heard), ``course`` (sharpness over checkpoints), ``wire`` (JSON), ``picture``.
"""

from healthlint.probing.checkpoints import Checkpoint
from healthlint.probing.course import Course
from healthlint.probing.errors import ProbeError
from healthlint.probing.making import Made
from healthlint.probing.plan import Probe, ProbePlan, Sample
from healthlint.probing.work import probe

__all__ = ["Checkpoint", "Course", "Made", "Probe", "ProbeError", "ProbePlan", "Sample", "probe"]
