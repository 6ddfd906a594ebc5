"""Objects of a line that a fast JSON decoder refused, and what is wrong with the line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder

from healthlint.logs.axes import axis_of
from healthlint.readers.source import TOO_LONG

TRIES = 32
"""Places at which the decoder is started again inside one line."""
_BOM = "\ufeff"
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"?|(?P<sign>[-+]?)\b(?:(?P<nan>nan)|inf(?:inity)?)\b'
    r"|[-+]?1\.#(?:(?P<msnan>QNAN|SNAN|IND)|INF)\d*",
    re.IGNORECASE,
)


def _integer(digits: str) -> float:
    # int() refuses more than 4,300 digits and is quadratic; such a number is no step.
    return int(digits) if len(digits) < 20 else float(digits)


_DECODER = JSONDecoder(parse_int=_integer)


@dataclass(slots=True)
class Salvage:
    """What could be saved of one line.

    Attributes:
        values: Decoded JSON values, in order.
        message: What is wrong with the line, None where nothing is.
        column: 1-based column of it, in characters.
        is_torn: True when the line ends inside a value, as if the writer had been killed.
    """

    values: list[object] = field(default_factory=list)
    message: str | None = None
    column: int | None = None
    is_torn: bool = False


def salvage(line: bytes) -> Salvage:
    """Return every JSON value that can be saved of a line, and its first problem."""
    if line is TOO_LONG:
        return Salvage(message="the line is longer than 16 MiB and was skipped")
    stripped = line.strip(b"\x00\r ")
    try:
        text, found = stripped.decode(), Salvage()
    except UnicodeDecodeError as error:
        text = stripped.decode(errors="replace")
        found = Salvage(message="invalid UTF-8", column=_characters(stripped, error.start) + 1)
    if b"\x00" in line:
        found = Salvage(message="NUL bytes, as after a loss of power", column=1)
    text = text.strip().lstrip(_BOM)
    if text:
        _decode_all(text, found)
    return found


def _characters(line: bytes, end: int) -> int:
    return len(line[:end].decode(errors="replace"))


def _decode_all(text: str, found: Salvage) -> None:
    """Add the values of a text to what was found: all of it, its parts, or its last object."""
    for spelling in (text, _with_json_tokens(text)):
        try:
            found.values.append(_DECODER.decode(spelling))
        except JSONDecodeError:
            continue
        except RecursionError:
            found.message = "nested too deeply, skipped"
        return
    _decode_parts(_with_json_tokens(text), found)


def _with_json_tokens(text: str) -> str:
    """Return the text with bare ``nan``, ``-inf``, ``1.#QNAN`` spelled as Python's json does."""

    def spell(match: re.Match[str]) -> str:
        token = match[0]
        if token.startswith('"'):
            return token
        if match["nan"] or match["msnan"]:
            return "NaN"
        return "-Infinity" if token.startswith("-") else "Infinity"

    return _TOKEN.sub(spell, text)


def _decode_parts(text: str, found: Salvage) -> None:
    """Add the values that begin a text, then the record that a torn line was fused with."""
    position = 0
    try:
        while position < len(text) and len(found.values) < TRIES:
            value, end = _DECODER.raw_decode(text, position)
            found.values.append(value)
            position = end + len(text[end:]) - len(text[end:].lstrip(" \t\r,"))
    except (JSONDecodeError, RecursionError) as error:
        place = error.pos if isinstance(error, JSONDecodeError) else position
        _recover(text, position, place, found)
    else:
        _say(found, "several JSON values on one line, all read", 1)


def _recover(text: str, start: int, place: int, found: Salvage) -> None:
    """Add the last record in what follows ``start``, and say what was lost before it."""
    at = len(text)
    for _ in range(TRIES):
        at = text.rfind('{"', start, at)
        if at <= start:
            break
        try:
            value = _DECODER.decode(text[at:])
        except (JSONDecodeError, RecursionError):
            continue
        if is_record(value):
            found.values.append(value)
            is_fused = text.startswith("{", start)
            said = "a torn line fused with the next record" if is_fused else "text before a record"
            _say(found, f"{said}; the record is kept", start + 1 if not is_fused else at + 1)
            return
    found.is_torn = place >= len(text) - 1 or _ends_inside_string(text, place)
    kept = " after a record; the record is kept" if found.values else ""
    _say(found, ("not JSON" if not kept else "text") + kept, place + 1)


def _ends_inside_string(text: str, place: int) -> bool:
    return text.startswith('"', place) and text.count('"', place) == 1


def _say(found: Salvage, message: str, column: int) -> None:
    if found.message is None:
        found.message, found.column = message, column


def is_record(value: object) -> bool:
    """Return whether a decoded value looks like a whole line of a log: it has an axis or a type.

    >>> is_record({"step": 3, "loss": 0.5}), is_record({"loss": 0.5})
    (True, False)
    """
    return isinstance(value, dict) and any(key == "_type" or axis_of(key) for key in value)


def is_json_object(text: str) -> bool:
    """Return whether a text is one JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
