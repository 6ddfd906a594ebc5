"""Ctrl-C as a request: the step in progress is finished and a checkpoint written."""

from __future__ import annotations

import signal
from typing import Any, Self


class Interrupt:
    """Within the context the first SIGINT is noted; the second one interrupts at once."""

    is_set = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *ending: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: Any) -> None:  # noqa: ARG002 - the signature of a handler
        if self.is_set:
            raise KeyboardInterrupt
        self.is_set = True
