"""What keeps a probe from beginning."""

from __future__ import annotations


class ProbeError(ValueError):
    """A model, template or synthesizer that cannot be used; the message says what to do."""
