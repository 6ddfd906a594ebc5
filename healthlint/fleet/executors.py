"""Where logs are judged: here, in processes, or by any executor of ``concurrent.futures``.

An executor is named: ``serial``, ``pool``, ``ray``, ``dask``, or ``module:factory`` for a function
that returns one. Ray and Dask judge where the logs are: the paths must be the same there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

NAMES = ("serial", "pool", "ray", "dask")


class ExecutorError(ValueError):
    """No executor is to be had by a name; the message is for the user."""


class Serial(Executor):
    """Calls at once, in this very thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Return the finished call."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class Ray(Executor):
    """Tasks of Ray, on the cluster that ``RAY_ADDRESS`` names, else on one of this machine.

    Args:
        jobs: Processors of a cluster that is started here; 0 for all.
    """

    def __init__(self, jobs: int) -> None:
        ray = _package("ray", "ray")
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            here = not os.environ.get("RAY_ADDRESS")
            ray.init(
                num_cpus=(jobs or None) if here else None,
                include_dashboard=False if here else None,
                log_to_driver=False,
                logging_level="error",
                runtime_env={"py_modules": [str(Path(__file__).parent.parent)]},
            )
        self._ray = ray

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Return a task; one whose worker dies is tried again elsewhere."""
        task = self._ray.remote(max_retries=2)(fn)
        made: Future[Any] = task.remote(*args, **named).future()
        return made

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the cluster if it was started here."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        if self._is_ours:
            self._ray.shutdown()


class Dask(Executor):
    """Tasks of Dask, by the scheduler at ``DASK_SCHEDULER_ADDRESS``, else on this machine.

    Args:
        jobs: Processes of a cluster that is started here; 0 for as many as there are processors.
    """

    def __init__(self, jobs: int) -> None:
        distributed = _package("distributed", "dask")
        address = os.environ.get("DASK_SCHEDULER_ADDRESS")
        if address:
            self._client = distributed.Client(address)
            plugin = import_module("distributed.diagnostics.plugin")
            self._client.register_plugin(plugin.UploadDirectory(str(Path(__file__).parent.parent)))
        else:
            self._client = distributed.Client(
                n_workers=jobs or processors(),
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=40,
            )
        self._pool: Executor = self._client.get_executor(pure=False, retries=2)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Return a task; one whose worker dies is tried again elsewhere."""
        return self._pool.submit(fn, *args, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; one that was started here ends."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._client.close()


def executor(name: str, jobs: int) -> Executor:
    """Return an executor by its name.

    Args:
        name: One of ``NAMES``, or ``module:factory``.
        jobs: How many logs are judged at a time; 0 for as many as there are processors.

    Raises:
        ExecutorError: There is none.
    """
    if name == "serial":
        return Serial()
    if name == "pool":
        return ProcessPoolExecutor(jobs or processors(), initializer=_quiet)
    if name == "ray":
        return Ray(jobs)
    return Dask(jobs) if name == "dask" else _factory(name)


def processors() -> int:
    """Return how many processors this process may use."""
    with suppress(AttributeError):  # only Linux can tell
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def kill(pool: Executor) -> None:
    """End the processes of a pool, so that one that hangs keeps nobody waiting."""
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        with suppress(OSError, ValueError):
            process.kill()


def _quiet() -> None:
    """Leave Ctrl-C to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _package(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        install = f"pip install 'healthlint[{extra}]'"
        said = f"--executor {extra} needs {module}, which is missing; {install}"
        raise ExecutorError(said) from error


def _factory(name: str) -> Executor:
    module, colon, function = name.partition(":")
    if not colon:
        listed = ", ".join(NAMES)
        raise ExecutorError(f"no executor {name!r}; one of {listed}, or module:factory")
    try:
        made = getattr(import_module(module), function)()
    except (ImportError, AttributeError) as error:
        raise ExecutorError(f"--executor {name}: {error}") from error
    if not hasattr(made, "submit"):
        raise ExecutorError(f"--executor {name} returns no executor: it has no `submit`")
    executor: Executor = made
    return executor
