"""How many examples a property test tries: a third in the gate, all of them in ``.ci/long``."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import TypeVar

from hypothesis import HealthCheck, settings

IS_THOROUGH = "HEALTHLINT_THOROUGH" in os.environ
_SHARE = 1.0 if IS_THOROUGH else 0.3
_FEWEST = 3
T = TypeVar("T")


def some(cases: Sequence[T]) -> Sequence[T]:
    """Return every third of many cases of one kind; all of them in a thorough run."""
    return cases if IS_THOROUGH else cases[::3]


def examples(
    count: int, *, derandomize: bool | None = None, suppress: Collection[HealthCheck] = ()
) -> settings:
    """Return the settings of a property test.

    Args:
        count: Examples that a thorough run tries.
        derandomize: Whether they are the same each time; in CI they are anyway.
        suppress: Health checks that its strategies would fail.
    """
    told = {} if derandomize is None else {"derandomize": derandomize}
    return settings(
        max_examples=max(_FEWEST, round(count * _SHARE)),
        deadline=None,
        suppress_health_check=tuple(suppress),
        **told,
    )
