"""Logs as judges see them: what the reader found, and what the announced samples look like."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from healthlint.files.limits import refuse_special
from healthlint.logs import Log
from healthlint.logs.faults import fault
from healthlint.looking.surroundings import with_surroundings
from healthlint.readers import find_logs, read

_LONGEST_HEADER = 1 << 16

__all__ = ["completed", "fault", "look", "look_at_all"]


def look_at_all(paths: Iterable[str], facts: Mapping[str, object] | None = None) -> Iterator[Log]:
    """Yield each log that paths mean: of a folder or a pattern every one, in order.

    Args:
        paths: Files, folders, patterns, URLs, or ``-`` for standard input.
        facts: What is known of the runs beside their series; outranks the logs' headers.
    """
    listed = list(find_logs(paths))
    twice = {folder for path in listed for folder in _teed(path)}
    for path in listed:
        if twice and _is_one_of(path, twice):  # its scalars are in a log beside it
            continue
        try:
            log = look(path, facts)
        except Exception as error:  # our own fault: told at its file, the others are looked at
            log = Log(path=path, format="", problems=(fault(error),))
        yield log


def _is_one_of(path: str, folders: set[str]) -> bool:
    with suppress(OSError, ValueError):
        return os.path.realpath(path) in folders
    return False


def _teed(path: str) -> Iterator[str]:
    """Yield the folder of event files that hold the same scalars as a JSONL log, as it says."""
    if not path.endswith(".jsonl"):
        return
    with suppress(OSError, ValueError, RecursionError):
        refuse_special(path)
        with Path(path).open("rb") as file:
            head = json.loads(file.readline(_LONGEST_HEADER))
        meta = head.get("meta") if isinstance(head, dict) else None
        said = meta.get("tensorboard") if isinstance(meta, dict) else None
        if isinstance(said, str) and said:
            yield os.path.realpath(Path(path).parent / said)


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
