"""Paths and addresses as machines on another computer can use them."""

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


def is_web(url: str) -> bool:
    """Return whether an address leads to the web, and runs nothing where it is followed.

    >>> is_web("https://example.org"), is_web("docs/rules.md"), is_web("javascript:alert(1)")
    (True, False, False)
    """
    return url.startswith(("https://", "http://"))
