"""What the machine is and holds: facts for a header, memory for records.

torch is found among the modules already loaded, never imported.
"""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from pathlib import Path

_FALLBACK = "PYTORCH_ENABLE_MPS_FALLBACK"
_STATM = Path("/proc/self/statm")
_MIB = 1 << 20


def facts() -> dict[str, object]:
    """Return the versions of Python, torch and macOS, and whether operations may fall back."""
    known: dict[str, object] = {"python": platform.python_version()}
    torch = sys.modules.get("torch")
    if torch is not None:
        known["torch"] = str(torch.__version__)
    if version := platform.mac_ver()[0]:
        known["macos"] = version
    if fallback := os.environ.get(_FALLBACK):
        known["mps_fallback"] = fallback
    return known


def memory() -> dict[str, float]:
    """Return the MiB that the process holds, and the driver of Apple's GPU where there is one.

    Where the system tells no present size of the process, it is the largest so far: a leak shows
    in both.
    """
    numbers = _process()
    mps = getattr(sys.modules.get("torch"), "mps", None)
    if platform.system() == "Darwin" and mps is not None:
        with suppress(Exception):  # no such device, or a torch without it: then it holds nothing
            numbers["driver_allocated_memory"] = mps.driver_allocated_memory() / _MIB
    return numbers


def _process() -> dict[str, float]:
    with suppress(OSError, ValueError, IndexError):
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
        return {"rss": pages * os.sysconf("SC_PAGE_SIZE") / _MIB}
    try:
        import resource
    except ImportError:  # Windows
        return {}
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rss": most / (_MIB if platform.system() == "Darwin" else 1024)}
