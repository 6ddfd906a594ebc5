"""Pickles that want to run code, or to eat memory: refused, and nothing of them is run."""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
from gating.making import zipped_pickle

from healthlint.checkpoints import CheckpointError, read
from healthlint.checkpoints.names import standing

SCRIPT = Path(__file__).parents[2] / "scripts" / "malicious_models.py"
malicious = SimpleNamespace(**run_path(str(SCRIPT)))


def _text(word: str) -> bytes:
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


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


def test_nothing_is_run_and_nothing_shipped(tmp_path: Path) -> None:
    """Every malicious model is refused, or what it names is told."""
    canary, path = tmp_path / "canary", tmp_path / "a.pt"
    before = set(sys.modules)
    inert = []
    for name, data in malicious.models(canary).items():
        path.write_bytes(data)
        try:
            inert += [] if read(str(path)).classes else [name]
        except CheckpointError as error:
            assert str(error), name
    assert inert == []
    assert not canary.exists()
    assert not {"torch", "torch.hub", "pip", "idlelib"} & (set(sys.modules) - before)


def test_every_runner_is_refused_by_its_name() -> None:
    for name in malicious.RUNNERS:
        assert standing(*name.rsplit(".", 1)) == "runs code", name
    for name in malicious.FOREIGN:
        assert standing(*name.rsplit(".", 1)) == "foreign", name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GLOBAL", "asks to run os.system"),
        ("protocol 4", "asks to run builtins.exec"),
        ("STACK_GLOBAL", "asks to run os.system"),
        ("STACK_GLOBAL from memo", "asks to run os.system"),
        ("dotted", "asks to run torch._utils.os.system"),
        ("by partial", "asks to run os.system"),
        ("EXT1", "uses EXT1"),
        ("PERSID", "a persistent id that is no storage"),
    ],
)
def test_named_with_its_place(tmp_path: Path, name: str, said: str) -> None:
    path = zipped_pickle(tmp_path / "a.pt", malicious.instructions(tmp_path / "canary")[name])
    with pytest.raises(CheckpointError, match=said) as raised:
        read(str(path))
    assert "byte" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torch.Size", "data"),
        ("torch.Sized", "foreign"),
        ("torch.FloatStorage", "data"),
        ("torch.Float.Storage", "foreign"),
        ("torch.int8", "data"),
        ("torch.int_repr", "foreign"),
        ("torch.float8_e4m3fn", "data"),
        ("torch.float_power", "foreign"),
        ("torch._utils._rebuild_tensor_v2", "data"),
        ("torch._utils._rebuild_tensor_v4", "foreign"),
        ("torch.hub_of_mine", "foreign"),
        ("torch.hub", "runs code"),
        ("collections.OrderedDict", "data"),
        ("collections.abc", "runs code"),
        ("numpy.core.multiarray._reconstruct", "data"),
        ("numpy.core.multiarray.fromfile", "foreign"),
        ("numpy.dtypes.Float32DType", "data"),
        ("builtins.dict", "data"),
        ("builtins.dir", "runs code"),
        ("ossuary.System", "foreign"),
        ("my_trainer.os.system", "runs code"),
        ("my_trainer.Set tings", "runs code"),
        ("my_trainer.\u0441lass", "runs code"),
    ],
)
def test_near_misses_of_names(name: str, said: str) -> None:
    assert standing(*name.rsplit(".", 1)) == said


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


def test_a_class_of_a_known_trainer_is_its_own(tmp_path: Path) -> None:
    from gating.making import Placed, torch_zip, weights

    for is_known, module in ((True, "kokoro.training.config"), (False, "kokoro.training.other")):
        settings = {"config": Placed(module, "TrainingConfig"), "epoch": 4}
        content = {"model_state_dict": weights(), **settings}
        own = read(str(torch_zip(tmp_path / "a.pt", content)))
        assert (own.layout == "kokoro-ruslan", not own.classes) == (is_known, is_known)


def test_old_files_end_soon(tmp_path: Path) -> None:
    """A list of storages doubled sixty times; a large tuple that is a key many times."""
    path = tmp_path / "a.pt"
    doubled = b"\x80\x02]q\x00" + b"".join(
        b"](h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(60)
    )
    keys = b"\x80\x02}(" + b"K\x00" * 20_000 + b"tq\x00" + b"(" + b"h\x00N" * 20_000 + b"u."
    for pickled, place in ((doubled + b".", 4), (doubled + b".", 2), (keys, 3)):
        path.write_bytes(malicious.in_old(pickled, place))
        start = time.process_time()
        with pytest.raises(CheckpointError):
            read(str(path))
        assert time.process_time() - start < 2


def test_names_of_nested_containers_are_bounded(tmp_path: Path) -> None:
    """Sixty names of 200 letters before 100,000 entries: 1.2 GB of names where all were made."""
    deep = b"".join(b"}" + _text("k" * 200) for _ in range(60))
    path = zipped_pickle(
        tmp_path / "a.pt", b"\x80\x02" + deep + b"](" + b"]" * 100_000 + b"e" + b"s" * 60 + b"."
    )
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError):
            read(str(path))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
