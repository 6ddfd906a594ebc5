"""Sound and images in TensorBoard events: found and handed out one by one, never decoded here.

Value of a summary: 1 tag, 4 image {4 encoded}, 6 audio {4 encoded}, 8 tensor {8 string}, 9 metadata
{1 plugin {1 name}}; tensors are what TensorFlow 2 writes, of the plugins ``audio`` and ``images``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from healthlint.readers.source import opened
from healthlint.readers.tensorboard import parts
from healthlint.readers.tfrecord import Frames
from healthlint.readers.wire import BYTES, VARINT, WireError, fields, nested, signed

Kind = Literal["audio", "image"]
SUFFIXES = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"\x89PNG": ".png"}
"""Endings of files by their first four bytes; of anything else nothing is handed out."""
_KINDS: dict[int, Kind] = {4: "image", 6: "audio"}
_PLUGINS: dict[bytes, Kind] = {b"audio": "audio", b"images": "image"}
_SMALLEST = 100
"""Bytes of an event below which there is neither sound nor image in it."""


class Media(NamedTuple):
    """One sound or image.

    Attributes:
        kind: What it is.
        tag: Its tag.
        step: Its step.
        content: The encoded file: WAV, FLAC, Ogg or PNG.
    """

    kind: Kind
    tag: str
    step: int
    content: bytes

    @property
    def suffix(self) -> str:
        """Return the ending of a file of its kind."""
        return SUFFIXES[self.content[:4]]


def is_events(path: Path) -> bool:
    """Return whether a path is an event file by its name, or a folder that holds one."""
    return bool(parts(path)) if path.is_dir() else ".tfevents." in path.name


def media(path: Path) -> Iterator[Media]:
    """Yield the sound and the images of an event file or a folder of them, in file order.

    Raises:
        OSError: A file cannot be read.
    """
    for file in [part.path for part in parts(path)] if path.is_dir() else [path]:
        with opened(str(file)) as source:
            for chunk in Frames(source).chunks():
                for start, stop in zip(chunk.starts.tolist(), chunk.stops.tolist(), strict=True):
                    if stop - start >= _SMALLEST:
                        yield from _of_event(chunk.data, start, stop)


def _of_event(data: bytes, start: int, stop: int) -> Iterator[Media]:
    step, summaries = 0, list[tuple[int, int]]()
    try:
        for number, kind, at, end in fields(data, start, stop):
            if (number, kind) == (2, VARINT):
                step = signed(end)
            elif (number, kind) == (5, BYTES):
                summaries += nested(data, at, end, 1)
        found = [_of_value(data, at, end) for at, end in summaries]
    except WireError:
        return  # the reader of scalars tells of damage
    for kind_of, tag, content in (one for one in found if one):
        yield Media(kind_of, tag, step, content)


def _of_value(data: bytes, start: int, stop: int) -> tuple[Kind, str, bytes] | None:
    """Return kind, tag and content of one value, None where it is neither sound nor image."""
    tag, kind, contents = "", None, list[bytes]()
    for number, wire, at, end in fields(data, start, stop):
        if wire != BYTES:
            continue
        if number == 1:
            tag = data[at:end].decode(errors="replace")
        elif number in _KINDS:
            kind, contents = _KINDS[number], _strings(data, at, end, 4)
        elif number == 8:
            contents = _strings(data, at, end, 8)
        elif number == 9:
            kind = _plugin(data, at, end) or kind
    known = [one for one in contents if one[:4] in SUFFIXES]
    return (kind, tag, known[0]) if kind and known else None


def _strings(data: bytes, start: int, stop: int, wanted: int) -> list[bytes]:
    return [data[at:end] for at, end in nested(data, start, stop, wanted)]


def _plugin(data: bytes, start: int, stop: int) -> Kind | None:
    for inner in _strings(data, start, stop, 1):
        for name in _strings(inner, 0, len(inner), 1):
            return _PLUGINS.get(name)
    return None
