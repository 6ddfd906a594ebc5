"""Truths as text: ``t`` true, ``f`` false, ``?`` unknown, ``.`` no evaluation at that record."""

from __future__ import annotations

import numpy as np

from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, Truth

SIGNS = {"t": TRUE, "f": FALSE, "?": UNKNOWN}


def truth(text: str, *, valid: int | None = None) -> Truth:
    """Return a truth with a state at each record that is not a dot; it is carried ``valid`` on."""
    records = np.array([i for i, sign in enumerate(text) if sign != "."], np.int64)
    states = np.array([SIGNS[sign] for sign in text if sign != "."], np.int8)
    if valid is None:
        return Truth(records, states)
    return Truth(records, states, lambda which: records[which] + valid)


def spelled(found: Truth) -> str:
    """Return the states, a sign each."""
    signs = {int(state): sign for sign, state in SIGNS.items()}
    return "".join(signs[int(state)] for state in found.states)
