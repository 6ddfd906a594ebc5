"""One process, its output in a file, its whole group ended at a timeout or an interrupt."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_GRACE_SECONDS = 2.0
_TAIL_BYTES, _TAIL_LINES = 4096, 3


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended.

    Attributes:
        seconds: How long it ran.
        problem: Why it did not come to a good end, empty where it did.
        tail: The last lines of what it printed.
    """

    seconds: float
    problem: str
    tail: tuple[str, ...] = ()


def run(argv: Sequence[str], log: Path, timeout: float) -> Ran:
    """Run a command to its end; what it prints on both streams goes to a file.

    The process leads a group of its own, so that its children end with it.

    Args:
        argv: Program and words; no shell sees them.
        log: The file of its output, replaced.
        timeout: Seconds after which the group is ended.

    Raises:
        KeyboardInterrupt: Ctrl-C; the group is ended first.
    """
    began = time.monotonic()
    with log.open("wb") as out:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},  # so that the last line is the last
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return Ran(0.0, f"the command could not be started: {argv[0]}: {reason}")
        problem = _waited(process, timeout)
    return Ran(time.monotonic() - began, problem, _tail(log))


def _waited(process: subprocess.Popen[bytes], timeout: float) -> str:
    """Wait for the end and return why it is no good one, empty where it is."""
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        return f"ended after {timeout:g} s, the timeout"
    finally:  # what the process left behind ends with it, however it ended
        _end(process)
    by = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
    return f"the command failed: {by}" if code else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group of a process: asked first, then killed."""
    if not hasattr(os, "killpg"):  # Windows has no groups of this kind
        process.kill()
        process.wait()
        return
    _signal(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _tail(log: Path) -> tuple[str, ...]:
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    return tuple(lines[-_TAIL_LINES:])
