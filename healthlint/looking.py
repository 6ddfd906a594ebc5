"""Logs as judges see them: what the reader found, and what the announced samples look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from healthlint.logs import Log
from healthlint.logs.faults import fault
from healthlint.readers import find_logs, read

__all__ = ["fault", "look", "look_at_all", "with_samples"]


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


def look(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log at a path with the sharpness of the samples that its runs announced.

    Nothing of the spectrogram layer is imported where no run announces any. Whatever is wrong is
    among the log's problems, never raised.

    Args:
        path: A file, a folder that holds one log, or ``-`` for standard input.
        facts: What is known of the runs beside their series; outranks the log's header.
    """
    return with_samples(read(path, facts or {}))


def with_samples(log: Log) -> Log:
    """Return a log with the sharpness of the samples that its runs announced."""
    if not any(event.kind == "sample" for run in log.runs for event in run.events):
        return log
    from healthlint.spectrogram.series import with_sharpness

    return with_sharpness(log)
