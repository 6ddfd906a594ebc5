"""festvox-ru: real Russian speech of one speaker with phone labels (N. V. Shmyrev, BSD-like).

``scripts/fetch-festvox-ru`` brings it. Its 620 utterances are long, so they are cut at labelled
pauses into clips of 1.5 to 4.5 s; the text of a clip is its phones, as transcripts carry no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from healthlint.trainer.clips import Recording
from healthlint.trainer.corpus._source import RawCorpus
from healthlint.trainer.errors import TrainerError

SAMPLE_RATE = 16000
PAUSE = "pau"
SHORTEST, LONGEST = 1.5, 4.5
_MARGIN = 0.1
"""Seconds of a pause that a clip keeps at either side."""


class Label(NamedTuple):
    """A phone and where it ends, in seconds."""

    end: float
    phone: str


class Cut(NamedTuple):
    """A clip of an utterance: its start in seconds and its labels, on the utterance's clock."""

    start: float
    labels: tuple[Label, ...]


def read(path: str | None, utterances: int | None, seed: int) -> RawCorpus:  # noqa: ARG001
    """The clips of an unpacked festvox-ru.

    Raises:
        TrainerError: no path, or no ``lab`` and ``wav`` folders below it.
    """
    voice = _voice_folder(path)
    cuts = [
        (label_file.stem, number, cut)
        for label_file in sorted((voice / "lab").glob("*.lab"))
        for number, cut in enumerate(cut_at_pauses(read_labels(label_file)))
    ]
    # Taken evenly, so that a part holds the whole recording session.
    count = min(utterances or len(cuts), len(cuts))
    chosen = [cuts[i * len(cuts) // count] for i in range(count)]
    return RawCorpus(
        language="ru",
        sample_rate=SAMPLE_RATE,
        count=count,
        recordings=_recordings(voice, chosen),
        fingerprint=[chosen],
        facts={"speech": "recorded (festvox-ru)", "durations": "phone labels"},
    )


def read_labels(path: Path) -> list[Label]:
    """The phones of a festvox ``.lab`` file: a ``#`` line, then ``end colour phone`` lines.

    Raises:
        TrainerError: a line is not of that form, or time goes back.
    """
    labels: list[Label] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    body = lines.index("#") + 1 if "#" in lines else 0
    for number, line in enumerate(lines[body:], start=body + 1):
        parts = line.split()
        if not parts:
            continue
        try:
            label = Label(float(parts[0]), parts[2])
        except (ValueError, IndexError):
            raise TrainerError(
                f"{path}:{number}: expected 'end colour phone', got {line!r}"
            ) from None
        if labels and label.end < labels[-1].end:
            raise TrainerError(f"{path}:{number}: time goes back to {label.end}")
        labels.append(label)
    return labels


def cut_at_pauses(labels: Sequence[Label]) -> list[Cut]:
    """Clips of 1.5 to 4.5 s that begin and end in a pause; what cannot be cut so is left out.

    >>> spoken = [Label(0.2, "pau"), Label(1.0, "a"), Label(2.0, "t"), Label(2.2, "pau")]
    >>> [(cut.start, cut.labels[-1].end) for cut in cut_at_pauses(spoken)]
    [(0.1, 2.1)]
    """
    pauses = [i for i, label in enumerate(labels) if label.phone == PAUSE]
    cuts: list[Cut] = []
    first = 0
    for last in range(1, len(pauses)):
        here = _cut(labels, pauses[first], pauses[last])
        longer = _cut(labels, pauses[first], pauses[last + 1]) if last + 1 < len(pauses) else None
        if longer and _length(longer) <= LONGEST and _length(here) < SHORTEST:
            continue
        if SHORTEST <= _length(here) <= LONGEST:
            cuts.append(here)
        first = last
    return cuts


def _cut(labels: Sequence[Label], opening: int, closing: int) -> Cut:
    """The labels between two pauses with a margin of either."""
    opens = labels[opening - 1].end if opening else 0.0
    start = max(opens, labels[opening].end - _MARGIN)
    end = min(labels[closing].end, labels[closing - 1].end + _MARGIN)
    return Cut(start, (*labels[opening:closing], Label(end, PAUSE)))


def _length(cut: Cut) -> float:
    return cut.labels[-1].end - cut.start


def _recordings(voice: Path, chosen: Sequence[tuple[str, int, Cut]]) -> Iterator[Recording]:
    import soundfile

    for name, number, cut in chosen:
        begin = round(cut.start * SAMPLE_RATE)
        wave, rate = soundfile.read(
            voice / "wav" / f"{name}.wav",
            start=begin,
            stop=round(cut.labels[-1].end * SAMPLE_RATE),
            dtype="float32",
        )
        if rate != SAMPLE_RATE:
            raise TrainerError(f"{name}.wav: {rate} Hz where festvox-ru has {SAMPLE_RATE}")
        phones = [label.phone for label in cut.labels]
        text = " ".join(phone for phone in phones if phone != PAUSE)
        ends = [label.end - cut.start for label in cut.labels]
        clip = f"{name}_{number:02d}"
        yield Recording(id=clip, text=text, phones=phones, ends=ends, wave=np.asarray(wave))


def _voice_folder(path: str | None) -> Path:
    if not path:
        raise TrainerError("write --corpus festvox:PATH; scripts/fetch-festvox-ru PATH brings it")
    if not Path(path).is_dir():
        raise TrainerError(f"{path}: no such folder; scripts/fetch-festvox-ru {path} brings it")
    for labels in sorted(Path(path).glob("**/lab")):
        if (labels.parent / "wav").is_dir():
            return labels.parent
    raise TrainerError(f"{path}: no folders 'lab' and 'wav' in it; is this festvox-ru, unpacked?")
