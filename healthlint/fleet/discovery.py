"""Which logs a fleet has, and what lies among them that nobody looks into."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import PurePath

from healthlint.files.limits import SPECIAL
from healthlint.readers import find_logs
from healthlint.readers.paths import DEEPEST, SUFFIXES, shown

TWINS = {"result.json": ("progress.csv",)}
"""Second accounts of a run beside its log: Ray Tune writes both of each trial."""


def find(paths: Iterable[str]) -> list[str]:
    """Return the logs of files, folders, patterns and URLs; as short as they can be said."""
    found = dict.fromkeys(map(shown, find_logs(paths)))
    logs = map(PurePath, found)
    twins = {str(log.with_name(twin)) for log in logs for twin in TWINS.get(log.name, ())}
    return [log for log in found if log not in twins]


def passed_over(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return what lies in folders and is not followed or opened, with the reason."""
    found = (one for path in paths if os.path.isdir(path) for one in _in(path, 0))  # noqa: PTH112
    return [(shown(path), why) for path, why in found]


def _in(folder: str, depth: int) -> Iterator[tuple[str, str]]:
    inner = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if why := _why(entry):
                yield entry.path, why
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                inner.append(entry.path)
    if inner and depth >= DEEPEST:
        yield folder, f"folders below it are more than {DEEPEST} levels deep"
        return
    for path in inner:
        yield from _in(path, depth + 1)


def _why(entry: os.DirEntry[str]) -> str:
    """Return why something in a folder is passed over, empty where it is not."""
    if entry.is_symlink():
        is_folder = os.path.isdir(entry.path)  # noqa: PTH112 - False for a loop
        return "a link to a folder, which is not followed" if is_folder else ""
    if entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False):
        return ""
    mode = entry.stat(follow_symlinks=False).st_mode
    kind = next((word for test, word in SPECIAL if test(mode)), "no file")
    return f"{kind}, which is never opened" if entry.name.endswith(SUFFIXES) else ""
