"""Mels in files of torch: read without torch, and refused with the reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gating.making import checkpoint, torch_zip, weights, zipped_pickle
from spectrogram.voices import voice

from healthlint.cli import main
from healthlint.spectrogram import Front, SpectrogramError, log_mel
from healthlint.spectrogram.inputs import Settings, read
from healthlint.spectrogram.measuring import found

MEL = log_mel(voice(2, 2.0), Front()).astype("f4")


@pytest.mark.parametrize("suffix", [".pt", ".PTH"])
def test_a_tensor_alone(tmp_path: Path, suffix: str) -> None:
    given = read(torch_zip(tmp_path / f"a{suffix}", MEL), Settings())
    np.testing.assert_array_equal(given.mel, MEL)


def test_a_dictionary_says_its_settings(tmp_path: Path) -> None:
    """Numbers may be plain or tensors without axes; other tensors beside `mel` do no harm."""
    held = {"mel": MEL[None], "pitch": MEL[:2], "sample_rate": 24000, "scale": "ln-amp"}
    given = read(torch_zip(tmp_path / "a.pt", {**held, "hop_length": np.array(300)}), Settings())
    assert (given.front.sample_rate, given.front.hop, given.notes) == (24000, 300, ())
    np.testing.assert_array_equal(given.mel, MEL)
    named = torch_zip(tmp_path / "b.pt", {"spec": MEL, "energy": MEL[0]})
    np.testing.assert_array_equal(read(named, Settings()).mel, MEL)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (checkpoint(), "no mel in it: there is schema, model, optimizer, step and 2 more; save"),
        (weights(), r"which tensor is the mel\? there is: encoder.weight, decoder.weight; save"),
        ([MEL], "no mel in it: its outermost object is a list; save the tensor alone"),
        ({"mel": MEL, "sample_rate": float("nan")}, "its sample_rate is nan"),
        (MEL[0], "is no spectrogram"),
    ],
)
def test_what_holds_no_mel_says_what_it_holds(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(SpectrogramError, match=said):
        read(torch_zip(tmp_path / "a.pt", content), Settings())


def test_code_is_refused_by_name(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    data = b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR."
    with pytest.raises(SpectrogramError, match=r"asks to run os\.system.* \(byte \d+"):
        read(zipped_pickle(tmp_path / "a.pt", data), Settings())
    assert not canary.exists()


def test_damaged_files(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "a.pt", MEL)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SpectrogramError, match="truncated"):
        read(path, Settings())
    path.write_bytes(b"")
    with pytest.raises(SpectrogramError):
        read(path, Settings())


def test_checkpoints_of_a_folder_are_left_out(tmp_path: Path) -> None:
    """One that cannot be looked into is not: it may be a mel."""
    mel = torch_zip(tmp_path / "mel.pt", {"mel": MEL})
    torch_zip(tmp_path / "epoch_1.pt", checkpoint())
    torch_zip(tmp_path / "weights.pt", weights())
    torch_zip(tmp_path / "settings.pt", {"mel": {"bands": 80}, "model": weights()})
    broken = tmp_path / "broken.pt"
    broken.write_bytes(mel.read_bytes()[:-40])
    assert found(tmp_path) == [broken, mel]


def test_blur_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(6):
        torch_zip(tmp_path / f"{i}.pt", log_mel(voice(i), Front()).astype("f4"))
    smooth = np.array([np.convolve(band, np.ones(5) / 5, "same") for band in MEL], "f4")
    path = torch_zip(tmp_path / "smooth.pth", smooth)
    references = [word for i in range(6) for word in ("--reference", str(tmp_path / f"{i}.pt"))]
    assert main(["blur", str(path), *references]) == 1
    assert "blurred" in capsys.readouterr().out
    torch_zip(path, checkpoint())
    assert main(["blur", str(path), *references]) == 2
    assert "no mel in it" in capsys.readouterr().out


def test_files_of_real_torch(tmp_path: Path) -> None:
    """Views, half numbers, parameters, both formats; read in a process that never imports torch."""
    torch = pytest.importorskip("torch")
    mel = torch.from_numpy(MEL.copy())
    whole = torch.cat([torch.zeros(3, MEL.shape[1]), mel])
    contents = {
        "plain": mel,
        "turned": mel.T,
        "view": whole[3:],
        "parameter": torch.nn.Parameter(mel),
        "half": mel.half(),
        "bfloat": mel.bfloat16(),
        "said": {"mel": mel[None], "sample_rate": torch.tensor(22050)},
    }
    for name, content in contents.items():
        torch.save(content, tmp_path / f"{name}.pt")
    torch.save(whole[3:], tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    program = (
        "import sys, json; from pathlib import Path\n"
        "from healthlint.spectrogram.inputs import Settings, read\n"
        "paths = Path(sys.argv[1]).glob('*.pt')\n"
        "made = {path.stem: read(path, Settings()).mel.tolist() for path in paths}\n"
        "assert 'torch' not in sys.modules\n"
        "print(json.dumps(made))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    made = json.loads(done.stdout)
    assert set(made) == {*contents, "old"}
    for name, given in made.items():
        bound = {"half": 1e-2, "bfloat": 5e-2}.get(name, 0)
        np.testing.assert_allclose(np.array(given), MEL, rtol=0, atol=bound)
