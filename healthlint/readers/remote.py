"""Logs at URLs (``s3://``, ``gs://``, ``https://``, ...): copied by fsspec to a folder of ours.

Nothing is fetched unless a URL was named. Of a folder only files that may be logs are fetched:
checkpoints, audio and pictures are left where they are. ``file://`` needs no package.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

LARGEST = 1 << 30
"""Bytes of the largest file that is fetched."""
MOST_FILES = 10_000
"""Files of one folder that are fetched."""
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]{1,31}://")
_NO_LOGS = re.compile(
    r"\.(pt|pth|ckpt|bin|safetensors|onnx|h5|keras|pkl|pickle|npy|npz|wav|flac|mp3|ogg|png|jpe?g"
    r"|gif|svg|pdf|html|mp4|zip|tar|tgz|whl|py|ipynb|model|index|profile-empty)$",
    re.IGNORECASE,
)
_copies: dict[str, Path] = {}


class RemoteError(Exception):
    """A URL cannot be fetched.

    Attributes:
        hint: What to do about it, None where nothing is known.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def is_url(path: str) -> bool:
    r"""Return whether a path is a URL; a drive letter is none.

    >>> is_url("s3://bucket/run"), is_url("C:\\runs"), is_url("runs/a.jsonl")
    (True, False, False)
    """
    return _URL.match(path) is not None


def shown(url: str) -> str:
    """Return a URL without what may be secret: a password, a signature in its query.

    >>> shown("https://me:key@host/run.jsonl?X-Signature=abc")
    'https://host/run.jsonl'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def below(url: str, inner: str) -> str:
    """Return the URL of what lies at a relative path in the folder at a URL."""
    return f"{url.rstrip('/')}/{inner}" if inner not in ("", ".") else url


def matches(url: str) -> list[str]:
    """Return the URLs that one with ``*`` in it matches, in order; any other URL, as it is."""
    if "*" not in url or urlsplit(url).scheme.lower() == "file":
        return [url]
    with suppress(Exception):  # fetching it says what is wrong
        from fsspec.core import url_to_fs

        files, pattern = url_to_fs(url)
        return [files.unstrip_protocol(path) for path in sorted(files.glob(pattern))] or [url]
    return [url]


def fetched(url: str) -> Path:
    """Return a local copy of the file or folder at a URL; each is fetched once.

    Raises:
        RemoteError: It cannot be fetched: no package for it, no such file, no access.
    """
    for known, copy in _copies.items():
        if url == known or url.startswith(known.rstrip("/") + "/"):
            return copy / url[len(known) :].lstrip("/")
    parts = urlsplit(url)
    if parts.scheme.lower() == "file":
        return Path(unquote(parts.path))
    try:
        copy = _copied(url)
    except RemoteError:
        raise
    except FileNotFoundError as error:
        raise RemoteError("no such file or folder") from error
    except Exception as error:  # each kind of storage has errors of its own, or lacks its package
        raise RemoteError(f"cannot be fetched: {_first_line(error)}") from error
    _copies[url] = copy
    return copy


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def _copied(url: str) -> Path:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        hint = "pip install 'healthlint[remote]'"
        raise RemoteError("a URL is read by the package fsspec, which is missing", hint) from error
    from tempfile import mkdtemp

    files, root = url_to_fs(url)
    target = Path(mkdtemp(dir=_store()))
    if files.isdir(root):
        for name, size in _listed(files, root):
            _copy(files, f"{root.rstrip('/')}/{name}", target / name, size)
        return target
    name = PurePosixPath(urlsplit(url).path).name or "log"
    _copy(files, root, target / name, files.size(root))
    return target / name


def _listed(files: Any, root: str) -> Iterator[tuple[str, int]]:
    """Yield path and size of each file of a folder that may be a log."""
    start = files._strip_protocol(root).rstrip("/") + "/"
    count = 0
    for path, facts in sorted(files.find(root, maxdepth=6, detail=True).items()):
        name = path.removeprefix(start)
        is_inside = name != path and ".." not in PurePosixPath(name).parts
        size = facts.get("size") or 0
        if not is_inside or _NO_LOGS.search(name) or size > LARGEST:
            continue
        count += 1
        if count > MOST_FILES:
            raise RemoteError(f"more than {MOST_FILES:,} files in this folder; name one of it")
        yield name, size


def _copy(files: Any, path: str, target: Path, size: int | None) -> None:
    if size is not None and size > LARGEST:
        raise RemoteError(f"{size / 1e9:.1f} GB, which is more than {LARGEST / 1e9:.1f}")
    target.parent.mkdir(parents=True, exist_ok=True)
    files.get_file(path, str(target))


@cache
def _store() -> str:
    """Return the folder of the copies, which is removed when the program ends."""
    from tempfile import TemporaryDirectory

    folder = TemporaryDirectory(prefix="healthlint-")
    atexit.register(folder.cleanup)
    return folder.name
