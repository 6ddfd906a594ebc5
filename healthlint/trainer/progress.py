"""What a person sees of a run: one refreshing line in a terminal, else a line an epoch."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TextIO

_SHOWN = ("mel_loss", "spectral_convergence", "duration_loss", "energy_loss")


class Progress:
    """Writes to standard error; knows nothing of the model."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._started = time.monotonic()
        self._first_step: int | None = None
        self._shown_at = 0.0

    def say(self, line: str) -> None:
        """A line that stays."""
        self._stream.write(f"{self._erase()}{line}\n")
        self._stream.flush()

    def measured(self, done: int, count: int) -> None:
        """Clips of the corpus are being measured."""
        if done == count:
            self.say(f"measured {count:,} clips")
        else:
            self._refresh(f"measuring clip {done:,} of {count:,}")

    def step(self, step: int, total: int, epoch: int, epochs: int) -> None:
        """One optimiser step is done."""
        if self._first_step is None:
            self._first_step = step
            self._started = time.monotonic()
        rate = (time.monotonic() - self._started) / max(1, step - self._first_step)
        left = _duration(rate * (total - step)) if step > self._first_step else "?"
        self._refresh(f"epoch {epoch}/{epochs}  step {step:,}/{total:,}  {left} left")

    def epoch(self, epoch: int, epochs: int, losses: Mapping[str, float]) -> None:
        """An epoch is closed, with its validation losses by bare name."""
        short = {name: name.removesuffix("_loss").replace("_", " ") for name in _SHOWN}
        numbers = "  ".join(f"{short[name]} {losses[name]:.4g}" for name in _SHOWN)
        self.say(f"epoch {epoch}/{epochs}  {numbers}")

    def _refresh(self, line: str) -> None:
        now = time.monotonic()
        if self._is_terminal and now - self._shown_at > 0.1:
            self._shown_at = now
            self._stream.write(f"{self._erase()}{line}")
            self._stream.flush()

    def _erase(self) -> str:
        return "\r\x1b[K" if self._is_terminal else ""


def _duration(seconds: float) -> str:
    """Minutes and seconds, or hours and minutes.

    >>> _duration(75), _duration(7300)
    ('1:15', '2h01')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02d}"
