"""What the end of an existing log says: whether it is torn, and which run it belongs to."""

import json
import mmap
import os
from typing import NamedTuple

_LONGEST_HEADER = 16 * 2**20


class Header(NamedTuple):
    """The run and attempt that a log's newest header names."""

    run: str
    attempt: int


def is_torn(descriptor: int) -> bool:
    """Say whether the file's last byte is not a newline: the trace of a killed process."""
    size = os.fstat(descriptor).st_size
    return size > 0 and _byte_at(descriptor, size - 1) != b"\n"


def _byte_at(descriptor: int, offset: int) -> bytes:
    """Return the byte at an offset, in one call where there is one.

    Between two calls a signal handler that logs would move the place of reading to the end.
    """
    if hasattr(os, "pread"):
        return os.pread(descriptor, 1, offset)
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, 1)


def last_header(descriptor: int) -> Header | None:
    """Return the newest readable header, or None where the log has none.

    The file is searched backwards in place, never loaded whole. Lines that are torn or that are
    no headers are passed over.
    """
    if os.fstat(descriptor).st_size == 0:
        return None
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as log:
        end = len(log)
        while (at := log.rfind(b'"_type"', 0, end)) >= 0:
            end = log.rfind(b"\n", 0, at) + 1
            stop = log.find(b"\n", at)
            header = _header(log[end : min(len(log) if stop < 0 else stop, end + _LONGEST_HEADER)])
            if header:
                return header
    return None


def _header(line: bytes) -> Header | None:
    """Return what a line says of its run, or None where it is no sound header."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("_type") != "run":
        return None
    run, attempt = record.get("run"), record.get("attempt", 0)
    if isinstance(run, str) and type(attempt) is int and attempt >= 0:
        return Header(run, attempt)
    return None
