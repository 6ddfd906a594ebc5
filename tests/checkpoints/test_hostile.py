"""Pickles that want to run code, or to eat memory: refused, and nothing of them is run."""

from __future__ import annotations

import pickle
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from gating.making import zipped_pickle

from healthlint.checkpoints import CheckpointError, read


class Reduced:
    """An object whose pickle calls a function."""

    def __init__(self, function, *arguments: object) -> None:
        self.made = (function, arguments)

    def __reduce__(self):
        return self.made


def _text(word: str) -> bytes:
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def corpus(canary: Path) -> dict[str, bytes]:
    """Return pickles that would create a file if anything of them ran."""
    command, code = f"touch {canary}", f"open({str(canary)!r}, 'w')"
    end = b"(" + _text(command) + b"tR."
    return {
        "os.system": b"\x80\x02cos\nsystem\n" + end,
        "posix": b"\x80\x02cposix\nsystem\n" + end,
        "eval": pickle.dumps(Reduced(eval, code)),
        "exec": pickle.dumps({"model": {"w": Reduced(exec, code)}}),
        "nested": pickle.dumps([[{"a": (Reduced(eval, code),)}]]),
        "getattr": b"\x80\x02c__builtin__\ngetattr\n(cos\npath\n" + _text("os") + b"tR.",
        "subprocess": b"\x80\x02csubprocess\nPopen\n(" + _text(command) + b"tR.",
        "stack global": b"\x80\x04" + _text("os") + _text("system") + b"\x93" + end[:-1] + b".",
        "spelled from memo": b"\x80\x04" + _text("os") + b"q\x00" + _text("system") + b"q\x01"
        + b"00h\x00h\x01\x93" + end,
        "dotted": b"\x80\x04" + _text("torch") + _text("_utils.os.system") + b"\x93" + end,
        "through torch": b"\x80\x02ctorch.hub\nload\n" + end,
        "dunder": b"\x80\x02ctorch\n__builtins__\n.",
        "inst": b"(" + _text(command) + b"ios\nsystem\n.",
        "obj": b"(cos\nsystem\n" + _text(command) + b"o.",
        "newobj": b"\x80\x02cos\nsystem\n" + _text(command) + b"\x85\x81.",
        "setstate": b"\x80\x02cbuiltins\n__import__\n(" + _text("os") + b"tR}b.",
        "build": b"\x80\x02ccollections\nOrderedDict\n)R}" + _text("__setstate__")
        + b"cos\nsystem\nsb" + _text(command) + b"b.",
        "extension": b"\x80\x02\x82\x01.",
        "extension, long": b"\x80\x02\x84\x01\x00\x00\x00.",
        "persistent text": b"\x80\x02Pos.system\n.",
        "persistent number": b"\x80\x02K\x01Q.",
        "persistent dict": b"\x80\x02}Q.",
        "persistent storage of os": b"\x80\x02(" + _text("storage") + b"ccollections\nOrderedDict\n"
        + _text("0") + _text("cpu") + b"K\x01tQ.",
        "negative storage": b"\x80\x02(" + _text("storage") + b"ctorch\nFloatStorage\n"
        + _text("0") + _text("cpu") + b"J\xff\xff\xff\xfftQ.",
        "runpy": b"\x80\x02crunpy\nrun_path\n" + end,
        "partial": b"\x80\x02cfunctools\npartial\n(cos\nsystem\n" + _text(command) + b"tR)R.",
    }  # fmt: skip


BOMBS = {
    "memo": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "long": b"\x80\x02\x8b\xff\xff\xff\x7f\x00.",
    "bytes": b"\x80\x04\x8e" + (1 << 62).to_bytes(8, "little") + b"a.",
    "text": b"\x80\x04\x8d" + (1 << 62).to_bytes(8, "little") + b"a.",
    "frame": b"\x80\x04\x95" + (1 << 62).to_bytes(8, "little") + b".",
    "digits": b"I" + b"9" * 100_000 + b"\n.",
    "laughs": b"\x80\x02]q\x00" + b"".join(
        b"](" + b"h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(60)
    ) + b".",
    "nested lists": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "nested tuples": b"\x80\x02)" + b"\x85" * 200_000 + b".",
    "nested key": b"\x80\x02})" + b"\x85" * 200_000 + b"Ns.",
    "self": b"\x80\x02]q\x00h\x00a.",
    "no end": b"\x80\x02" + b"N" * 1000,
    "mark": b"\x80\x02t.",
    "pop": b"\x80\x020000.",
    "huge key": b"\x80\x02}\x8b\x00\x10\x00\x00" + b"\x7f" * 4096 + b"Ns.",
    "huge storage": b"\x80\x02(" + _text("storage") + b"ctorch\nFloatStorage\n" + _text("0")
    + _text("cpu") + b"\x8b\x00\x10\x00\x00" + b"\x7f" * 4096 + b"tQ.",
    "unhashable": b"\x80\x02}]Ns.",
}  # fmt: skip


@pytest.mark.parametrize("name", list(corpus(Path("x"))))
@pytest.mark.parametrize("is_zip", [True, False])
def test_nothing_is_run(tmp_path: Path, name: str, is_zip: bool) -> None:
    canary, path = tmp_path / "canary", tmp_path / "a.pt"
    data = corpus(canary)[name]
    before = set(sys.modules)
    if is_zip:
        zipped_pickle(path, data)
    else:
        path.write_bytes(data)
    with pytest.raises(CheckpointError) as raised:
        read(str(path))
    assert not canary.exists()
    assert not {"runpy", "torch", "torch.hub"} & (set(sys.modules) - before)
    assert str(raised.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("os.system", "asks to run os.system"),
        ("eval", "asks to run builtins.eval"),
        ("stack global", "asks to run os.system"),
        ("spelled from memo", "asks to run os.system"),
        ("dotted", "asks to run torch._utils.os.system"),
        ("partial", "asks to run os.system"),
        ("extension", "uses EXT1"),
        ("persistent number", "a persistent id that is no storage"),
    ],
)
def test_named_with_its_place(tmp_path: Path, name: str, said: str) -> None:
    path = zipped_pickle(tmp_path / "a.pt", corpus(tmp_path / "canary")[name])
    with pytest.raises(CheckpointError, match=said) as raised:
        read(str(path))
    assert "byte" in str(raised.value)


@pytest.mark.parametrize("name", list(BOMBS))
def test_bombs_end_soon_and_small(tmp_path: Path, name: str) -> None:
    path = zipped_pickle(tmp_path / "a.pt", BOMBS[name])
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(CheckpointError):
            read(str(path))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 20


def test_a_class_of_the_trainer_is_no_attack(tmp_path: Path) -> None:
    """Settings of a class that is not installed are kept as a name; the tensors are read."""
    from gating.making import Placed, checkpoint, torch_zip

    path = torch_zip(tmp_path / "a.pt", checkpoint(config=Placed("my_trainer.config", "Settings")))
    own = read(str(path))
    assert own.classes == ("my_trainer.config.Settings",)
    assert own.numbers == 48
