"""Files into spectrograms: sound, arrays and images, each with what had to be assumed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.typing import NDArray

from healthlint.files import limits
from healthlint.spectrogram import audio, images, tensors
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats, Front, log_mel
from healthlint.spectrogram.scales import scaled, upright
from healthlint.spectrogram.structure import FINE_HZ

ARRAYS = (".npy", ".npz")
SUFFIXES = (*audio.SUFFIXES, *ARRAYS, *images.SUFFIXES, *tensors.SUFFIXES)
_TIMES_IN_MEMORY = 4
"""How much a spectrogram takes, of what its array does: as float64, and what is made of it."""
_NUMBER_BYTES = 8
_LARGEST_SETTING = 1e9
_ZIP_END_BYTES, _ZIP_LOCATOR_BYTES, _LONGEST_TABLE = 22, 20, 1 << 18
_NARROW = 0.9
"""Share of the measured range that sound must reach."""
_SETTINGS = {
    "sample_rate": "sample_rate",
    "sampling_rate": "sample_rate",
    "hop_length": "hop",
    "hop_size": "hop",
    "n_fft": "n_fft",
    "win_length": "window",
    "fmin": "fmin",
    "fmax": "fmax",
}


_WHISPER_FRONT = {"sample_rate": 16000, "n_fft": 400, "hop": 160}
"""The scale is one of a single front end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How files are to be understood.

    Attributes:
        front: The front end of arrays, and the one that sound is put through.
        scale: The declared scale of arrays, empty to recognise it.
        bands: The declared number of bands of arrays, 0 to tell it from their shape.
        is_guess: Whether the scale was recognised over a set of arrays, not declared.
    """

    front: Front = field(default_factory=Front)
    scale: str = ""
    bands: int = 0
    is_guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrogram:
    """One spectrogram, ready to be measured.

    Attributes:
        mel: Shape ``(bands, frames)``, natural logarithm of amplitude.
        front: The settings with which it was made, as far as known.
        notes: What had to be assumed, and what is wrong with the sound (silent, clipped).
        is_silent: Whether it is sound under -60 dB of full scale.
        scale: The scale in which it came, empty for sound.
        is_guess: Whether that was recognised, not declared.
    """

    mel: Floats
    front: Front
    notes: tuple[str, ...] = ()
    is_silent: bool = False
    scale: str = ""
    is_guess: bool = False


def read(path: Path, settings: Settings) -> Spectrogram:
    """Return the spectrogram of a file.

    Raises:
        SpectrogramError: It cannot be read or measured; the message says why.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise SpectrogramError("no such file")
    if suffix in audio.SUFFIXES:
        return _heard(path, settings)
    if suffix in images.SUFFIXES:
        return of_array(images.read(path), settings, {"scale": "z-scored"}, "image")
    array = loaded(path)
    if array is not None:
        return of_array(array[0], settings, array[1])
    hint = f"known: {', '.join(SUFFIXES)}"
    raise SpectrogramError(f"{suffix or 'no ending'} is no kind of file that is read", hint)


