"""A TensorBoard writer's twin: what a trainer writes for TensorBoard also goes to the log."""

from collections.abc import Mapping
from math import inf
from typing import Any, Self

from healthlint.emit import device, machine, names, record
from healthlint.emit.encoding import Scalar, number
from healthlint.emit.logger import RunLogger
from healthlint.emit.mels import Mels
from healthlint.emit.record import whole_step


class SummaryWriterTee:
    """Write scalars both to a ``SummaryWriter`` and to a :class:`RunLogger`.

    Scalars of one step become one line, written when the next step begins, a tag comes again, or
    the log is flushed or closed; a killed process loses at most that line. The tag ``epoch``
    becomes the line's epoch. A tag that a log may not carry (empty, ``step``, ``time``, or with
    a leading ``_``) gets ``tb/`` before it. Everything else passes to the writer.

    Closing the tee closes the writer and flushes the log, which stays open for its owner.

    Args:
        writer: A ``SummaryWriter`` or the like; None writes the log alone, and every other
            method then does nothing.
        logger: The log.
        mels: What keeps raw mels that are drawn as images; None keeps none.
        memory_every: Seconds between two records that carry the memory of process and device;
            None logs none.
    """

    def __init__(
        self,
        writer: Any,
        logger: RunLogger,
        *,
        mels: Mels | None = None,
        memory_every: float | None = None,
    ) -> None:
        self._writer = _Silent() if writer is None else writer
        self._mels = mels
        self._memory_every = memory_every
        self._memory_at = -inf
        self._logger = logger
        self._step = logger._last_step
        self._epoch: float | None = None
        self._moment = 0.0
        self._values: dict[str, object] = {}
        logger._collectors.append(self._hand_over)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Scalar,
        global_step: int | None = None,
        walltime: float | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        """Write one scalar; without a step it belongs to the latest one.

        Raises:
            TypeError, ValueError, RuntimeError, OSError: As for :meth:`RunLogger.log`, or as the
                writer does.
        """
        self._writer.add_scalar(tag, scalar_value, global_step, walltime, *args, **options)
        self._collect(tag, scalar_value, global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Scalar],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Write several scalars, each named ``main_tag/tag``.

        Raises:
            TypeError, ValueError, RuntimeError, OSError: As for :meth:`add_scalar`.
        """
        self._writer.add_scalars(main_tag, tag_scalar_dict, global_step, walltime)
        for tag, value in tag_scalar_dict.items():
            self._collect(f"{main_tag}/{tag}", value, global_step, walltime)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Write an image; a raw mel is kept as an array too, and announced once its pair is there.

        Raises:
            Exception: As the writer does, or :meth:`RunLogger.event`.
        """
        self._writer.add_image(tag, img_tensor, global_step, walltime, dataformats)
        if self._mels is None:
            return
        step = self._step if global_step is None else whole_step(int(global_step))
        if sample := self._mels.add(tag, img_tensor, step, dataformats):
            fields: dict[str, Any] = {**sample}
            self._logger.event("sample", step=self._step, **fields)

    def add_hparams(
        self,
        hparam_dict: Mapping[str, object],
        metric_dict: Mapping[str, object],
        *args: Any,
        **options: Any,
    ) -> None:
        """Write hyperparameters; in the log they are an event ``hparams``.

        Raises:
            TypeError, ValueError, RuntimeError, OSError: As for :meth:`RunLogger.event`, or as
                the writer does.
        """
        self._writer.add_hparams(hparam_dict, metric_dict, *args, **options)
        self._logger.event(
            "hparams", step=self._step, hparams=dict(hparam_dict), metrics=dict(metric_dict)
        )

    def flush(self) -> None:
        """Flush the writer and the log.

        Raises:
            Exception: As for :meth:`RunLogger.flush`, or as the writer does.
        """
        self._writer.flush()
        self._logger.flush()

    def close(self) -> None:
        """Close the writer and flush the log.

        Raises:
            Exception: As for :meth:`RunLogger.flush`, or as the writer does.
        """
        self._writer.close()
        self._logger.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ending: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        # Copying and pickling ask for underscored names; a no-op would mislead them.
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._writer, name)

    def _collect(
        self, tag: str, value: object, global_step: int | None, walltime: float | None
    ) -> None:
        """Add a scalar to its step's line, beginning a new one where it must."""
        self._logger._check_open()
        with self._logger._lock:
            step = self._step if global_step is None else whole_step(int(global_step))
            # What it is now, whatever becomes of a tensor later.
            take = device.snapshot if device.is_device_scalar(value) else number
            taken = take(tag, value)
            is_epoch = tag == "epoch" and isinstance(taken, int | float) and record.is_epoch(taken)
            name = tag if not names.problem(tag) else f"tb/{tag}"
            has_place = self._epoch is None if is_epoch else name not in self._values
            if step != self._step or not has_place:
                self._hand_over()
            if not self._values and self._epoch is None:
                self._moment = self._logger._clock() if walltime is None else walltime
            self._step = step
            if is_epoch:
                self._epoch = taken
            else:
                self._values[name] = taken

    def _hand_over(self) -> None:
        """Give the log the line collected so far."""
        values, epoch = self._values, self._epoch
        self._values, self._epoch = {}, None
        every = self._memory_every
        if values and every is not None and self._moment - self._memory_at >= every:
            self._memory_at = self._moment
            values = {**machine.memory(), **values}
        if values or epoch is not None:
            self._logger._record(self._step, values, epoch=epoch, moment=self._moment)


class _Silent:
    """The writer where there is none: every method does nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None
