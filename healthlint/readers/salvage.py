"""Objects of a line that a fast JSON decoder refused, and what is wrong with the line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder

from healthlint.logs.axes import axis_of

TRIES = 32
"""Places at which a record is looked for in a broken line."""
_AROUND = "\x00\ufeff \t\r\n"
_BETWEEN = re.compile(r"[\s,]*")
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"?|(?P<sign>[-+]?)(?:(?P<nan>\bnan\b|1\.#(?:QNAN|SNAN|IND)\d*)'
    r"|\binf(?:inity)?\b|1\.#INF\d*)",
    re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _integer(digits: str) -> float:
    # int() refuses more than 4,300 digits; such a number is no step.
    return int(digits) if len(digits) < 4_300 else float(digits)


_FAST = JSONDecoder()
_DECODER = JSONDecoder(parse_int=_integer)


@dataclass(slots=True)
class Salvage:
    """What could be saved of one line.

    Attributes:
        values: Decoded JSON values, in order.
        message: What is wrong with the line, None where nothing is.
        column: 1-based column of it, in characters.
        is_torn: True when the line ends within a value, as if the writer had been killed.
    """

    values: list[object] = field(default_factory=list)
    message: str | None = None
    column: int | None = None
    is_torn: bool = False

    def say(self, message: str, column: int) -> None:
        """Say what is wrong, unless something has been said before."""
        if self.message is None:
            self.message, self.column = message, column


def salvage(line: bytes) -> Salvage:
    """Return every JSON value that can be saved of a line, and the first thing wrong with it."""
    found = Salvage()
    text = line.decode(errors="replace")
    if b"\x00" in line:
        found.say("NUL bytes, as after a loss of power", text.index("\x00") + 1)
    elif text.encode() != line:
        found.say("invalid UTF-8; the broken characters are replaced", text.index("\ufffd") + 1)
    start = len(text) - len(text.lstrip(_AROUND))
    text = text.rstrip(_AROUND)
    if len(text) > start and "{" not in text and "[" not in text:
        found.say("not JSON, left out", start + 1)
    elif len(text) > start and not _decode_whole(text[start:], found):
        _decode_parts(_with_json_tokens(text), start, found)
    if b"\\u" in line:
        found.values = [_without_surrogates(value) for value in found.values]
    return found


def _decode_whole(text: str, found: Salvage) -> bool:
    """Add the value that the whole text is, and return whether it is one (or hopeless)."""
    for decoder, spell in ((_FAST, str), (_DECODER, str), (_DECODER, _with_json_tokens)):
        try:
            found.values.append(decoder.decode(spell(text)))
        except ValueError:
            continue
        except RecursionError:
            found.say("nested too deeply, left out", 1)
        return True
    return False


def _with_json_tokens(text: str) -> str:
    """Return the text with bare ``nan``, ``-inf``, ``1.#QNAN`` spelled as Python's json does."""
    return _TOKEN.sub(_json_token, text)


def _json_token(match: re.Match[str]) -> str:
    token = match[0]
    if token.startswith('"'):
        return token
    if match["nan"]:
        return "NaN"
    return "-Infinity" if token.startswith("-") else "Infinity"


def _decode_parts(text: str, start: int, found: Salvage) -> None:
    """Add the values that a line begins with, then the record that a broken one was fused with."""
    position = start
    try:
        while position < len(text):
            value, end = _DECODER.raw_decode(text, position)
            if not isinstance(value, (dict, list)):  # "10%|..." begins with a number
                _recover(text, position, position, found, is_torn=False)
                return
            found.values.append(value)
            separator = _BETWEEN.match(text, end)
            position = end if separator is None else separator.end()
    except (JSONDecodeError, RecursionError) as error:
        place = error.pos if isinstance(error, JSONDecodeError) else position
        is_torn = text[position] in "{[" and _is_end(text, place)
        _recover(text, position, place, found, is_torn=is_torn)
    else:
        found.say("several JSON values on one line, all of them read", start + 1)


def _recover(text: str, start: int, place: int, found: Salvage, *, is_torn: bool) -> None:
    """Add the last record in a broken text, and say what was lost before it."""
    at = len(text)
    for _ in range(TRIES):
        at = text.rfind('{"', start + 1, at)
        if at < 0:
            break
        try:
            value = _DECODER.decode(text[at:])
        except (JSONDecodeError, RecursionError):
            continue
        if is_record(value):
            found.values.append(value)
            if text[start] == "{":
                found.say("a torn line fused with the next record, which is kept", at + 1)
            else:
                found.say("text before a record, which is kept", start + 1)
            return
    found.is_torn = is_torn
    if found.values:
        found.say("text after a record, which is kept", start + 1)
    else:
        found.say("a torn line, left out" if is_torn else "not JSON, left out", place + 1)


def _is_end(text: str, place: int) -> bool:
    """Return whether a decoder that stopped at a place found the end of the text too early."""
    rest = text[place:]
    is_open = rest.startswith('"') and re.fullmatch(r'"(?:[^"\\]|\\.)*\\?', rest) is not None
    return is_open or len(rest) < len("false")


def _without_surrogates(value: object) -> object:
    """Return a value whose texts can be written: half of an escaped pair becomes ``?``."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(_SURROGATE.sub("?", text)) if _SURROGATE.search(text) else value


def is_record(value: object) -> bool:
    """Return whether a decoded value looks like a whole line of a log: it has an axis or a type.

    >>> is_record({"step": 3, "loss": 0.5}), is_record({"loss": 0.5})
    (True, False)
    """
    return isinstance(value, dict) and any(key == "_type" or axis_of(key) for key in value)
