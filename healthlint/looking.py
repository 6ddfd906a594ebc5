"""Logs as judges see them: what the reader found, and what the announced samples look like."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from healthlint.beside import with_surroundings
from healthlint.logs import Log, Problem
from healthlint.readers import find_logs, read

__all__ = ["completed", "look", "look_at_all"]


def look_at_all(paths: Iterable[str], facts: Mapping[str, object] | None = None) -> Iterator[Log]:
    """Yield each log that paths mean: of a folder or a pattern every one, in order.

    Args:
        paths: Files, folders, patterns, URLs, or ``-`` for standard input.
        facts: What is known of the runs beside their series; outranks the logs' headers.
    """
    for path in find_logs(paths):
        try:
            log = look(path, facts)
        except Exception as error:  # our own fault: told at its file, the others are looked at
            log = Log(path, "", problems=(fault(error),))
        yield log


def fault(error: Exception) -> Problem:
    """Return what is told of an error of ours that one file led to."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} at {PurePath(place.filename).name}:{place.lineno}"
    said = f"internal error: {what}: {error}".partition("\n")[0][:200].rstrip(": ")
    return Problem(said, hint="a fault of healthlint; please report it", kind="unreadable")


def look(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log at a path with the sharpness of the samples that its runs announced.

    Nothing of the spectrogram layer is imported where no run announces any. Whatever is wrong is
    among the log's problems, never raised.

    Args:
        path: A file, a folder that holds one log, or ``-`` for standard input.
        facts: What is known of the runs beside their series; outranks the log's header.
    """
    return completed(read(path, facts or {}))


def completed(log: Log) -> Log:
    """Return a log with what lies beside it and the sharpness of samples that it announced."""
    log = with_surroundings(log)
    if not any(event.kind == "sample" for run in log.runs for event in run.events):
        return log
    from healthlint.spectrogram.series import with_sharpness

    return with_sharpness(log)
