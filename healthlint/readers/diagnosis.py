"""What a file is that is no log: said by name, with what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from json import JSONDecodeError, JSONDecoder

from healthlint.logs.model import Problem
from healthlint.readers.salvage import salvage

SQLITE = b"SQLite format 3\x00"
"""First bytes of a SQLite file."""
_LFS = b"version https://git-lfs.github.com/spec/"
_PACKED = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
}
_UTF_32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_ELSEWHERE = (b'"data_time"', b'"log_history"')  # mmengine's records, one state on one line
_DECODER = JSONDecoder()


def refusal(head: bytes) -> Problem | None:
    """Return why no reader is to try these first bytes, None where one may.

    Args:
        head: The first bytes, unpacked, at most 64 KiB.
    """
    if not head.strip():
        return Problem(message="the file is empty", kind="nothing")
    if not head.strip(b"\x00 \t\r\n"):
        said = "nothing but NUL bytes: room was made for it, never written"
        return Problem(message=said, kind="nothing")
    if head.startswith(_LFS):
        hint = "fetch the file: `git lfs pull`"
        return _unreadable("a Git LFS pointer, not the log itself", hint)
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            hint = "unpack it first; .gz is read as it is"
            hint = "`pip install zstandard`, or unpack it first" if name == "zstd" else hint
            return _unreadable(f"compressed with {name}", hint)
    if head.startswith(_UTF_32):
        return _unreadable("encoded as UTF-32, not UTF-8", "convert it: `iconv -f UTF-32 -t UTF-8`")
    return None


def unknown(head: bytes) -> Problem:
    """Return what a file is that no reader knows, as far as its first bytes tell."""
    if is_one_json_value(head):
        return one_json_value(head)
    if head.startswith(SQLITE):
        said = "a SQLite file that is damaged, or has no table of metrics that is known"
        return _unreadable(said)
    if b"\x00" in head or is_mostly_binary(head):
        said = "not a training log: a binary file of no known format"
        return Problem(message=said, kind="nothing")
    return _without_losses(head)


def _without_losses(head: bytes) -> Problem:
    """Return why a text is not read, with the first line that nothing was made of."""
    from healthlint.readers.grammar import numbers_in  # patterns that a log that is read spares

    lines = [line.rstrip() for line in head.decode(errors="replace").splitlines()]
    if died := _exception(lines):
        number, words = died
        said = f"no record of a training before it ended with an exception: {words[:120]!r}"
        return Problem(message=said, line=number, kind="nothing")
    lines = [line.strip() for line in lines]
    named = [(number, line) for number, line in enumerate(lines, 1) if numbers_in(line)]
    named = named or [(n, line) for n, line in enumerate(lines, 1) if _is_of_training(line)]
    number, line = named[0] if named else next(one for one in enumerate(lines, 1) if one[1])
    if not named:
        said = f"not a training log: no number with a name in it; it begins with {line[:60]!r}"
        return Problem(message=said, line=number, kind="nothing")
    shown = line if len(line) <= 80 else line[:79] + "…"
    said = (
        f"no training was found: no line has a loss at a step or epoch; not understood: {shown!r}"
    )
    hint = "a line such as `step 10, loss: 0.5` is read; so are JSON Lines and CSV"
    return Problem(message=said, line=number, hint=hint, kind="nothing")


def _is_of_training(line: str) -> bool:
    return "loss" in line.lower() and any(letter.isdigit() for letter in line)


def _exception(lines: Sequence[str]) -> tuple[int, str] | None:
    """Return line and words of the last exception of a text, None without one."""
    from healthlint.readers.lastwords import Listener

    listener = Listener()
    raised = [
        (number, words)
        for number, line in enumerate(lines, 1)
        for kind, words in listener.hear(line)
        if kind.endswith("exception")
    ]
    return raised[-1] if raised else None


def one_json_value(head: bytes) -> Problem:
    """Return what to say of one JSON value that holds no records where they are looked for."""
    is_list = head.removeprefix(_BOM).lstrip().startswith(b"[")
    what = "a JSON array" if is_list else "one JSON object"
    hint = "write one record a line: `jq -c '.[]'`"
    return _unreadable(f"{what} over several lines, without records of a training", hint)


def is_one_json_value(head: bytes) -> bool:
    r"""Return whether these first bytes begin one JSON value that goes over several lines.

    >>> is_one_json_value(b'{\n "step": 1}'), is_one_json_value(b'{"step": 1}\n{"step": 2}')
    (True, False)
    """
    return _behind_json(head) is not None


def is_nothing_but_json(head: bytes) -> bool:
    r"""Return whether these first bytes are one JSON value over several lines and no more.

    >>> is_nothing_but_json(b'[\n {"step": 1},\n {"st'), is_nothing_but_json(b'{\n "a": 1}\nstep 1')
    (True, False)
    """
    return _behind_json(head) == ""


def _behind_json(head: bytes) -> str | None:
    """Return what follows a JSON value over several lines, None where first bytes begin none."""
    lines = [line for line in head.removeprefix(_BOM).splitlines() if line.strip()]
    if len(lines) < 2 or not lines[0].lstrip().startswith((b"{", b"[")):
        return None
    if salvage(lines[0]).values or lines[1].startswith((b'{"', b"[{")):
        return None
    text = head.removeprefix(_BOM).decode(errors="replace").lstrip()
    try:
        return text[_DECODER.raw_decode(text)[1] :].strip()
    except JSONDecodeError as error:  # one as far as it goes: `[12:30] loss` is not
        rest = text[error.pos :].strip()
        if "\n" not in rest:
            return ""
        return rest if error.pos > len(text) // 2 else None
    except RecursionError:
        return ""


def is_lines_of_objects(head: bytes) -> bool:
    r"""Return whether these first bytes are plain JSON Lines: whole objects and nothing else.

    >>> is_lines_of_objects(b'{"step": 1}\n{"step": 2}\n'), is_lines_of_objects(b'{"step":')
    (True, False)
    """
    if any(sign in head for sign in _ELSEWHERE):
        return False
    lines = [line for line in head.removeprefix(_BOM).splitlines()[:4] if line.strip()]
    if len(lines) == 1 and b": [" in lines[0].replace(b":[", b": ["):
        return False  # lists of values: another format may know them
    whole = lines[:-1] if len(lines) > 1 else lines  # the last one may be cut
    return bool(whole) and all(
        line.lstrip()[1:].lstrip()[:1] in (b'"', b"}")
        and line.lstrip().startswith(b"{")
        and line.rstrip().endswith(b"}")
        for line in whole
    )


def is_mostly_binary(head: bytes) -> bool:
    """Return whether these first bytes are no text: more than one in twenty is a control."""
    controls = sum(byte < 32 and byte not in b"\b\t\n\r\x1b" for byte in head[:1024])
    return controls > len(head[:1024]) / 20


def _unreadable(message: str, hint: str | None = None) -> Problem:
    return Problem(message=message, hint=hint, kind="unreadable")
