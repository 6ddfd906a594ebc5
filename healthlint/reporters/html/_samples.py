"""Samples over the run, to see and to hear, beside their recording."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from math import isnan

from healthlint.documents.markup import Markup, element
from healthlint.report import LogReport, Panel, Picture
from healthlint.reporters.html._pictures import Pictures

_INKS = ("000004", "1d1147", "51127c", "822681", "b63679", "e65164", "fb8861", "fec287", "fcfdbf")
"""Dark to bright, equally spaced, evenly rising in lightness."""


def samples(log: LogReport, _: Pictures) -> Iterator[Markup]:
    """Yield a strip of pictures for each clip."""
    if log.drawing is None:
        return
    if log.drawing.panels:
        words = (
            "The middle 3 seconds of mel-spectrograms over 60 dB. The number is the share of the "
            "recording's detail: bands that bleed together and missing vertical detail are blur. "
            "Listen for the same: muffled consonants, a buzz, words that run together."
        )
        yield element("p", words, class_="note")
    for panel in log.drawing.panels:
        yield _strip(panel)


def _strip(panel: Panel) -> Markup:
    title = element("h4", panel.text or panel.clip or "a sample")
    pictures = (_figure(picture, panel) for picture in panel.pictures)
    return element("section", title, element("div", *pictures, class_="strip"), class_="clip")


def _figure(picture: Picture, panel: Panel) -> Markup:
    when = "recording" if picture.is_recording else _when(picture)
    detail = "" if isnan(picture.sharpness) else f"{picture.sharpness:.2f}"
    clip = f" of {panel.clip}" if panel.clip else ""
    said = f"Mel-spectrogram{clip}, {when}" + (f", sharpness {detail}" if detail else "")
    data = b64encode(png(picture.width, picture.height, picture.pixels)).decode()
    image = element("img", src=f"data:image/png;base64,{data}", alt=said)
    caption = element("figcaption", element("b", when), f" {detail}" if detail else "")
    return element("figure", image, caption, _player(picture.sound, f"{when}{clip}"))


def _player(sound: bytes, name: str) -> Markup:
    """Return what plays a sound, nothing where there is none."""
    if not sound:
        return Markup()
    data = f"data:audio/wav;base64,{b64encode(sound).decode()}"
    return element("audio", src=data, controls=True, preload="none", aria_label=f"listen to {name}")


def _when(picture: Picture) -> str:
    if picture.epoch is not None:
        return f"epoch {picture.epoch:g}"
    return "sample" if picture.step is None else f"step {picture.step:.10g}"


def png(width: int, height: int, pixels: bytes) -> bytes:
    """Return levels (one byte each, row by row) as a PNG with a palette."""
    rows = (pixels[at : at + width] for at in range(0, width * height, width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = ((b"IHDR", head), (b"PLTE", _palette()), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


@cache
def _palette() -> bytes:
    """Return 256 colours, straight lines between the inks."""
    inks = [tuple(bytes.fromhex(ink)) for ink in _INKS]
    parts = len(inks) - 1
    made = bytearray()
    for level in range(256):
        at, rest = divmod(level * parts, 255)
        low, high = inks[min(at, parts)], inks[min(at + 1, parts)]
        made += bytes(round(a + (b - a) * rest / 255) for a, b in zip(low, high, strict=True))
    return bytes(made)
