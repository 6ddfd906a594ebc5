"""Texts in other encodings than UTF-8, as consoles of Windows write them: recoded on the way."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_OLD = ("cp1251", "cp866", "koi8-r", "gb18030", "shift_jis", "euc_kr", "cp1252")
"""Encodings of one language, of which the words of a training tell which one it is."""
_FEWEST = 2


def encoding_of(head: bytes) -> str | None:
    r"""Return the encoding of a text that is not UTF-8, None where it is or cannot be told.

    >>> encoding_of("step 1 loss 0.5".encode("utf-16")), encoding_of(b"step 1 loss 0.5")
    ('utf-16-le', None)
    """
    if not head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00")) and head[:2] in _MARKS:
        return _MARKS[head[:2]]
    # ASCII text in UTF-16 has a NUL at every other byte; without a mark at its start too.
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        nuls, rest = head[first:200:2], head[1 - first : 200 : 2]
        if len(nuls) > 8 and not nuls.strip(b"\x00") and b"\x00" not in rest:
            return name
    return None if head.isascii() or b"\x00" in head or _is_utf8(head) else _old_encoding(head)


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _old_encoding(head: bytes) -> str | None:
    from healthlint.readers.languages import count_of_words

    found = {name: count_of_words(head.decode(name, errors="replace")) for name in _OLD}
    best = max(found, key=lambda name: found[name])
    return best if found[best] >= _FEWEST else None


def recoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield pieces of a text in another encoding as UTF-8, without a mark at its start."""
    texts = codecs.iterdecode(pieces, encoding, errors="replace")
    yield next(texts, "").removeprefix("\ufeff").encode(errors="replace")
    for text in texts:
        yield text.encode(errors="replace")
