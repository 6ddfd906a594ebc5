"""Event files made by hand, byte for byte: what no library would write, too."""

import struct
from pathlib import Path

NAME = "events.out.tfevents.1790000000.host.1.0"


def crc(data: bytes) -> int:
    """Return the masked CRC-32C, by the plainest loop there is."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + struct.pack("<I", crc(length)) + payload + struct.pack("<I", crc(payload))


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def nested(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def value(tag: str, number: float) -> bytes:
    return nested(1, nested(1, tag.encode()) + b"\x15" + struct.pack("<f", number))


def event(step: int, *values: bytes, wall: float = 1.79e9) -> bytes:
    told = b"\x10" + varint(step) if step else b""
    return frame(b"\x09" + struct.pack("<d", wall) + told + nested(5, b"".join(values)))


def scalar(tag: str, number: float, step: int, wall: float = 1.79e9) -> bytes:
    return event(step, value(tag, number), wall=wall)


VERSION = frame(b"\x09" + struct.pack("<d", 1.79e9) + nested(3, b"brain.Event:2"))


def write(folder: Path, content: bytes, name: str = NAME) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return str(folder)


def course(steps: range, tag: str = "mel_loss", wall: float = 1.79e9) -> bytes:
    return VERSION + b"".join(scalar(tag, 1 / (s + 1), s, wall + s) for s in steps)