def loaded(path: Path) -> tuple[NDArray[Any], Mapping[str, Any]] | None:
    """Return the array of a file with what the file says beside it, None for one that holds none.

    Raises:
        SpectrogramError: It cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in ARRAYS:
        return _loaded(path)
    return tensors.read(path) if suffix in tensors.SUFFIXES else None


def _heard(path: Path, settings: Settings) -> Spectrogram:
    front = settings.front
    sound = audio.read(path, front.sample_rate)
    notes = []
    if sound.is_silent:
        notes.append(f"silent: {sound.level_db:.0f} dB of full scale")
    if sound.is_clipped:
        notes.append(f"clipped: {sound.clipped:.1%} of the samples at full scale")
    if sound.is_over:
        notes.append(f"over full scale: samples up to {sound.peak:,.4g}, not 1")
    _refuse_narrow(sound.own_rate, front)
    mel = log_mel(sound.wave, front)
    return Spectrogram(mel=mel, front=front, notes=tuple(notes), is_silent=sound.is_silent)


def _refuse_narrow(rate: int, front: Front) -> None:
    """Refuse sound that ends below the bands in which fine detail is measured."""
    if rate / 2 >= _NARROW * min(front.top, FINE_HZ[1]):
        return
    hop, n_fft = (round(length * rate / front.sample_rate) for length in (front.hop, front.n_fft))
    raise SpectrogramError(
        f"sound of {rate} Hz holds nothing above {rate // 2} Hz, where blur is seen",
        f"among its like alone: --sample-rate {rate} --n-fft {n_fft} --hop {hop}",
    )


def of_array(
    mel: NDArray[Any], settings: Settings, said: Mapping[str, Any], kind: str = "array"
) -> Spectrogram:
    """Return the spectrogram of an array.

    Args:
        mel: Shape ``(bands, frames)`` or ``(frames, bands)``, on any scale.
        settings: What was declared outranks what the file says.
        said: What the file says beside the array (``sample_rate``, ``hop_length``, ``scale``).
        kind: What to call it in notes.

    Raises:
        SpectrogramError: It is no spectrogram, or its scale is not recognised.
    """
    put = upright(mel, settings.bands)
    declared = (not settings.is_guess and settings.scale) or str(said.get("scale", ""))
    natural, name = scaled(put, declared or settings.scale)
    own = _WHISPER_FRONT if name == "whisper" and settings.front == Front() else {}
    front = replace(settings.front, **{**own, "bands": put.shape[0], **_own_settings(said)})
    notes = []
    if not declared:
        notes.append(f"taken for {name}")
    if name == "z-scored":
        notes.append(f"{kind} without a unit: compare with its like only")
    return Spectrogram(
        mel=natural, front=front, notes=tuple(notes), scale=name, is_guess=not declared
    )


def _own_settings(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a front end that a file says of its array."""
    own: dict[str, Any] = {}
    for theirs, ours in _SETTINGS.items():
        value = said.get(theirs)
        if value is None:
            continue
        if isinstance(value, bool | str | bytes | complex) or not np.isfinite(value):
            raise SpectrogramError(f"its {theirs} is {value!r:.60}, which is no number")
        if abs(value) > _LARGEST_SETTING:
            raise SpectrogramError(f"its {theirs} is {value:.3g}")
        own[ours] = float(value) if ours in ("fmin", "fmax") else round(value)
    return own


def _loaded(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return the array of a file, and the numbers and words beside it."""
    try:
        _refuse_declared(path)
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return content, {}
        with content:
            return _chosen({name: content[name] for name in content.files})
    except SpectrogramError:
        raise
    except Exception as error:  # whatever numpy and zipfile make of a broken file
        detail = str(error).partition("\n")[0].rstrip(".")[:120] or type(error).__name__
        if "allow_pickle" in detail:
            detail = "it holds Python objects, which are never unpacked"
        raise SpectrogramError(f"no array that can be read ({detail})") from error


def _refuse_declared(path: Path) -> None:
    """Refuse arrays by what their headers declare, before anything is allocated for them."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            _refuse_size(_declared(file))
            return
        _refuse_long_table(file)
        with zipfile.ZipFile(file) as packed:
            entries = packed.infolist()
            _refuse_size(sum(one.file_size for one in entries))
            for entry in entries:
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise SpectrogramError("an archive packed as numpy never packs")
                with packed.open(entry) as array:
                    _refuse_size(_declared(array))


def _declared(file: IO[bytes]) -> int:
    """Return the bytes that the header of an array declares."""
    version = read_magic(file)
    header = read_array_header_1_0 if version == (1, 0) else read_array_header_2_0
    shape, _, kind = header(file)
    return prod(shape) * max(_NUMBER_BYTES, kind.itemsize)


def _refuse_long_table(file: IO[bytes]) -> None:
    """Refuse a zip file with more entries than numpy has names for arrays in a spectrogram."""
    file.seek(-_ZIP_END_BYTES - _ZIP_LOCATOR_BYTES, os.SEEK_END)
    tail = file.read()
    end = tail[_ZIP_LOCATOR_BYTES:]
    is_long = tail.startswith(b"PK\x06\x07")  # a table of more than 65,535 entries or 4 GiB
    length = int.from_bytes(end[12:16], "little")
    if is_long or not end.startswith(b"PK\x05\x06") or length > _LONGEST_TABLE:
        raise SpectrogramError("an archive with a table as numpy never writes")


def _refuse_size(size: int) -> None:
    if size * _TIMES_IN_MEMORY > limits.memory():
        raise SpectrogramError(
            f"{limits.shown(size)} is more than a spectrogram has", "or allow more: --max-memory"
        )


def _chosen(arrays: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], dict[str, Any]]:
    said = {name: array.item() for name, array in arrays.items() if array.ndim == 0}
    many = {name: array for name, array in arrays.items() if array.ndim >= 2}
    return tensors.the_mel(many, [*arrays], "array", "name it `mel`"), said
