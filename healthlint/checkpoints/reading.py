"""A file or model folder as a checkpoint: every part of it named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from healthlint.checkpoints import content, files
from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.layouts import Parts, parts
from healthlint.checkpoints.model import Checkpoint, Opaque, Raw, Tensor
from healthlint.files.limits import small_file

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_WHOLE = ("model.safetensors", "pytorch_model.bin")
_STATE = "trainer_state.json"
_MOST_JSON = 1 << 26


def read(path: str) -> Checkpoint:
    """Return the checkpoint at a path; nothing of it is run.

    Args:
        path: A file, or a model folder.

    Raises:
        CheckpointError: It is no checkpoint, is damaged, or asks for code to run.
    """
    place = Path(path)
    if place.is_dir():
        return _folder(path, place)
    if not place.exists():
        raise CheckpointError("no such file or folder")
    if not place.is_file():
        raise CheckpointError("neither a file nor a folder")
    raw = files.load(place)
    whole = raw.content
    if isinstance(whole, Opaque):  # a whole module was saved
        whole = {"module": whole}
    if not isinstance(whole, dict):
        word = "tensor" if isinstance(whole, Tensor) else type(whole).__name__
        raise CheckpointError(f"no checkpoint: its outermost object is a {word}")
    said = parts(whole) or Parts(name="unknown layout")
    named = dict(content.tensors(whole))
    if not named:
        raise CheckpointError("no checkpoint: it holds no tensor")
    return _checkpoint(path, raw, named, said, place.stat().st_size)


def _checkpoint(
    path: str, raw: Raw, named: Mapping[str, Tensor], said: Parts, size: int
) -> Checkpoint:
    places = tuple(f"{part}." for part in said.weights)
    own = {name: tensor for name, tensor in named.items() if name.startswith(places or "")}
    only = places[0] if len(places) == 1 else ""  # the entry that holds all weights
    return Checkpoint(
        path=path,
        kind=raw.kind,
        layout=said.name,
        weights={name.removeprefix(only): tensor for name, tensor in own.items()},
        others={name: tensor for name, tensor in named.items() if name not in own},
        storages=[*raw.storages, *(tensor.storage for tensor in named.values())],
        step=said.step,
        epoch=said.epoch,
        metrics=said.metrics,
        classes=tuple(name for name in raw.classes if name not in said.classes),
        bytes=size,
    )


def _folder(path: str, folder: Path) -> Checkpoint:
    shards = _shards(folder)
    raws = [files.load(shard) for shard in shards]
    tensors = dict(named for raw in raws for named in content.tensors(raw.content))
    if not tensors:
        raise CheckpointError("no tensor in this folder")
    state = _json(folder / _STATE) if (folder / _STATE).is_file() else {}
    kind = f"model folder of {len(shards)} {raws[0].kind}" + ("s" if len(shards) > 1 else "")
    said = Parts(
        name="Hugging Face" if state else "model folder",
        step=content.number(state, "global_step"),
        epoch=content.number(state, "epoch"),
        metrics=content.losses(state),
    )
    storages = [storage for raw in raws for storage in raw.storages]
    whole = Raw(kind, tensors, storages, [name for raw in raws for name in raw.classes])
    return _checkpoint(path, whole, tensors, said, sum(shard.stat().st_size for shard in shards))


def _shards(folder: Path) -> list[Path]:
    for name in _INDEXES:
        if (folder / name).is_file():
            return _indexed(folder, name)
    for name in _WHOLE:
        if (folder / name).is_file():
            return [folder / name]
    raise CheckpointError(
        f"no model in this folder ({', '.join(_WHOLE)})", "name the checkpoint file itself"
    )


def _indexed(folder: Path, index: str) -> list[Path]:
    listed = _json(folder / index).get("weight_map")
    if not isinstance(listed, Mapping) or not listed:
        raise CheckpointError(f"{index} lists no tensors")
    names = sorted({str(one) for one in listed.values()})
    for name in names:
        if Path(name).name != name:
            raise CheckpointError(f"{index} names {name[:80]}, which is not in the folder")
        if not (folder / name).is_file():
            raise CheckpointError(f"{name[:80]}, which {index} names, is missing")
    return [folder / name for name in names]


def _json(path: Path) -> dict[str, object]:
    try:
        said = json.loads(small_file(path, _MOST_JSON))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is no JSON") from error
    except OSError as error:
        raise CheckpointError(f"{path.name}: {error.strerror}") from error
    return said if isinstance(said, dict) else {}
