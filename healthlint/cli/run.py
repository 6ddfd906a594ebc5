"""Start a training, watch it, and record how it ended.

What the training prints goes on to the terminal and into a file, which is watched where no log is
named. Its exit code, its last words and its memory are kept in a JSON file beside that.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from healthlint.cli._parser import Namespace, Parser, UsageError, option, repeated, wrong_use
from healthlint.cli._settings import configure_failing, read_settings
from healthlint.cli._streams import complain, save, stdout_style
from healthlint.cli._watch_text import Screen
from healthlint.cli.watch import configure_watching, watch
from healthlint.config.model import Duration
from healthlint.report.outcome import BROKEN
from healthlint.watching.course import spoken
from healthlint.watching.events import Event

_PROGRAM = "healthlint run"
EXAMPLES = """\
examples:
  healthlint run -- python train.py
  healthlint run --log runs/ru/logs.jsonl --stop core/non-finite -- torchrun train.py
"""
_LAST_LINES = 20
_KILLED = {9: "killed; out of memory, or a limit of the cluster", 15: "asked to end"}


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint run``."""
    parser.usage = "%(prog)s [options] -- COMMAND ..."
    add = parser.add_argument
    add("command", nargs="+", metavar="COMMAND", help="the training, with its arguments")
    text = "log, folder or pattern to watch (default: what the training prints)"
    repeated(add, "--log", "LOG", text, default=[])
    add("--console", default="console.log", metavar="PATH", help="(default: %(default)s)")
    text = "after a stop was asked for, how long until SIGTERM (default: %(default)s)"
    option(add, "--grace", "TIME", text, default="1min")
    configure_watching(parser)
    configure_failing(parser)


def run(args: Namespace) -> int:
    """Run the command, watch it, and return its exit code, or that of the watch where it is 0."""
    settings = read_settings(args)
    with wrong_use(ValueError, of="--grace: "):
        grace = float(Duration.parse(args.grace))
    training = _Training(args.command, Path(args.console), grace)
    style = stdout_style(args.color)
    screen = Screen(lambda text: complain(text.rstrip("\n")), style, is_live=False)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the training too
    try:
        code = watch(
            args,
            settings,
            args.log or [args.console],
            screen,
            also=[training],
            is_wanted=training.goes_on,
            death=training.death,
        )
    finally:
        signal.signal(signal.SIGINT, before)
        training.end()
    training.record()
    return training.code or code


class _Training:
    """A command that runs, and what it printed last; as a sink it hears that it is to stop."""

    is_lasting = False

    def __init__(self, command: list[str], console: Path, grace: float) -> None:
        self.name = "training"
        self._command = command
        self._console = console
        self._grace = grace
        self._end_at = float("inf")
        self._begun = time.time()
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            console.parent.mkdir(parents=True, exist_ok=True)
            self._out = console.open("wb", buffering=0)
            self._process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        self._reader = threading.Thread(target=self._copy, daemon=True)
        self._reader.start()

    def _copy(self) -> None:
        """Hand on what it prints, and keep it."""
        assert self._process.stdout is not None
        begun = b""
        while block := os.read(self._process.stdout.fileno(), 1 << 16):
            self._out.write(block)
            if sys.stdout is not None:
                sys.stdout.buffer.write(block)
                sys.stdout.buffer.flush()
            *lines, begun = (begun + block).replace(b"\r", b"\n").split(b"\n")
            self._last.extend(line.decode(errors="replace") for line in lines if line.strip())
        self._last.extend([begun.decode(errors="replace")] if begun.strip() else [])

    def send(self, event: Event) -> str:
        """Note that a stop was asked for."""
        if event.event == "stop":
            self._end_at = time.time() + self._grace
        return ""

    def goes_on(self) -> bool:
        """Return whether it runs; end it where it did not stop by itself in time."""
        if time.time() >= self._end_at and self._process.poll() is None:
            complain(f"{_PROGRAM}: it did not stop by itself; sending SIGTERM")
            self._process.terminate()
            self._end_at = time.time() + self._grace
        return self._process.poll() is None

    @property
    def code(self) -> int:
        """Its exit code, 128 and the signal where one ended it."""
        code = self._process.returncode
        return BROKEN if code is None else 128 - code if code < 0 else code

    def death(self) -> str:
        """Return what it died of, empty where it ended well."""
        self._reader.join(timeout=5)
        code = self._process.returncode
        if not code:
            return ""
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        how += f" ({_KILLED[-code]})" if -code in _KILLED else ""
        return f"{how}: {self._last[-1]}" if self._last else how

    def end(self) -> None:
        """Let it end, as the watch does."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._reader.join(timeout=5)
        self._out.close()

    def record(self) -> None:
        """Write how it ended, and say so."""
        seconds, peak = time.time() - self._begun, _peak_memory()
        said = {
            "command": self._command,
            "exit_code": self.code,
            "seconds": round(seconds, 1),
            "peak_memory_bytes": peak,
            "last_words": list(self._last),
        }
        path = self._console.with_suffix(".exit.json")
        save(json.dumps(said, indent=2, ensure_ascii=False) + "\n", str(path))
        memory = f", {peak / 1e6:,.0f} MB" if peak else ""
        complain(f"{_PROGRAM}: exit code {self.code} after {spoken(seconds)}{memory} ({path})")


def _peak_memory() -> int:
    """Return the most memory that one of its processes took, in bytes; 0 where nobody can tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
