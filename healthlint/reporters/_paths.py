"""Paths as machines on another computer can use them: never absolute."""

from __future__ import annotations

from pathlib import PurePath


def relative(path: str, root: str) -> str:
    """Return a path that is not absolute: below the root, else by its folder and name alone.

    >>> relative("/data/runs/a/logs.jsonl", "/data"), relative("/srv/x/logs.jsonl", "/data")
    ('runs/a/logs.jsonl', 'x/logs.jsonl')
    """
    whole = PurePath(path)
    if not path or not whole.is_absolute():
        return path
    if root and whole.is_relative_to(root):
        return whole.relative_to(root).as_posix()
    return PurePath(*whole.parts[1:][-2:]).as_posix()
