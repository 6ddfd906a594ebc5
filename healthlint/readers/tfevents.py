"""Scalars of TensorBoard events: many at once by their layout, odd ones by walking the message.

Event: 1 wall time (double), 2 step (varint, left out when 0), 5 summary {1 value {1 tag,
2 simple_value (float), 8 tensor, 9 metadata {1 plugin {1 name}}}}. Histograms (5), images (4) and
audio (6) are told by the key behind their tag and skipped.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers
from healthlint.readers.columns import NAMES
from healthlint.readers.tfrecord import Chunk, Frames, has_valid_payload
from healthlint.readers.wire import (
    BYTES,
    DOUBLE,
    FIXED32,
    FIXED64,
    FLOAT,
    VARINT,
    WireError,
    fields,
    nested,
    signed,
)

LONGEST_TAG = 1024
"""Bytes of the longest tag that is kept."""
_SKIPPED = {0x22: "image", 0x2A: "histogram", 0x32: "audio clip"}
_SCALARS = int.from_bytes(b"scalars", "little")
_SEVEN = np.uint64((1 << 56) - 1)
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Place = NDArray[np.int64]
Number = TypeVar("Number", np.float32, np.float64, np.uint64)


class Tags(dict[bytes, int]):
    """Numbers of tags, in the order of their first value; -1 beyond 10,000 of them."""

    def __missing__(self, tag: bytes) -> int:
        """Return a new number."""
        if len(self) >= NAMES or len(tag) > LONGEST_TAG:
            return -1
        self[tag] = len(self)
        return self[tag]

    def names(self) -> list[str]:
        """Return the tags as text."""
        return [tag.decode(errors="replace") for tag in self]


class Points(NamedTuple):
    """Scalars in file order, arrays of shape ``(points,)``.

    Attributes:
        walls: Wall time in seconds since 1970.
        steps: Step as logged.
        tags: Number of the tag.
        values: The values; float32 in nearly all files.
    """

    walls: Floats = np.zeros(0)
    steps: Integers = np.zeros(0, np.int64)
    tags: Place = np.zeros(0, np.int64)
    values: Floats = np.zeros(0)

    @classmethod
    def joined(cls, parts: Sequence[Points]) -> Points:
        """Return the scalars of all parts, in order."""
        return cls(*map(np.concatenate, zip(*(parts or [cls()]), strict=True)))

    def taken(self, where: Mask | Place) -> Points:
        """Return some of the scalars, by mask or index."""
        return Points(self.walls[where], self.steps[where], self.tags[where], self.values[where])


@dataclass(slots=True)
class Scalars:
    """Reads the scalars of an event file.

    Attributes:
        tags: The tags so far.
        skipped: How many histograms, images, ... were passed over.
        broken: Payloads that are no events.
        broken_at: Offset of the first of them, -1 without one.
        is_checksum_wrong: True when the checksum of that one is wrong too.
        dropped: Values of further tags that were left out.
    """

    tags: Tags = field(default_factory=Tags)
    skipped: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    broken_at: int = -1
    is_checksum_wrong: bool = False
    dropped: int = 0
    _plugins: dict[bytes, bytes] = field(default_factory=dict)

    def read(self, frames: Frames) -> Points:
        """Return all scalars of a file."""
        parts = [self._of_chunk(chunk) for chunk in frames.chunks()]
        if frames.oversized:
            self.skipped["oversized record"] += frames.oversized
        return Points.joined(parts)

    def _of_chunk(self, chunk: Chunk) -> Points:
        layout = _Layout(chunk)
        for key, name in _SKIPPED.items():
            if count := int(np.count_nonzero(layout.is_single & (layout.kind == key))):
                self.skipped[name] += count
        at = np.flatnonzero(layout.is_scalar)
        starts, stops = layout.tag_at[at], layout.tag_end[at]
        slices = map(slice, starts.tolist(), stops.tolist())
        ids = list(map(self.tags.__getitem__, map(chunk.data.__getitem__, slices)))
        fast = Points(
            layout.walls[at], layout.steps[at], np.array(ids, np.int64), layout.values[at]
        )
        odd = np.flatnonzero(layout.is_odd)
        if len(odd):
            fast = self._with_odd(chunk, odd, at, fast)
        return self._kept(fast)

    def _kept(self, points: Points) -> Points:
        kept = points.tags >= 0
        if kept.all():
            return points
        self.dropped += int(np.count_nonzero(~kept))
        return points.taken(kept)

    def _with_odd(self, chunk: Chunk, odd: Place, at: Place, fast: Points) -> Points:
        """Return the scalars of a chunk with those of frames of another layout among them."""
        found: list[tuple[int, float, int, int, float]] = []
        for frame in odd.tolist():
            try:
                wall, step, values = self._walked(chunk, frame)
            except WireError:
                self._note_broken(chunk, frame)
                continue
            found += [(frame, wall, step, self.tags[tag], value) for tag, value in values]
        if not found:
            return fast
        frames, *columns = map(np.array, zip(*found, strict=True))
        order = np.argsort(np.concatenate((at, frames)), kind="stable")
        return Points.joined([fast, Points(*columns)]).taken(order)

    def _note_broken(self, chunk: Chunk, frame: int) -> None:
        if not self.broken:
            self.broken_at = chunk.offset + int(chunk.starts[frame])
            self.is_checksum_wrong = not has_valid_payload(chunk, frame)
        self.broken += 1

    def _walked(self, chunk: Chunk, frame: int) -> tuple[float, int, list[tuple[bytes, float]]]:
        """Return wall time, step and scalars of one event.

        Raises:
            WireError: It is none.
        """
        wall, step, values = math.nan, 0, []
        data, start, stop = chunk.data, int(chunk.starts[frame]), int(chunk.stops[frame])
        for number, kind, at, end in fields(data, start, stop):
            if (number, kind) == (1, FIXED64):
                (wall,) = DOUBLE(data, at)
            elif (number, kind) == (2, VARINT):
                step = signed(end)
            elif (number, kind) == (5, BYTES):
                for first, last in nested(data, at, end, 1):
                    values += self._value(data, first, last)
        return wall, step, values

    def _value(self, data: bytes, start: int, stop: int) -> list[tuple[bytes, float]]:
        """Return tag and value of one value of a summary; nothing where it is no scalar."""
        tag, plugin, value, is_tensor = b"", b"", None, False
        for number, kind, at, end in fields(data, start, stop):
            if (number, kind) == (1, BYTES):
                tag = data[at:end] if end - at <= LONGEST_TAG else b" " * (LONGEST_TAG + 1)
            elif (number, kind) == (2, FIXED32):
                (value,) = FLOAT(data, at)
            elif (number, kind) == (8, BYTES):
                value, is_tensor = _tensor(data, at, end), True
            elif (number, kind) == (9, BYTES):
                plugin = _plugin(data, at, end)
            elif number in (4, 5, 6):
                self.skipped[_SKIPPED[number << 3 | BYTES]] += 1
        if len(self._plugins) < NAMES and plugin:
            self._plugins.setdefault(tag, plugin)
        if is_tensor and self._plugins.get(tag, b"scalars") != b"scalars":
            value = None  # a text, a curve, hyperparameters
        return [] if value is None else [(tag, float(value))]


class _Layout:
    """Where the parts of each event of a chunk are, for events with one value in the usual order.

    Attributes (of shape ``(frames,)``):
        walls, steps, values: What it carries; garbage where it is no scalar.
        tag_at, tag_end: Where its tag is.
        kind: The key behind the tag.
        is_single: It has one value and a tag, and this is all.
        is_scalar: It is a scalar in one of the usual layouts.
        is_odd: It has to be walked.
    """

    def __init__(self, chunk: Chunk) -> None:
        data, at, stop = chunk.data, chunk.starts, chunk.stops
        view = np.frombuffer(data, np.uint8)
        self._view = view
        self._last = len(view) - 1
        self._floats = _window(data, np.float32)
        self._doubles = _window(data, np.float64)
        self._words = _window(data, np.uint64)
        is_usual = self._byte(at) == 0x09
        self.walls: Floats = self._take(self._doubles, at + 1)
        at = at + 9
        has_step = self._byte(at) == 0x10
        steps, behind = self._varint(at + 1)
        self.steps = np.where(has_step, steps, 0)
        at = np.where(has_step, behind, at)
        is_other = np.isin(self._byte(at), (0x1A, 0x22, 0x32, 0x3A, 0x42, 0x4A))
        is_summary = self._byte(at) == 0x2A
        at, end = self._nested(at)
        is_value = (self._byte(at) == 0x0A) & (end == stop)
        at, end = self._nested(at)
        self.tag_at, self.tag_end = self._nested(at)
        is_usual &= is_summary & is_value & (end == stop) & (self._byte(at) == 0x0A)
        self.is_single = is_usual & (self.tag_end < stop)
        self.kind = np.where(self.is_single, self._byte(self.tag_end), 0)
        self.values, self.is_scalar = self._scalars(self.tag_end, stop)
        is_skipped = self.is_single & np.isin(self.kind, tuple(_SKIPPED))
        is_empty = chunk.starts == stop
        is_foreign = is_other & (self._byte(chunk.starts) == 0x09) & ~is_summary
        self.is_odd = ~(self.is_scalar | is_skipped | is_empty | is_foreign)

    def _scalars(self, at: Place, stop: Place) -> tuple[Floats, Mask]:
        """Return the values behind the tags, and which are scalars."""
        end = at + 5
        is_simple = (self.kind == 0x15) & ((end == stop) | (self._byte(end) == 0x4A) & (end < stop))
        with np.errstate(invalid="ignore"):  # what is no scalar may be any bits
            values = self._take(self._floats, at + 1).astype(np.float64)
        if not (self.kind == 0x42).any():
            return values, self.is_single & is_simple
        tensors, is_tensor = self._tensors(at, stop)
        is_tensor &= self.kind == 0x42
        return np.where(is_tensor, tensors, values), self.is_single & (is_simple | is_tensor)

    def _tensors(self, at: Place, stop: Place) -> tuple[Floats, Mask]:
        """Return the values of tensors of one number, and which are of the plugin of scalars."""
        at, end = self._nested(at)
        dtype = self._byte(at + 1)
        is_one = (self._byte(at) == 0x08) & ((dtype == 1) | (dtype == 2))
        at = at + 2
        has_shape = (self._byte(at) == 0x12) & (self._byte(at + 1) == 0)
        at = np.where(has_shape, at + 2, at)
        key, size = self._byte(at), self._byte(at + 1)
        is_float = (dtype == 1) & (size == 4) & ((key == 0x2A) | (key == 0x22))
        is_double = (dtype == 2) & (size == 8) & ((key == 0x32) | (key == 0x22))
        is_whole = at + 2 + size == end
        value = np.where(
            is_double, self._take(self._doubles, at + 2), self._take(self._floats, at + 2)
        )
        is_named = (self._byte(end) == 0x4A) & (self._byte(end + 2) == 0x0A)
        is_named &= (self._byte(end + 4) == 0x0A) & (self._byte(end + 5) == 7) & (end + 13 <= stop)
        is_named &= (self._take(self._words, end + 6) & _SEVEN) == _SCALARS
        return value, is_one & (is_float | is_double) & is_whole & is_named

    def _byte(self, at: Place) -> Bytes:
        return self._view[np.minimum(at, self._last)]

    def _take(self, window: NDArray[Number], at: Place) -> NDArray[Number]:
        return window[np.minimum(at, len(window) - 1)]

    def _nested(self, at: Place) -> tuple[Place, Place]:
        """Return start and end of what is behind a key and its length."""
        length, start = self._varint(at + 1)
        end = start + np.clip(length, 0, self._last)
        return start, np.minimum(end, self._last)

    def _varint(self, at: Place) -> tuple[Integers, Place]:
        """Return the numbers at offsets, and the offsets behind them."""
        byte = self._byte(at)
        value = (byte & 0x7F).astype(np.uint64)
        more = byte >= 0x80
        at = at + 1
        shift = 7
        while shift < 70 and more.any():
            byte = np.where(more, self._byte(at), 0)
            value |= (byte & 0x7F).astype(np.uint64) << np.uint64(min(shift, 63))
            at = at + more
            more = byte >= 0x80
            shift += 7
        return value.view(np.int64), at


def _window(data: bytes, dtype: type[Number]) -> NDArray[Number]:
    """Return the little-endian numbers at every offset of some bytes, without a copy."""
    kind = np.dtype(dtype).newbyteorder("<")
    return np.ndarray((len(data) - kind.itemsize + 1,), kind, data, 0, (1,))


def _tensor(data: bytes, start: int, stop: int) -> float | None:
    """Return the number of a tensor, None where it holds none or several."""
    dtype, found = 0, []
    for number, kind, at, end in fields(data, start, stop):
        if (number, kind) == (1, VARINT):
            dtype = end
        elif number in (4, 5, 6):
            found += _numbers(data, number, kind, at, end, dtype)
    return found[0] if len(found) == 1 else None


def _numbers(data: bytes, number: int, kind: int, at: int, end: int, dtype: int) -> list[float]:
    """Return the numbers of ``tensor_content``, ``float_val`` or ``double_val``."""
    is_double = number == 6 or (number == 4 and dtype == 2)
    if number == 4 and dtype not in (1, 2):
        return []
    size = 8 if is_double else 4
    if kind == VARINT or end - at not in (size, 2 * size):
        return []  # two are as many as must be told from one
    unpack = DOUBLE if is_double else FLOAT
    return [unpack(data, place)[0] for place in range(at, end, size)]


def _plugin(data: bytes, start: int, stop: int) -> bytes:
    """Return the name of the plugin that metadata name."""
    for at, end in nested(data, start, stop, 1):
        for first, last in nested(data, at, end, 1):
            return data[first : min(last, first + 64)]
    return b""
