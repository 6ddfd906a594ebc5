"""One trainer a folder: a run that is resumed while it still trains would write its log twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthlint.trainer.errors import TrainerError


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder of a run; the system lets go of it however the process ends.

    Where there are no such locks (Windows) nothing is held.

    Raises:
        TrainerError: another process trains there.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainerError(f"{folder}: another process is training there") from error
        yield
