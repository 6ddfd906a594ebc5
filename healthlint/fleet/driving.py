"""All logs of a fleet to rows: from the cache, or by an executor that may break.

One log that hangs, kills its process or cannot be read costs that log alone, and is named.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from math import inf

from healthlint.fleet.cache import Cache, stamp_of
from healthlint.fleet.executors import executor, kill, processors
from healthlint.fleet.judging import judge_log, took_too_long, unread
from healthlint.fleet.plan import Plan
from healthlint.fleet.row import Row, dumps, loads

GRACE_SECONDS = 10.0
"""Beyond what one log may take, until whoever waits for it gives up."""
TRIES = 2
"""Times that a log is tried alone, whose process died."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Engine:
    """Where logs are judged.

    Attributes:
        name: Name of the executor.
        jobs: How many logs are judged at a time; 0 for as many as there are processors.
    """

    name: str = "serial"
    jobs: int = 0

    @property
    def width(self) -> int:
        """Return how many logs are given to the executor at a time."""
        return 1 if self.name == "serial" else 2 * (self.jobs or processors())


def rows_of(
    logs: Sequence[str], plan: Plan, engine: Engine, cache: Cache, tell: Tell = lambda *_: None
) -> Iterator[Row]:
    """Yield the rows of logs, in their order, whoever judges them.

    Args:
        logs: Paths of single logs.
        plan: How to judge.
        engine: Where.
        cache: Rows that are known.
        tell: Told after each log how many are done, and of how many.

    Raises:
        ExecutorError: There is no such executor.
    """
    made: dict[int, list[bytes]] = {}
    stamps: dict[int, str] = {}
    for number, log in enumerate(logs):
        stamp = stamp_of(log)
        found = None if plan.series else cache.get(log, stamp)
        if found is None:
            stamps[number] = stamp
        else:
            made[number] = found
    tell(len(made), len(logs))
    for number, lines in _Work(logs, plan, engine, cache, stamps).results():
        made[number] = lines
        tell(len(made), len(logs))
    for number, log in enumerate(logs):
        for line in made.pop(number):
            yield replace(loads(line), path=log)


@dataclass
class _Work:
    """The logs that nobody has judged yet."""

    logs: Sequence[str]
    plan: Plan
    engine: Engine
    cache: Cache
    stamps: dict[int, str]

    def results(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the rows of logs by their numbers, as they come."""
        queue = deque(self.stamps)
        while queue:
            for number in (yield from self._through(queue, self.engine.width)):
                yield from self._alone(number)

    def _alone(self, number: int) -> Iterator[tuple[int, list[bytes]]]:
        """Yield the rows of a log that was judged when a process died, or that it is the one."""
        for _ in range(TRIES):
            if not (yield from self._through(deque([number]), 1)):
                return
        yield self._unread(number, "the process that judged it died, twice (out of memory?)")

    def _through(
        self, queue: deque[int], width: int
    ) -> Generator[tuple[int, list[bytes]], None, list[int]]:
        """Yield rows by number from one executor, until the queue is empty or the executor breaks.

        Return the numbers that were running when a process died. Those that ran beside one that
        hangs go back to the queue.
        """
        pool = executor(self.engine.name, self.engine.jobs if width > 1 else 1)
        # a task before it in the same process may have taken as long
        most = 2 * self.plan.seconds + GRACE_SECONDS if self.plan.seconds else inf
        running: dict[Future[list[bytes]], tuple[int, float]] = {}
        try:
            while queue or running:
                while queue and len(running) < width:
                    number = queue.popleft()
                    running[self._submit(pool, number)] = (number, time.monotonic() + most)
                done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda one: running[one][0]):
                    if isinstance(future.exception(), BrokenExecutor):
                        return sorted(number for number, _ in running.values())
                    number, _ = running.pop(future)
                    yield self._kept(number, future)
                now = time.monotonic()
                late = [future for future, (_, until) in running.items() if until < now]
                if late:
                    hanging = [running.pop(future)[0] for future in late]
                    queue.extendleft(sorted((n for n, _ in running.values()), reverse=True))
                    kill(pool)
                    why = took_too_long(self.plan.seconds)
                    yield from (self._unread(number, why) for number in hanging)
                    return []
            return []
        finally:
            for future in running:  # not every executor can cancel them by itself
                future.cancel()
            pool.shutdown(wait=not running)
            if running:  # broken, hanging, or nobody wants the rest
                kill(pool)

    def _submit(self, pool: Executor, number: int) -> Future[list[bytes]]:
        try:
            return pool.submit(judge_log, self.plan, self.logs[number])
        except BrokenExecutor as error:  # it died while nobody looked
            broken: Future[list[bytes]] = Future()
            broken.set_exception(error)
            return broken

    def _kept(self, number: int, future: Future[list[bytes]]) -> tuple[int, list[bytes]]:
        error = future.exception()
        if error is not None:  # of the executor: the task itself raises nothing
            why = f"its worker failed: {type(error).__name__}: {error}".partition("\n")[0][:200]
            return self._unread(number, why)
        lines = future.result()
        if not any(loads(line).state == "unreadable" for line in lines):  # may be mended outside it
            self.cache.put(self.logs[number], self.stamps[number], lines)
        return number, lines

    def _unread(self, number: int, why: str) -> tuple[int, list[bytes]]:
        return number, [dumps(unread(self.logs[number], why))]
