"""The log of a run, written as it trains: one strict JSON object a line."""

import atexit
import os
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from healthlint.emit import device, tail
from healthlint.emit.appendfile import AppendFile
from healthlint.emit.encoding import Scalar, encode, plain
from healthlint.emit.record import event_record, header, metrics_entry, named_values, whole_step
from healthlint.emit.stop import Stop, read_stop, stop_file

MOST_WAITING = 1000
"""Records that wait for a disk that takes none; of more, the oldest are given up and counted."""
LONGEST_WAIT = 30.0
"""Seconds after which the next record takes along all that wait for their device scalars, so
that a log with few records an hour is not blind for hours."""


class RunLogger:
    """Append a run's metrics, events and facts to a JSONL file.

    Every line is one write to a file open for appending, so a process killed at any moment has
    lost nothing that :meth:`log` returned for, and left at most one torn line. Scalars that live
    on a device wait there, at most ``hold`` records of them (and what was logged behind them:
    lines keep the order of the calls), and are copied together; only those a kill can take.

    As a context manager it writes how the run ended: ``ok``, ``error``, or ``interrupted`` for
    Ctrl-C. Calls from several threads are safe. A forked child must open a log of its own.

    Where the log is deleted or renamed meanwhile, it goes on in a new file at its path, with a
    header of its own and a warning. Where a disk is full, :meth:`log` raises, and what waits is
    bounded: an event ``records_lost`` says how many were given up.

    Args:
        path: The log; it and its folders are made where they do not exist.
        meta: Facts of the run that rules may need, such as ``utterances`` or ``precision``.
        run: The run's id; by default random, or on resuming the one in the log.
        resume_step: The step of the checkpoint that training goes on from. The log's last run
            then continues with its next attempt. None begins a run.
        rank: This process among several; rank 3 of ``logs.jsonl`` writes ``logs.rank3.jsonl``.
            (Give all ranks the same ``run``.)
        hold: Records that may wait for their device scalars.
        fsync_every: Seconds between syncs to the disk itself. None syncs on the header and on
            close alone: only a machine that dies, not a process, can lose what is not synced.
        clock: Returns the time of a record, in seconds since 1970.

    Raises:
        OSError: The log cannot be opened for appending.
        TypeError: A fact has no JSON form, or a step is no whole number.
        ValueError: ``hold``, ``rank`` or ``resume_step`` is out of range, or ``run`` is another
            run than the log's last while resuming.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        meta: Mapping[str, object] | None = None,
        run: str | None = None,
        resume_step: int | None = None,
        rank: int = 0,
        hold: int = 20,
        fsync_every: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if hold < 1 or rank < 0:
            raise ValueError(f"hold must be at least 1 and rank at least 0: got {hold} and {rank}")
        facts = plain("meta", meta or {})
        is_resumed = resume_step is not None
        self._last_step = 0 if resume_step is None else whole_step(resume_step)
        self._clock = clock
        self._hold = hold
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._waiting: deque[device.Entry] = deque()
        self._oldest_wait: float | None = None
        self._collectors: list[Callable[[], None]] = []
        self._has_ended = False
        self._lost = 0
        place = Path(path)
        self._stop_file = stop_file(place.absolute())
        self._stop: Stop | None = None
        own = place.with_name(f"{place.stem}.rank{rank}.jsonl") if rank else place
        self._file = AppendFile(own, fsync_every)
        try:
            known = tail.last_header(self._file.descriptor) if is_resumed else None
            self._header = header(known, facts, run, resume_step, self._clock())
            self._file.append(encode(self._header))
            self._file.sync()
        except BaseException:
            self._file.close()
            raise
        atexit.register(self.close)

    def log(
        self,
        step: int,
        metrics: Mapping[str, Scalar] | None = None,
        *,
        epoch: float | None = None,
        split: str | None = None,
        **more: Scalar,
    ) -> None:
        """Append one record of metrics.

        A tensor is taken as it is now, without waiting for its device: changing it in place
        afterwards does not change the record.

        Args:
            step: Optimiser steps done, 0 or more.
            metrics: Values by name, such as ``train/mel_loss``.
            epoch: The epoch in progress, or the one that a validation closes; from 1.
            split: Put ``split/`` before every name that has no slash.
            **more: Further values by name.

        Raises:
            TypeError: A value is no number, or the step no whole number.
            ValueError: A name is empty, starts with ``_``, is ``step``, ``epoch`` or ``time``,
                or comes twice; a tensor has several elements; the epoch is below 0 or above 1e9;
                the log has ended or is closed.
            RuntimeError: The log belongs to the process that this one was forked from.
            OSError: The line could not be written, as on a full disk; it is tried again, ahead
                of the next one.
        """
        self._check_open()
        moment = self._clock()
        values = named_values(metrics or {}, more, split)
        with self._lock:
            self._collect()
            self._record(step, values, epoch=epoch, moment=moment)

    def event(self, event: str, *, step: int, epoch: float | None = None, **fields: object) -> None:
        """Append an event, such as ``checkpoint``, ``sample`` or ``lr_restart``.

        All that waits for its device scalars is written first. A path in a field should be
        relative to the log's folder.

        Raises:
            TypeError: A field has no JSON form.
            ValueError, RuntimeError, OSError: As for :meth:`log`.
        """
        self._check_open()
        moment = self._clock()
        record = event_record(event, step, fields, epoch=epoch, moment=moment)
        with self._lock:
            self._collect()
            self._last_step = whole_step(step)
            self._waiting.append(device.Entry(record))
            self._drain()

    def end(self, status: str = "ok", *, step: int | None = None) -> None:
        """Write how the run ended; the log then takes no more records. Twice does nothing.

        ``step`` is by default that of the last record.

        Raises:
            ValueError, RuntimeError, OSError: As for :meth:`log`.
        """
        if self._has_ended:
            return
        self._check_open()
        with self._lock:
            self._collect()
            last = self._last_step if step is None else whole_step(step)
            record = {"_type": "end", "status": status, "step": last, "time": self._clock()}
            self._waiting.append(device.Entry(record))
            self._has_ended = True
            self._drain()

    def should_stop(self) -> Stop | None:
        """Return why a watch asks this attempt to stop, None where none does; call it after a step.

        It costs one look at the file system and never raises. A stop goes into the log as an event,
        and a ``with`` block then ends with the status ``stopped``. Of several processes let one ask
        and tell the others, so that all of them stop after the same step.
        """
        if self._stop is None and os.path.exists(self._stop_file):  # noqa: PTH110 - the fastest
            stop = read_stop(self._stop_file)
            own_run, own_attempt = self._header["run"], self._header["attempt"]
            if stop and stop.run in ("", own_run) and stop.attempt == own_attempt:
                self._stop = stop
                with suppress(Exception):
                    self.event("stop", step=self._last_step, **stop._asdict())
        return self._stop

    def flush(self) -> None:
        """Write all that waits for its device scalars.

        Raises:
            Exception: A device failed; the records are written without its values, which their
                ``_unread`` names.
            OSError: As for :meth:`log`.
        """
        if self._is_foreign or self._file.is_closed:
            return
        with self._lock:
            if not self._has_ended:
                self._collect()
            self._drain()

    def tell(self) -> int:
        """Return the log's size in bytes once all is written: a checkpoint's place in the log.

        Raises:
            ValueError: The log is closed.
            Exception: As for :meth:`flush`.
        """
        if self._file.is_closed:
            raise ValueError("the log is closed")
        self.flush()
        return self._file.size

    def close(self) -> None:
        """Write what waits, sync the file to the disk and close it; twice does nothing.

        A forked child only lets go of the file: what waits is its parent's to write.

        Raises:
            Exception: As for :meth:`flush`; the file is closed all the same.
        """
        if self._file.is_closed:
            return
        atexit.unregister(self.close)
        if self._is_foreign:
            self._file.close()
            return
        with self._lock:
            try:
                self.flush()
                self._file.sync()
            finally:
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._file.is_closed or self._is_foreign:
            self.close()
        elif error is None:
            try:
                self.end("stopped" if self._stop else "ok")
            finally:
                self.close()
        else:
            # What stopped the training must be seen, not what it did to the log.
            with suppress(Exception):
                self.end(_status_of(error))
            with suppress(Exception):
                self.close()

    @property
    def _is_foreign(self) -> bool:
        """Whether this process is a fork of the one that opened the log."""
        return os.getpid() != self._process

    def _record(
        self, step: int, values: Mapping[str, object], *, epoch: object, moment: float
    ) -> None:
        """Append a record of values whose names are checked, and write it unless it must wait."""
        self._check_open()
        entry = metrics_entry(step, values, epoch=epoch, moment=moment)
        self._last_step = whole_step(step)
        self._waiting.append(entry)
        if self._must_write(entry):
            self._drain()

    def _must_write(self, newest: device.Entry) -> bool:
        """Say whether the waiting records are to be written now."""
        if newest.stacks and self._oldest_wait is None:
            self._oldest_wait = time.monotonic()
        if self._oldest_wait is None or len(self._waiting) >= self._hold:
            return True
        return time.monotonic() - self._oldest_wait >= LONGEST_WAIT

    def _drain(self) -> None:
        """Write every waiting record, in the order of the calls."""
        failure = device.fill(tuple(self._waiting))
        # Records for which there was no place on the disk are let go of, and counted.
        while len(self._waiting) > max(MOST_WAITING, 2 * self._hold):
            self._waiting.popleft()
            self._lost += 1
        # A signal handler that logs may come in between: what it added may still need filling,
        # and what it wrote is taken out already. Nothing is taken out before it is written.
        while (entry := self._head()) is not None and not entry.stacks:
            self._append(entry.record)
            if self._waiting and self._waiting[0] is entry:
                self._waiting.popleft()
        self._oldest_wait = None
        if failure:
            raise failure

    def _append(self, record: Mapping[str, object]) -> None:
        """Write one record, behind what has to be said of those that were lost."""
        if self._file.is_gone:
            self._begin_anew()
        if self._lost:
            lost, self._lost = self._lost, 0
            told, step = {"count": lost}, self._last_step
            try:
                loss = event_record("records_lost", step, told, epoch=None, moment=self._clock())
                self._file.append(encode(loss))
            except BaseException:
                self._lost += lost
                raise
        self._file.append(encode(record))

    def _begin_anew(self) -> None:
        """Go on in a new file at the log's path, and warn."""
        anew = AppendFile(self._file.path, self._file.sync_every)
        try:
            place = {"step": self._last_step, "time": self._clock()}
            kept = {name: self._header[name] for name in self._header if name != "resumed_from"}
            anew.append(encode({**kept, **place}))
        except BaseException:
            anew.close()
            raise
        old, self._file = self._file, anew
        old.close()
        warnings.warn(
            f"{anew.path} was deleted or renamed while it was written: the log goes on in a new "
            "file there; what was written before is not in it",
            RuntimeWarning,
            stacklevel=2,
        )

    def _head(self) -> device.Entry | None:
        """Return the record that waits longest, None where none does.

        One look, not a test and a look: a signal handler may empty the queue between two.
        """
        try:
            return self._waiting[0]
        except IndexError:
            return None

    def _collect(self) -> None:
        """Let tees hand over the record that they are still collecting."""
        for collect in self._collectors:
            collect()

    def _check_open(self) -> None:
        """Raise where nothing may be written any more, or not by this process."""
        if self._is_foreign:
            raise RuntimeError(
                "this log belongs to the process that forked this one; open a RunLogger of its "
                "own here, with another path or rank"
            )
        if self._file.is_closed:
            raise ValueError("the log is closed")
        if self._has_ended:
            raise ValueError("the log has its end already; open it anew to write more")


def _status_of(error: BaseException) -> str:
    """Return how a run ended that an exception stopped; ``sys.exit(0)`` is a good end."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return "ok" if isinstance(error, SystemExit) and not error.code else "error"
