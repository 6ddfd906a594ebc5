"""A folder of recordings in the LJSpeech or Ruslan layout: ``metadata.csv`` and wavs.

``metadata.csv`` has a line ``id|text`` (or ``id|text|normalised text``) for each
``wavs/<id>.wav``. Where ``TextGrid/<id>.TextGrid`` (or ``textgrids/``, ``alignments/``, or beside
the wav) exists, phones and durations come from it. Where there is none for any clip, the phones
are the letters of the text and durations are estimated; the log says which.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from healthlint.trainer.clips import Recording
from healthlint.trainer.corpus._source import RawCorpus
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.textgrid import PAUSE, read_phones

_WAV_FOLDERS = ("wavs", "wav", "RUSLAN", ".")
_GRID_FOLDERS = ("TextGrid", "TextGrids", "textgrids", "alignments", "mfa", ".")
_VOWELS = frozenset("аеёиоуыэюяaeiouyäöüáéíóúàèìòùâêîôû")
_VOWEL_LENGTH = 1.6
"""How much longer than a consonant a vowel is taken to be where durations are estimated."""
_SILENT_DB = 40.0


class Entry(NamedTuple):
    """One line of the metadata with the files that belong to it."""

    id: str
    text: str
    wav: Path
    grid: Path | None


def read(path: str | None, utterances: int | None, seed: int) -> RawCorpus:  # noqa: ARG001
    """The recordings that a folder's ``metadata.csv`` lists.

    Raises:
        TrainerError: no path, no metadata, a line of another form, a missing wav, or TextGrids
            for a part of the clips only.
    """
    if not path:
        raise TrainerError("write --corpus folder:PATH, with PATH/metadata.csv and PATH/wavs/")
    folder = Path(path)
    entries = read_metadata(folder)[:utterances]
    is_aligned = _is_aligned(folder, entries)
    rate = _sample_rate(entries[0].wav)
    files = [file for entry in entries for file in (entry.wav, entry.grid) if file]
    stamps = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return RawCorpus(
        language=_language(entries),
        sample_rate=rate,
        count=len(entries),
        recordings=_recordings(entries, rate),
        fingerprint=[str(folder.resolve()), [entry.text for entry in entries], stamps],
        facts={
            "speech": "recorded (folder)",
            "durations": "TextGrid" if is_aligned else "estimated from letters and loudness",
        },
    )


def read_metadata(folder: Path) -> list[Entry]:
    """The entries of ``metadata.csv``, in its order.

    Raises:
        TrainerError: it is missing or empty, a line is not ``id|text``, or a wav is missing.
    """
    path = folder / "metadata.csv"
    if not path.is_file():
        raise TrainerError(f"{path}: no such file; each line of it is 'id|text'")
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        name, bar, rest = line.partition("|")
        text = rest.split("|")[-1].strip() or rest.split("|")[0].strip()
        if not bar or not name.strip() or not text:
            raise TrainerError(f"{path}:{number}: expected 'id|text', got {line[:60]!r}")
        stem = name.strip().removesuffix(".wav")
        wav = _find(folder, _WAV_FOLDERS, f"{stem}.wav")
        if wav is None:
            raise TrainerError(f"{path}:{number}: no {stem}.wav in {folder / 'wavs'}")
        name = f"{stem}.TextGrid"
        grid = _find(folder, _GRID_FOLDERS, name) or _find(wav.parent, ["."], name)
        entries.append(Entry(stem, text, wav, grid))
    if not entries:
        raise TrainerError(f"{path}: the file is empty")
    return entries


def estimate_durations(
    text: str, wave: NDArray[np.float32], rate: int
) -> tuple[list[str], list[float]]:
    """Letters as phones, and where each would end if speech ran evenly between the silences.

    Leading and trailing silence (40 dB below the peak) become ``_``; what is between is shared by
    the letters, vowels longer than consonants, spaces and signs half as long. This knows nothing
    of the recording's rhythm: durations learned from it are rough.

    >>> letters, ends = estimate_durations("да", np.ones(2048, np.float32), 1024)
    >>> letters, [round(end, 2) for end in ends]
    (['_', 'д', 'а', '_'], [0.0, 0.77, 2.0, 2.0])
    """
    symbols = letters(text)
    weights = np.array([_weight(symbol) for symbol in symbols[1:-1]])
    start, stop = (edge / rate for edge in _speech(wave))
    inner = start + np.cumsum(weights) / weights.sum() * (stop - start)
    return symbols, [start, *inner.tolist(), len(wave) / rate]


def letters(text: str) -> list[str]:
    """Lower-case letters; ``_`` for each run of anything else, at the beginning and at the end.

    Raises:
        TrainerError: there is no letter.
    """
    plain = unicodedata.normalize("NFC", text.lower())
    words = "".join(letter if letter.isalpha() else " " for letter in plain).split()
    if not words:
        raise TrainerError(f"the text {text!r} holds no letter")
    return [PAUSE, *PAUSE.join(words), PAUSE]


def _weight(symbol: str) -> float:
    if symbol == PAUSE:
        return 0.5
    return _VOWEL_LENGTH if symbol in _VOWELS else 1.0


def _speech(wave: NDArray[np.float32]) -> tuple[int, int]:
    """First and last sample that is not silence."""
    loud = np.flatnonzero(np.abs(wave) > np.abs(wave).max() * 10 ** (-_SILENT_DB / 20))
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(wave))


def _recordings(entries: Sequence[Entry], rate: int) -> Iterator[Recording]:
    for entry in entries:
        wave = _load(entry.wav, rate)
        if entry.grid:
            phones, ends = read_phones(entry.grid, len(wave) / rate)
        else:
            phones, ends = estimate_durations(entry.text, wave, rate)
        yield Recording(id=entry.id, text=entry.text, phones=phones, ends=ends, wave=wave)


def _load(path: Path, rate: int) -> NDArray[np.float32]:
    """One channel at the corpus's rate; other rates are resampled."""
    import soundfile

    try:
        wave, own_rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise TrainerError(f"{path}: not a readable wav ({error})") from error
    mono = np.ascontiguousarray(wave.mean(axis=1), dtype=np.float32)
    if own_rate == rate:
        return mono
    import librosa

    return np.asarray(librosa.resample(mono, orig_sr=own_rate, target_sr=rate), np.float32)


def _sample_rate(path: Path) -> int:
    import soundfile

    try:
        return int(soundfile.info(path).samplerate)
    except (soundfile.LibsndfileError, OSError) as error:
        raise TrainerError(f"{path}: not a readable wav ({error})") from error


def _is_aligned(folder: Path, entries: Sequence[Entry]) -> bool:
    """Whether every clip has a TextGrid; phones and letters must not be mixed in one alphabet."""
    missing = [entry.id for entry in entries if entry.grid is None]
    if missing and len(missing) < len(entries):
        raise TrainerError(
            f"{folder}: {len(missing)} of {len(entries)} clips have no TextGrid ({missing[0]}, "
            "...); align them, take them out of metadata.csv, or move all TextGrids away"
        )
    return not missing


def _language(entries: Sequence[Entry]) -> str:
    """``ru`` where most letters of the texts are Cyrillic, else ``und`` (undetermined)."""
    letters = [letter for entry in entries[:50] for letter in entry.text if letter.isalpha()]
    cyrillic = sum("а" <= letter.lower() <= "я" or letter in "ёЁ" for letter in letters)
    return "ru" if cyrillic * 2 > len(letters) else "und"


def _find(folder: Path, places: Sequence[str], name: str) -> Path | None:
    return next((p for place in places if (p := folder / place / name).is_file()), None)
