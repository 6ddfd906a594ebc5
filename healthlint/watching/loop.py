"""Many logs, looked at in turn at a bounded share of a core; whoever is to be told is told."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from glob import has_magic

from healthlint.readers import find_logs
from healthlint.readers.remote import is_url
from healthlint.watching.sinks import Background, Sink
from healthlint.watching.watched import Plan, Watched

KEPT_BACK = 0.08
"""Part of the share of a core that is not planned with: a look out of turn comes on top of it."""
FIND_EVERY = 10.0
"""Seconds between two searches for new logs, at least."""
FIND_SHARE = 5.0
"""Part of the share of a core, as its inverse, that searching may take."""
LAST_WAIT = 10.0
"""Seconds that what is on its way may take at the end."""


@dataclass(frozen=True)
class Clock:
    """The clock of the machine; tests have one that only waiting moves.

    Attributes:
        wake: Set whenever something has arrived.
    """

    wake: threading.Event

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def cpu(self) -> float:
        """Return the seconds of a core that this process has used."""
        return time.process_time()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until something has arrived."""
        self.wake.wait(seconds)
        self.wake.clear()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often logs are looked at.

    Attributes:
        every: Seconds between two looks at one log, at least.
        duty: Share of a core that one log may take.
        most: Share of a core that all of them may take.
    """

    every: float = 5.0
    duty: float = 0.02
    most: float = 0.1

    def share(self, logs: int) -> float:
        """Return the share of a core that so many logs may take together.

        >>> Pace().share(1), Pace().share(100)
        (0.02, 0.1)
        """
        return min(self.most, self.duty * logs) if self.duty < self.most else self.duty


def _is_unmatched(path: str) -> bool:
    """Return whether a path is a pattern that no file matches yet."""
    return has_magic(path) and not is_url(path) and not os.path.lexists(path)


@dataclass
class Loop:
    """A watch over logs.

    Args:
        paths: Files, folders and patterns; what they come to mean later is watched too.
        plan: How logs are judged.
        sinks: Those who are told at once.
        slow: Those who are told in the background.
        clock: Time.
        pace: How often logs are looked at.
        after: Called after each round.
        joined: Called with each log that is new, before the first look at it.
        names: What logs are called that are not called by their paths.
    """

    paths: Sequence[str]
    plan: Plan
    sinks: Sequence[Sink] = ()
    slow: Sequence[Background] = ()
    _: KW_ONLY
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    after: Callable[[], object] = lambda: None
    joined: Callable[[Watched], object] = lambda _: None
    names: Mapping[str, str] = field(default_factory=dict)
    logs: dict[str, Watched] = field(default_factory=dict, init=False)
    trouble: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Note who is told, and that nothing has been looked at."""
        every: tuple[Sink | Background, ...] = (*self.sinks, *self.slow)
        self._told = frozenset(sink.name for sink in every)
        self._lasting = frozenset(sink.name for sink in every if sink.is_lasting)
        self._due: dict[str, float] = {}
        self._peek_at: dict[str, float] = {}
        self._has_borrowed = False
        self._free_at = self._find_at = self._used = 0.0

    def once(self, death: str = "") -> None:
        """Look at each log for the last time, and tell.

        Args:
            death: What the training is known to have died of, empty where it is not.
        """
        self._find()
        for log in self.logs.values():
            log.look(self.clock.now(), is_last=True, death=death)
            self._tell(log)
        self._last_words()

    def run(
        self, is_wanted: Callable[[], bool] | None = None, death: Callable[[], str] = str
    ) -> None:
        """Watch until every run is over, or as long as somebody wants to.

        Args:
            is_wanted: Whether to go on; None for as long as a run is not over.
            death: Returns at the end what the training is known to have died of.
        """
        while True:
            self.round()
            if not (is_wanted() if is_wanted else self._goes_on()):
                break
            self.clock.wait(self._rest())
        self.once(death())

    def _goes_on(self) -> bool:
        return not self.logs or not all(log.is_over for log in self.logs.values())

    def round(self) -> None:
        """Look at the logs whose turn it is, as many as the share of a core allows."""
        if self.clock.now() >= self._find_at:
            self._find()
        for path in sorted(self._due, key=lambda path: self._due[path]):
            now = self.clock.now()
            if self._due[path] > now or (self._free_at > now and not self._is_urgent(path, now)):
                continue
            self._look(self.logs[path], now)
        for log in self.logs.values():
            self._tell(log)
        self.after()

    def _is_urgent(self, path: str, now: float) -> bool:
        """Return whether a log is to be looked at though the share of a core is used up.

        That share is lent once until it has been paid back.
        """
        if self._has_borrowed or self._peek_at.get(path, 0.0) > now:
            return False
        before = self.clock.cpu()
        self._has_borrowed = self.logs[path].is_urgent()
        used = self.clock.cpu() - before
        self._peek_at[path] = now + max(self.pace.every, 2 * used / self.pace.duty)
        return self._has_borrowed

    def _find(self) -> None:
        """Take in the logs that the paths mean by now."""
        before = self.clock.cpu()
        found = [path for path in find_logs(self.paths) if not _is_unmatched(path)]
        for path in set(self.logs).difference(found):
            if not self.logs[path].has_run:  # a folder that holds logs by now
                del self.logs[path], self._due[path]
        for path in found:
            if path not in self.logs:
                name = self.names.get(path, path)
                self.logs[path] = Watched(path, self.plan, self._told, self._lasting, name)
                self._due[path] = 0.0
                self.joined(self.logs[path])
        used = self.clock.cpu() - before
        self._find_at = self.clock.now() + max(FIND_EVERY, FIND_SHARE * used / self.pace.duty)

    def _look(self, log: Watched, now: float) -> None:
        self._has_borrowed &= self._free_at > now
        is_first = self._due[log.path] == 0.0
        log.look(now)
        before, self._used = self._used, self.clock.cpu()  # what lies between two looks counts too
        used = self._used - before
        self._due[log.path] = now + self.pace.every
        if not is_first:  # at the beginning somebody is waiting
            share = (1 - KEPT_BACK) * self.pace.share(len(self.logs))
            self._free_at = max(now, self._free_at) + used / share

    def _rest(self) -> float:
        """Return how long nothing is to be done."""
        now = self.clock.now()
        due = max(min(self._due.values(), default=now + 1.0), self._free_at)
        return min(max(due - now, 0.05), 1.0)

    def _tell(self, log: Watched) -> None:
        """Tell everybody what they are still to be told of a log."""
        for sink in self.sinks:
            got = []
            for event in log.owed(sink.name):
                self.trouble[sink.name] = sink.send(event)
                if self.trouble[sink.name]:
                    break
                got.append(event.id)
            log.arrived(got, sink.name)
        for slow in self.slow:
            for event in log.owed(slow.name):
                slow.offer(event)
        self._note()

    def _note(self) -> None:
        """Note what has arrived in the background, and what could not."""
        for slow in self.slow:
            self.trouble[slow.name] = slow.trouble
            got = slow.arrived()
            for log in self.logs.values() if got else ():
                log.arrived(got, slow.name)

    def _last_words(self) -> None:
        """Wait a moment for what is on its way; what does not arrive is sent by the next watch."""
        until = self.clock.now() + LAST_WAIT
        while self._owed() and self.clock.now() < until:
            self.clock.wait(0.2)
            self._note()
        for slow in self.slow:
            slow.close()
        self.after()

    def _owed(self) -> bool:
        return any(log.owed(slow.name) for log in self.logs.values() for slow in self.slow)

    def unsent(self) -> Iterable[str]:
        """Yield what is wrong with those who could not be told."""
        return (f"{name}: {trouble}" for name, trouble in self.trouble.items() if trouble)
