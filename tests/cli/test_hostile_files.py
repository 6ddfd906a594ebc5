"""One bad file among good ones: a line with its place, the rest judged, exit code 2."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import struct
import subprocess
import sys
import time
import wave
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli.harness import Cli, rows, write_rows

from healthlint.cli import main
from healthlint.files import limits
from healthlint.readers import folders

Make = Callable[[Path], object]


def _wav(path: Path, rate: int = 22050, channels: int = 1, claimed: int = 0) -> None:
    sound = (3000 * np.random.default_rng(0).standard_normal(22050)).astype("<i2").tobytes()
    head = struct.pack(
        "<IHHIIHH", 16, 1, channels, rate, 2 * rate % 2**32, 2 * channels % 2**16, 16
    )
    data = b"data" + struct.pack("<I", claimed or len(sound)) + sound
    path.write_bytes(b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + head + data)


def _flac(path: Path) -> None:
    """A second of sound that says it lasts for two months."""
    soundfile = pytest.importorskip("soundfile")
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(0).normal(size=22050) / 9, 22050, format="FLAC")
    data = bytearray(stream.getvalue())
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)


def _array(shape: str, kind: str = "<f8", body: bytes = b"") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", 118) + head.ljust(117) + b"\n" + body


def _archive(path: Path, array: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", how) as packed:
        packed.writestr("mel.npy", array)


def _flagged(path: Path, at: int, value: int) -> None:
    """An archive of numpy, encrypted or packed by an unknown method."""
    np.savez(path, mel=np.zeros((80, 20)))
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\1\2") + at] = value
    path.write_bytes(data)


def _png(path: Path, wide: int, high: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b""))


SOUNDS: dict[str, tuple[str, Make, str]] = {
    "rate 0": ("a.wav", lambda p: _wav(p, 0), "no sound file that can be read"),
    "rate 999": ("a.wav", lambda p: _wav(p, 999), "a sample rate of 999 Hz"),
    "rate 384001": ("a.wav", lambda p: _wav(p, 384_001), "a sample rate of 384,001 Hz"),
    "rate 2 GHz": ("a.wav", lambda p: _wav(p, 2**31 - 1), "a sample rate of 2,147,483,647 Hz"),
    "65535 channels": ("a.wav", lambda p: _wav(p, channels=65535), "no sound file"),
    "two months": ("a.flac", _flac, "sound of more than an hour"),
    "noise": ("a.mp3", lambda p: p.write_bytes(os.urandom(999)), "no sound file"),
    "zip as wav": ("a.wav", lambda p: _archive(p, b""), "no sound file"),
    "terabyte": ("a.npy", lambda p: p.write_bytes(_array("(80, 10**9)")), "no array"),
    "declared": ("a.npy", lambda p: p.write_bytes(_array("(80, 1000000000)")), "596.0 GiB"),
    "in a zip": ("a.npz", lambda p: _archive(p, _array("(80, 1000000000)")), "596.0 GiB"),
    "wide type": ("a.npy", lambda p: p.write_bytes(_array("(9,)", "|V2147483647")), "18.0 GiB"),
    "objects": ("a.npy", lambda p: p.write_bytes(_array("(80, 9)", "|O")), "never unpacked"),
    "bomb": (
        "a.npz",
        lambda p: _archive(p, _array("(80, 500000)", body=bytes(320_000_000))),
        "305 MiB is more than a spectrogram has",
    ),
    "lzma": ("a.npz", lambda p: _archive(p, _array("(8,8)"), zipfile.ZIP_LZMA), "never packs"),
    "encrypted": ("a.npz", lambda p: _flagged(p, 8, 1), "no array that can be read"),
    "method 97": ("a.npz", lambda p: _flagged(p, 10, 97), "packed as numpy never packs"),
    "open bracket": ("a.npy", lambda p: p.write_bytes(_array("(" * 60)), "no array"),
    "settings": (
        "a.npz",
        lambda p: np.savez(p, mel=np.ones((80, 9)), sample_rate=np.float64(1e300)),
        "its sample_rate is 1e+300",
    ),
    "png bomb": ("a.png", lambda p: _png(p, 100_000, 100_000), "100000 by 100000 pixels"),
    "png of nothing": ("a.png", lambda p: _png(p, 0, 0), "no image"),
    "pickle": ("a.pt", lambda p: p.write_bytes(b"\x80\x02cos\nsystem\n."), "asks to run os.system"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOUNDS)
def test_blur(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    name, make, said = SOUNDS[kind]
    _wav(Path("good.wav"))
    make(Path(name))
    assert main(["blur", "good.wav", name]) == 2
    out, err = capsys.readouterr()
    assert said in " ".join(out.split())
    assert "good.wav" in out
    assert err == ""


def test_a_bound_lies_between_two_sizes(tmp_path: Path, capsys, monkeypatch) -> None:
    """An hour's worth is refused or taken by the memory that is allowed, to the frame."""
    monkeypatch.setenv(limits.VARIABLE, str(limits.DEFAULT))
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        file.writeframes(bytes(2 * 2_000_000))
    needed = 2_000_000 * 40
    assert main(["blur", "--max-memory", str(needed), str(path)]) != 2
    assert main(["blur", "--max-memory", str(needed - 1), str(path)]) == 2
    assert "are needed; cut it, or allow more: --max-memory" in " ".join(
        capsys.readouterr().out.split()
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("1GiB", 1 << 30), ("64M", 1 << 26), ("63M", 0), ("2 g", 2 << 30), ("-1G", 0), ("1e9", 0)],
)
def test_sizes_of_memory(capsys, monkeypatch: pytest.MonkeyPatch, text: str, size: int) -> None:
    monkeypatch.setenv(limits.VARIABLE, "")
    code = main(["inspect", "--max-memory", text, "/nonexistent"])
    assert (code, limits.memory()) == (2, size or limits.DEFAULT)
    assert ("--max-memory" in capsys.readouterr().err) is not bool(size)


