"""One run, written down in another way: as rows, and as the files of several formats.

A row holds what was logged at one record: ``step`` and ``epoch`` where there are any, and values by
the key of their series (``val/mel_loss``).
"""

from __future__ import annotations

import csv
import io
import json
import math
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shapes.dialects import Dialect

from healthlint.logs import Run

Row = dict[str, float]
Files = Mapping[str, bytes]
"""Content by path within a folder."""
AXES = ("step", "epoch")


def rows_of(run: Run) -> list[Row]:
    """Return the rows of what holds of a run now, in the order of its records.

    Epoch means beside a dense series are left out.
    """
    rows: dict[int, Row] = {}
    for series in run.series.values():
        if series.cadence:
            continue
        columns = (series.records, series.steps, series.epochs, series.values)
        for record, step, epoch, value in zip(*(c.tolist() for c in columns), strict=True):
            row = rows.setdefault(record, {})
            row |= {} if math.isnan(step) else {"step": step}
            row |= {} if math.isnan(epoch) else {"epoch": epoch}
            row[series.key] = value
    return [rows[record] for record in sorted(rows)]


def axes(row: Row) -> Row:
    """Return where a row stands."""
    return {key: row[key] for key in AXES if key in row}


def values(row: Row) -> Row:
    """Return what a row holds."""
    return {key: value for key, value in row.items() if key not in AXES}


def is_val(key: str) -> bool:
    """Return whether a key is that of a validation series."""
    return key.startswith("val/")


def bare(key: str) -> str:
    """Return the metric of a key."""
    return key.partition("/")[2] if key.startswith(("val/", "train/")) else key


def by_split(row: Row) -> list[tuple[bool, Row]]:
    """Return the values of training and of validation that a row holds, where there are any."""
    found = []
    for wanted in (False, True):
        kept = {key: value for key, value in values(row).items() if is_val(key) == wanted}
        if kept:
            found.append((wanted, kept))
    return found


def jsonl(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_jsonl(rows: list[Row]) -> Files:
    """One file of JSON Lines under canonical names."""
    return {"logs.jsonl": jsonl(rows)}


def as_csv(rows: list[Row]) -> Files:
    """One table; what was not logged at a record is left blank."""
    names = list(dict.fromkeys(key for row in rows for key in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, sorted(names, key=lambda n: n not in AXES))
    writer.writeheader()
    writer.writerows(rows)
    return {"metrics.csv": file.getvalue().encode()}


def apart(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return rows of training and of validation, under the names of their metrics alone."""
    found: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        for wanted, kept in by_split(row):
            found[wanted].append(axes(row) | {bare(key): value for key, value in kept.items()})
    return found


def in_two_files(rows: list[Row]) -> Files:
    """``train/log.jsonl`` and ``val/log.jsonl``."""
    train, val = apart(rows)
    return {"train/log.jsonl": jsonl(train), "val/log.jsonl": jsonl(val)}


def ming_folder(rows: list[Row]) -> Files:
    """``train/log.txt`` and ``val/log.txt``, as ming024's FastSpeech2 writes them."""
    train, val = apart(rows)
    return {"train/log.txt": _ming(train), "val/log.txt": _ming(val)}


def _ming(rows: list[Row]) -> bytes:
    lines = []
    for row in rows:
        told = ", ".join(f"{_titled(key)}: {_text(value)}" for key, value in values(row).items())
        lines.append(f"Step {row['step']:.0f}/900000, {told}\n")
    return "".join(lines).encode()


def styletts2_text(rows: list[Row]) -> Files:
    """A console as StyleTTS 2 prints it, validation in lines of its own."""
    lines = []
    for row in rows:
        head = f"Epoch [{row['epoch']:.0f}/999], Step [{row['step']:.0f}/99999]"
        for is_of_val, kept in by_split(row):
            told = ", ".join(
                f"{'Val ' * is_of_val}{_titled(bare(key))}: {_text(value)}"
                for key, value in kept.items()
            )
            lines.append(f"INFO:2025-01-22 07:09:29,766: {head}, {told}\n")
    return {"train.log": "".join(lines).encode()}


def hugging_face_text(rows: list[Row]) -> Files:
    """Dictionaries as Hugging Face's trainer prints them: no steps, epochs with a fraction."""
    lines = []
    for row in rows:
        for is_of_val, kept in by_split(row):
            told: dict[str, object] = {}
            for key, value in kept.items():
                name = {"total_loss": "loss", "lr": "learning_rate"}.get(bare(key), bare(key))
                told["eval_" * is_of_val + name] = value
            told |= {"epoch": row["epoch"]} if "epoch" in row else {}
            lines.append(repr(told) + "\n")
    return {"console.txt": "".join(lines).encode()}


def _titled(key: str) -> str:
    """Return a name as consoles print it.

    >>> _titled("mel_loss"), _titled("lr")
    ('Mel Loss', 'lr')
    """
    return key.replace("_", " ").title() if "_" in key else key


def _text(value: float) -> str:
    return f"{value:.7g}"


def in_dialect(dialect: Dialect) -> Callable[[list[Row]], Files]:
    """Return a writer of JSON Lines under the names of a trainer."""

    def write(rows: list[Row]) -> Files:
        lines: list[dict[str, object]] = []
        for row in rows:
            for is_of_val, kept in by_split(row):
                split = "val" if is_of_val else "train"
                names, other = dialect.names(split)
                told: dict[str, object] = dict(axes(row))
                if dialect.split:
                    told[dialect.split] = {"phase": {"val": "eval"}.get(split, split)}.get(
                        dialect.split, split
                    )
                for metric, value in ((bare(key), value) for key, value in kept.items()):
                    if metric in dialect.drops:
                        continue
                    # a prefix that says loss is for losses alone
                    is_loss = "loss" in metric or "loss_" not in other
                    told[names.get(metric, other.format(metric) if is_loss else metric)] = value
                lines.append(told)
        return {"logs.jsonl": jsonl(lines)}

    return write


def event_files(rows: list[Row]) -> Files:
    """TensorBoard: training and validation in folders of their own."""
    train, val = apart(rows)
    files = {}
    for folder, own in (("train", train), ("val", val)):
        if own:
            late = 0.5 * (folder == "val")
            files[f"{folder}/events.out.tfevents.1790000000.host.1.0"] = _events(own, late)
    return files


def _events(rows: list[Row], late: float) -> bytes:
    parts = [_frame(b"\x09" + struct.pack("<d", 1.79e9) + _nested(3, b"brain.Event:2"))]
    for row in rows:
        told = b"\x10" + _varint(int(row["step"]))
        for key, value in values(row).items():
            own = _nested(1, _nested(1, key.encode()) + b"\x15" + struct.pack("<f", value))
            clock = b"\x09" + struct.pack("<d", 1.79e9 + row["step"] + late)
            parts.append(_frame(clock + told + _nested(5, own)))
    return b"".join(parts)


def _frame(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + struct.pack("<I", _crc(length)) + payload + struct.pack("<I", _crc(payload))


def _nested(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def _crc_row(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_CRC = [_crc_row(byte) for byte in range(256)]


def _crc(data: bytes) -> int:
    """Return the masked CRC-32C of TFRecord files."""
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def put(files: Files, folder: Path) -> Path:
    """Write files into a folder and return what is to be judged: the file, or the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path if len(files) == 1 and "/" not in name else folder
