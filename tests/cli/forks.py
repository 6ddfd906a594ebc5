"""Runs commands in forks of one process that has imported healthlint: a start costs no imports.

Each fork is as new as a process of its own: nothing but imports happened before it. Only where the
environment decides how Python itself starts is a process needed.
"""

from __future__ import annotations

import atexit
import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_HEAVY = ("trainer", "probing", "emit", "__main__")
"""Rooms whose imports are not light, or belong to a start."""


class Forks:
    """One process in a clean environment, and what its forks said.

    Args:
        env: The whole environment of every command.
        folder: Where the streams of a command are kept while it runs.
    """

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self._env = dict(env)
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self._env,
        )

    def run(
        self,
        args: list[str],
        cwd: Path,
        stdin: str,
        env: Mapping[str, str],
        timeout: int,
        site: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Return how ``healthlint *args`` ended, and what it wrote.

        A command that takes longer than ``timeout`` seconds ends by SIGALRM (exit code -14).
        ``site`` is a folder of further packages.
        """
        given, out, err = (str(self._folder / name) for name in ("in", "out", "err"))
        Path(given).write_text(stdin, encoding="utf-8")
        request = {
            "args": args,
            "cwd": str(cwd),
            "env": {**self._env, **env},
            "streams": (given, out, err),
            "timeout": timeout,
            "site": site,
        }
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        written = [Path(path).read_text(encoding="utf-8") for path in (out, err)]
        return subprocess.CompletedProcess(args, code, *written)

    def close(self) -> None:
        """End the process."""
        self._server.terminate()
        self._server.communicate()


def _load(package: str) -> None:
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        if module.name.rpartition(".")[2] not in _HEAVY:
            # A command may need an extra; it says so itself when it is run.
            with suppress(ImportError):
                import_module(module.name)
                if module.ispkg:
                    _load(module.name)


def _run(request: Mapping[str, Any]) -> None:
    """Become the command, in a fork; never returns."""
    code = 1
    try:
        signal.alarm(request["timeout"])
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        for number, (path, flags) in enumerate(
            zip(request["streams"], (os.O_RDONLY, _WRITE, _WRITE), strict=True)
        ):
            os.dup2(os.open(path, flags), number)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
            for number, mode, errors in (
                (0, "r", "surrogateescape"),
                (1, "w", "surrogateescape"),
                (2, "w", "backslashreplace"),
            )
        )
        sys.argv = ["healthlint", *request["args"]]
        sys.path[:0] = filter(None, [request["site"]])
        from healthlint.__main__ import main

        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _serve() -> None:
    _load("healthlint")
    for line in sys.stdin:
        fork = os.fork()
        if not fork:
            _run(json.loads(line))
        _, status = os.waitpid(fork, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
