"""Files into checkpoints: what torch and safetensors write, read without either."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from gating.making import checkpoint, safetensors, torch_zip, weights
from hypothesis import given
from hypothesis import strategies as st

from healthlint.checkpoints import CheckpointError, read, scan

USER = os.environ.get("HEALTHLINT_CHECKPOINT", "")


def _scanned(path: Path):
    own = read(str(path))
    return scan(own.storages, {**own.weights, **own.others}, own.weights)


def test_trainer_layout(tmp_path: Path) -> None:
    own = read(str(torch_zip(tmp_path / "a.pt", checkpoint(7, losses={"val/mel_loss": 0.5}))))
    assert (own.layout, own.epoch, own.step) == ("healthlint train", 7, 350)
    assert own.metrics == {"val/mel_loss": 0.5}
    assert list(own.weights) == ["encoder.weight", "encoder.bias", "decoder.weight"]
    assert own.weights["encoder.weight"].shape == (6, 4)
    assert list(own.others) == ["optimizer.state.0.exp_avg"]


@pytest.mark.parametrize(
    ("content", "layout", "epoch", "step"),
    [
        (
            {
                "state_dict": weights(),
                "pytorch-lightning_version": "2",
                "epoch": 4,
                "global_step": 9,
            },
            "Lightning",
            5,
            9,
        ),
        ({"model": weights(), "model_loss": 0.5, "step": 8, "epoch": 1}, "Coqui", 2, 8),
        ({"model": weights(), "iteration": 3, "learning_rate": 1e-4}, "VITS", 3, None),
        ({"generator": weights()}, "HiFi-GAN", None, None),
        ({"model_state_dict": weights(), "epoch": 4, "val_mel_loss": 0.1, "global_step": 5},
         "kokoro-ruslan", 5, 5),
        (weights(), "plain weights", None, None),
        ({"net": weights(), "step": 3, "epoch": 3}, "weights in net", None, 3),
    ],
)  # fmt: skip
def test_layouts(tmp_path: Path, content: object, layout: str, epoch: object, step: object) -> None:
    own = read(str(torch_zip(tmp_path / "a.pt", content)))
    assert (own.layout, own.epoch, own.step) == (layout, epoch, step)
    assert own.numbers == 48


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_one_sick_number_is_found(tmp_path: Path, bad: float, kind: str) -> None:
    sick = np.zeros((5, 4), kind)
    sick[3, 2] = bad
    found = _scanned(torch_zip(tmp_path / "a.pt", {"w": np.ones(3, "f4"), "sick": sick}))
    assert [(one.name, one.count, one.first) for one in found.sick] == [("sick", 1, (3, 2))]


@pytest.mark.parametrize(
    ("kind", "fine", "sick"),
    [
        ("BF16", [0x7F7F, 0x0001, 0xFF7F], [0x7F80, 0x7FC0, 0xFF80]),
        ("F16", [0x7BFF, 0x0001, 0xFBFF], [0x7C00, 0x7E00, 0xFC00]),
    ],
)
def test_bits_of_short_floats(tmp_path: Path, kind: str, fine: list[int], sick: list[int]) -> None:
    """The largest finite number on one side, infinity and NaN on the other."""
    path = safetensors(tmp_path / "a.safetensors", {"w": np.array(fine, "u2")}, kind)
    assert _scanned(path).sick == []
    path = safetensors(tmp_path / "b.safetensors", {"w": np.array(sick, "u2")}, kind)
    assert _scanned(path).sick[0].count == 3


def test_float8(tmp_path: Path) -> None:
    """e4m3fn has no infinity: 0x7E is 448, 0x7F is NaN; in e5m2 0x7C is infinity."""
    for kind, fine, sick in (("F8_E4M3", 0x7E, 0xFF), ("F8_E5M2", 0x7B, 0xFC)):
        held = np.array([fine, sick], "u1")
        path = safetensors(tmp_path / "a.safetensors", {"w": held}, kind)
        found = _scanned(path)
        assert [(one.count, one.first) for one in found.sick] == [(1, (1,))]


def test_chunks_agree_with_one_look(tmp_path: Path) -> None:
    """A NaN in the last of several chunks is told with its place."""
    held = np.ones((1100, 1024), "f4")
    held[1099, 7] = np.nan
    found = _scanned(torch_zip(tmp_path / "a.pt", {"w": held}))
    assert found.sick[0].first == (1099, 7)


def _pointer(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")


def _truncated_zip(path: Path) -> None:
    torch_zip(path, checkpoint())
    path.write_bytes(path.read_bytes()[:-40])


def _truncated_table(path: Path) -> None:
    safetensors(path, weights())
    path.write_bytes(path.read_bytes()[:-4])


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("archive/data.pkl", b"\0" * 10_000_000)


def _other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "no")


def _tar(path: Path) -> None:
    import tarfile

    with tarfile.open(path, "w") as packed:
        packed.add(__file__, "storages")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_pointer, "a Git LFS pointer"),
        (_truncated_zip, "truncated or damaged"),
        (_truncated_table, "truncated: tensor decoder.weight"),
        (_bomb, "compressed, which torch never does: 9,7.. bytes for 10,000,000"),
        (_other_zip, "but not of torch: it holds readme.txt"),
        (_tar, "a tar file"),
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.write_text("<!DOCTYPE html>"), "a web page"),
        (lambda path: path.write_text("hello"), "neither a file of torch nor safetensors"),
    ],
)
def test_refused_with_the_reason(tmp_path: Path, make, reason: str) -> None:
    path = tmp_path / "model.safetensors"
    make(path)
    with pytest.raises(CheckpointError, match=reason):
        read(str(path))


def test_a_zip_file_with_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("archive/dat\u00e4.pkl", b"N.")
    path.write_bytes(path.read_bytes().replace("\u00e4".encode(), b"\xff\xff"))
    with pytest.raises(CheckpointError, match="but not of torch: it holds archive/dat"):
        read(str(path))


def test_a_storage_too_short(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "a.pt", {"w": np.ones(3, "f4")})
    with zipfile.ZipFile(path) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    held["archive/data/0"] = b"1234"
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in held.items():
            packed.writestr(name, data)
    with pytest.raises(CheckpointError, match="storage 0 has 4 bytes, not 12"):
        read(str(path))


def test_folder_of_shards(tmp_path: Path) -> None:
    safetensors(tmp_path / "model-1.safetensors", {"a": np.ones(3, "f4")})
    index = '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(CheckpointError, match=r"model-2.safetensors, which .* names, is missing"):
        read(str(tmp_path))
    safetensors(tmp_path / "model-2.safetensors", {"b": np.ones(2, "f4")})
    (tmp_path / "trainer_state.json").write_text('{"global_step": 7, "epoch": 2.0}')
    own = read(str(tmp_path))
    assert (own.numbers, own.step, own.epoch, own.layout) == (5, 7, 2, "Hugging Face")


def test_index_that_leads_out_of_its_folder(tmp_path: Path) -> None:
    index = '{"weight_map": {"a": "../../x.safetensors"}}'
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(CheckpointError, match="not in the folder"):
        read(str(tmp_path))


@examples(150)
@given(st.binary(max_size=200), st.integers(0, 3))
def test_any_bytes_end(tmp_path_factory: pytest.TempPathFactory, data: bytes, kind: int) -> None:
    """Any bytes, bare or behind the first bytes of a kind, give a checkpoint or a refusal."""
    head = [b"", b"PK\x03\x04", b"\x80\x02", len(data).to_bytes(8, "little") + b"{"][kind]
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(head + data)
    try:
        read(str(path))
    except CheckpointError as error:
        assert str(error)


@examples(150)
@given(st.data())
def test_any_damage_ends(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A few bytes of a good file changed: a checkpoint or a refusal, never a crash."""
    path = tmp_path_factory.getbasetemp() / "damaged"
    torch_zip(path, checkpoint())
    held = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        held[data.draw(st.integers(0, len(held) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(held)
    try:
        _scanned(path)
    except CheckpointError as error:
        assert str(error)


def test_by_torch(tmp_path: Path) -> None:
    """What the real torch writes, new and old, every type, shared and transposed."""
    torch = pytest.importorskip("torch")
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    content = {
        "model": {"base": base, "view": base[1:], "turned": base.T, "half": base.bfloat16()},
        "step": 3,
    }
    content["model"]["parameter"] = torch.nn.Parameter(torch.ones(2))
    for is_new in (True, False):
        path = tmp_path / f"{is_new}.pt"
        torch.save(content, path, _use_new_zipfile_serialization=is_new)
        own = read(str(path))
        assert own.weights["turned"].shape == (4, 3)
        assert own.weights["view"].offset == 4
        assert own.weights["half"].storage.dtype == "bfloat16"
        assert _scanned(path).numbers == 26
        content["model"]["base"][1, 2] = float("nan")
        torch.save(content, path, _use_new_zipfile_serialization=is_new)
        assert _scanned(path).sick[0].first == (1, 2)
        content["model"]["base"][1, 2] = 0


def test_types_without_a_storage_of_their_own(tmp_path: Path) -> None:
    """float8 lies in an untyped storage, whose bytes alone say nothing."""
    torch = pytest.importorskip("torch")
    held = torch.ones(4).to(torch.float8_e4m3fn)
    torch.save({"model": {"w": held}}, tmp_path / "a.pt")
    assert _scanned(tmp_path / "a.pt").sick == []
    held = torch.tensor([1.0, float("nan")]).to(torch.float8_e4m3fn)
    torch.save({"model": {"w": held}}, tmp_path / "a.pt")
    assert [(one.name, one.first) for one in _scanned(tmp_path / "a.pt").sick] == [
        ("w", (1,)),
    ]


@pytest.mark.skipif(not USER, reason="HEALTHLINT_CHECKPOINT names no checkpoint of kokoro-ruslan")
def test_a_real_one() -> None:
    own = read(USER)
    assert own.layout == "kokoro-ruslan"
    assert own.numbers > 1_000_000
    assert _scanned(Path(USER)).sick == []
