"""Checkpoint files written without torch: the same bytes that torch writes, from numpy arrays."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage"}


class Placed:
    """A global of torch, written by name."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Writer(pickle._Pickler):
    """Writes arrays as torch writes tensors; keeps their bytes aside."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=2)
        self.kept: list[bytes] = []

    def save_placed(self, one: Placed) -> None:
        self.write(b"c" + f"{one.module}\n{one.name}\n".encode())

    dispatch[Placed] = save_placed

    def save_array(self, one: np.ndarray[Any, Any]) -> None:
        key = str(len(self.kept))
        self.kept.append(np.ascontiguousarray(one).tobytes())
        kind = Placed("torch", STORAGES[one.dtype.str[1:]])
        self.save_placed(Placed("torch._utils", "_rebuild_tensor_v2"))
        self.write(pickle.MARK)
        self.save(("storage", kind, key, "cpu", one.size))
        self.write(pickle.BINPERSID)
        stride = tuple(step // one.itemsize for step in np.asarray(one, order="C").strides)
        for part in (0, one.shape, stride, False):
            self.save(part)
        self.save_placed(Placed("collections", "OrderedDict"))
        self.write(pickle.EMPTY_TUPLE + pickle.REDUCE + pickle.TUPLE + pickle.REDUCE)

    dispatch[np.ndarray] = save_array


def torch_zip(path: Path, content: object) -> Path:
    """Write what torch.save would."""
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.dump(content)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("archive/data.pkl", stream.getvalue())
        packed.writestr("archive/byteorder", "little")
        packed.writestr("archive/version", "3\n")
        for i, data in enumerate(writer.kept):
            packed.writestr(f"archive/data/{i}", data)
    return path


def zipped_pickle(path: Path, data: bytes) -> Path:
    """Write a torch zip file around a pickle as it is."""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("archive/data.pkl", data)
        packed.writestr("archive/version", "3\n")
    return path


def safetensors(path: Path, arrays: dict[str, np.ndarray[Any, Any]], kind: str = "F32") -> Path:
    """Write a safetensors file."""
    table, at, data = {}, 0, b""
    for name, one in arrays.items():
        table[name] = {
            "dtype": kind,
            "shape": list(one.shape),
            "data_offsets": [at, at + one.nbytes],
        }
        at += one.nbytes
        data += one.tobytes()
    head = json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)
    return path


def weights(seed: int = 0) -> OrderedDict[str, np.ndarray[Any, Any]]:
    """Return the weights of a small model."""
    draw = np.random.default_rng(seed)
    shapes = {"encoder.weight": (6, 4), "encoder.bias": (6,), "decoder.weight": (3, 6)}
    return OrderedDict((n, draw.normal(size=s).astype("f4")) for n, s in shapes.items())


def checkpoint(epoch: int = 20, **changes: object) -> dict[str, object]:
    """Return the content of a checkpoint of this project's trainer, saved after an epoch."""
    return {
        "schema": "healthlint.checkpoint/1",
        "model": weights(),
        "optimizer": {"state": {0: {"exp_avg": weights(1)["encoder.weight"]}}},
        "step": 50 * epoch,
        "epoch": epoch + 1,
        "batch": 0,
        **changes,
    }
