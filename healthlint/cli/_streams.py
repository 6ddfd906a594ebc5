"""Where text goes: standard streams that may be closed, files that are never half written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from healthlint.cli._parser import UsageError
from healthlint.terminal.style import Style
from healthlint.terminal.text import visible

_WIDTH, _NARROWEST, _WIDEST = 100, 40, 140


def write(text: str) -> None:
    """Write to standard output; a reader that has gone away is no error.

    Raises:
        UsageError: Where the stream takes no more (a full disk).
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _hush(sys.stdout)
    except OSError as error:
        _hush(sys.stdout)
        message = f"cannot write to standard output: {error.strerror}"
        raise UsageError(message, "healthlint") from error


def say(text: str) -> None:
    """Write lines to standard output, with everything that steers a terminal made visible."""
    write(harmless(text))


def harmless(text: str) -> str:
    """Return lines with everything that steers a terminal made visible."""
    return "\n".join(visible(line) for line in text.split("\n"))


def complain(text: str) -> None:
    """Write lines to standard error, with everything that steers a terminal made visible."""
    if sys.stderr is None:
        return
    try:
        for line in text.split("\n"):
            print(visible(line), file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        _hush(sys.stderr)


def progress() -> Callable[[str], None] | None:
    """Return what shows a line over the one before it on standard error, None for no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line.encode('ascii', 'replace').decode()}")
        sys.stderr.flush()

    return show


def finish(code: int) -> int:
    """Return the exit code once everything written has left, or nobody is there to read it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            _hush(stream)
    return code


def _hush(stream: TextIO) -> None:
    """Let the stream lead nowhere, so that the interpreter's own last flush stays quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def save(content: str | bytes, path: str) -> None:
    """Write a file whole or not at all; a device or pipe is written as it is.

    Raises:
        UsageError: Where it cannot be written.
    """
    target = Path(path)
    data = content.encode() if isinstance(content, str) else content
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            _replace(data, target.resolve())  # a link stays a link
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", "healthlint") from error


def make_home(path: str | Path) -> None:
    """Make the folder of a file.

    Raises:
        UsageError: Where it cannot be made.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def put(text: str, path: str) -> None:
    """Write a file, or to standard output for ``-``."""
    if path == "-":
        write(text)
    else:
        save(text, path)


def _replace(data: bytes, target: Path) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).chmod(_mode(target))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """Return the permissions of the file that is replaced, else those of any new file."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def stdout_style(color: str = "auto") -> Style:
    """Return the style of standard output.

    NO_COLOR, FORCE_COLOR, CLICOLOR and COLUMNS of the environment are respected.

    Args:
        color: ``auto``, ``always`` or ``never``.
    """
    stream = sys.stdout
    if stream is None:
        return Style()
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    is_terminal = stream.isatty()
    return Style(
        color=color == "always" or (color == "auto" and _wants_color(is_terminal)),
        width=_width(is_terminal),
        unicode=_shows_unicode(stream.encoding),
        root=str(Path.cwd()),
    )


def file_style() -> Style:
    """Return the style of a file."""
    return Style(width=_WIDTH, root=str(Path.cwd()))


def _wants_color(is_terminal: bool) -> bool:
    """Return whether colours are wanted (no-color.org, force-color.org, CLICOLOR)."""
    if os.environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if os.environ.get(name, "") not in ("", "0"):
            return True
    if os.environ.get("CLICOLOR") == "0" or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal


def _width(is_terminal: bool) -> int:
    width = _WIDTH
    if os.environ.get("COLUMNS", "").isdecimal():
        width = int(os.environ["COLUMNS"])
    elif is_terminal:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    return min(max(width, _NARROWEST), _WIDEST)


def _shows_unicode(encoding: str | None) -> bool:
    try:
        "▁█·…".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
