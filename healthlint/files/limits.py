"""What may be opened, and how much memory the content of one file may take.

The bound on memory holds before anything is allocated. It is the environment variable
``HEALTHLINT_MAX_MEMORY`` (which processes that are started inherit), else 1 GiB; the command line
sets it by ``--max-memory``.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

VARIABLE = "HEALTHLINT_MAX_MEMORY"
DEFAULT = 1 << 30
SMALLEST = 1 << 26
"""What Python, numpy and the packs take before a file is opened."""
_DESCRIPTORS = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d{1,15})\s*([kmgt]?)(?:i?b)?", re.ASCII | re.IGNORECASE)


def memory() -> int:
    """Return how many bytes the content of one file may take."""
    try:
        return size(os.environ.get(VARIABLE, ""))
    except ValueError:
        return DEFAULT


def size(text: str) -> int:
    """Return the bytes that a size means.

    Raises:
        ValueError: It is none, or too small to work in.

    >>> size("2GiB") == size("2 g") == 2 << 30
    True
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; write it as 512MiB or 2GiB")
    made = int(match[1]) * _UNITS[match[2].lower()]
    if made < SMALLEST:
        raise ValueError(f"{text!r} is too little: {SMALLEST >> 20}MiB is the least")
    return made


def set_memory(text: str) -> None:
    """Set the bound for this process and those that it starts.

    Raises:
        ValueError: The text is no size.
    """
    os.environ[VARIABLE] = str(size(text))


def shown(count: int) -> str:
    """Return a number of bytes in words.

    >>> shown(3 << 30), shown(5 << 20), shown(2000)
    ('3.0 GiB', '5 MiB', '2 KiB')
    """
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GiB"
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{-(-count // 1024)} KiB"


def refuse_special(path: str | Path) -> None:
    """Refuse what opening or reading may wait for without end, or change.

    Args:
        path: A path; one of a descriptor that is open already (``/dev/fd/63``) is taken.

    Raises:
        OSError: It is a pipe, a socket or a device, or cannot be looked at.
    """
    mode = Path(path).stat().st_mode
    is_stream = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
    is_ours = is_stream and str(path).startswith(_DESCRIPTORS)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_ours):
        kind = next((word for test, word in SPECIAL if test(mode)), "no file")
        raise OSError(errno.EINVAL, f"{kind}, which is never opened")


def small_file(path: str | Path, most: int) -> bytes:
    """Return the content of a file that is small by its nature: a config, a pack, a baseline.

    Args:
        path: The file.
        most: Bytes that it may have.

    Raises:
        OSError: It cannot be read, is no file, or has more.
    """
    refuse_special(path)
    with Path(path).open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most >> 20} MiB")
    return data