def _gz_bomb(path: Path) -> None:
    with gzip.open(path, "wb", 9) as packed:
        packed.write(b'{"a":"' + bytes(60 << 20))


def _socket(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    made.bind(path.name)
    made.close()


LOGS: dict[str, tuple[str, Make, str]] = {
    "zip": ("a.jsonl", lambda p: _archive(p, b"x"), "compressed with zip"),
    "encrypted": ("a.jsonl", lambda p: _flagged(p.with_suffix(".npz"), 8, 1), "no such file"),
    "bomb": ("a.jsonl.gz", _gz_bomb, "a line of more than 16 MiB, left out"),
    "deep": ("a.jsonl", lambda p: p.write_text("[" * 100_000), "not a training log"),
    "pipe": ("a.jsonl", os.mkfifo, "cannot be read: a pipe, which is never opened"),
    "socket": ("a.jsonl", _socket, "cannot be read: a socket, which is never opened"),
    "device": ("a.jsonl", lambda p: p.symlink_to("/dev/zero"), "a device, which is never opened"),
    "loop": ("a.jsonl", lambda p: p.symlink_to("a.jsonl"), "symbolic links"),
    "huge numbers": (
        "a.jsonl",
        lambda p: p.write_text('{"step": ' + "9" * 5000 + ', "train/mel_loss": 1e999}\n'),
        "",
    ),
    "huge facts": (
        "a.jsonl",
        lambda p: p.write_text(
            '{"_type":"run","meta":{"sample_rate":1e308,"hop_length":' + "9" * 400 + "}}\n"
        ),
        "",
    ),
    "long names": (
        "a.jsonl",
        lambda p: p.write_text(
            '{"step":1,"train/mel_loss":1}\n'
            + json.dumps({"_type": "event", "event": "sample", "step": 1, "wav": "a" * 5000})
        ),
        "",
    ),
}


@pytest.mark.parametrize("kind", LOGS)
@pytest.mark.parametrize("command", ["check", "inspect"])
def test_logs(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    name, make, said = LOGS[kind]
    write_rows(Path("good.jsonl"), rows())
    make(Path(name))
    code = main([command, *(["--no-config"] if command == "check" else []), "good.jsonl", name])
    out, err = capsys.readouterr()
    assert said in " ".join(out.split())
    assert "internal error" not in out + err
    assert "mel" in out
    assert code == 2 or not said or "left out" in said or "not a training log" in said


def test_folders_that_may_not_be_entered_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "good.jsonl", rows())
    Path("secret").mkdir()
    scandir = os.scandir

    def refused(path: os.PathLike[str]):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(folders.os, "scandir", refused)
    assert main(["check", "--no-config", "-o", "concise", "."]) == 2
    out = capsys.readouterr().out
    assert "secret: error: this folder may not be entered: Permission denied" in out
    assert "in 2 logs" in out


def test_a_folder_of_many_foreign_files_is_soon_seen(tmp_path: Path) -> None:
    for i in range(20_000):
        (tmp_path / f"{i}.dat").touch()
    os.utime(tmp_path, (0, 0))
    start = time.process_time()
    assert main(["inspect", str(tmp_path)]) == 3
    assert time.process_time() - start < 3


@pytest.mark.parametrize("command", ["check", "inspect"])
def test_a_fault_of_ours_at_one_log_is_told_there(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    from healthlint import inspection, looking

    def broken(path: str, facts: object = None) -> object:
        if path.endswith("bad.jsonl"):
            raise TypeError("no such thing")
        return reads(path, facts)

    reads = looking.read
    monkeypatch.setattr(looking, "read", broken)
    monkeypatch.setattr(inspection, "read", broken)
    monkeypatch.chdir(tmp_path)
    for name in ("bad.jsonl", "good.jsonl"):
        write_rows(Path(name), rows())
    assert main([command, "bad.jsonl", "good.jsonl"]) == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "internal error: TypeError at test_hostile_files.py" in out
    assert "good.jsonl" in out


@pytest.mark.parametrize("command", ["blur", "gate", "inspect", "check"])
@pytest.mark.parametrize("name", ["a" * 5000, "a\0b"])
def test_names_that_no_file_can_have(capsys: pytest.CaptureFixture[str], command, name) -> None:
    assert main([command, name]) == 2
    out, err = capsys.readouterr()
    assert "internal error" not in out + err


def test_warnings_do_not_reach_the_terminal(cli: Cli, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        file.writeframes(b"\1\0" * 3)
    np.savez(tmp_path / "b.npz", mel=np.full((80, 20), 1e308))
    assert cli("blur", "a.wav", "b.npz").stderr == ""


def test_an_interrupted_start_is_one_line() -> None:
    """Ctrl-C while the command line is imported."""
    code = (
        "import sys, importlib.abc\n"
        "class Stop(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'healthlint.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from healthlint.__main__ import main\n"
        "sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
