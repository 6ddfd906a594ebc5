"""May this checkpoint be shipped? Its file, its log and its samples, looked at one by one.

``checks`` holds what is looked at, one module each; ``scene`` what they look at: the checkpoint,
the log of its run up to it, its predecessor and its samples.
"""

from __future__ import annotations

from healthlint.gating.deciding import gate
from healthlint.gating.model import Check, Gated, Wanted

__all__ = ["Check", "Gated", "Wanted", "gate"]
