"""Synthetic Russian speech by espeak-ng: exact phoneme times, any amount, no download.

The library comes with the wheel ``espeakng-loader`` and is called through ctypes; its events say
at which sample each phoneme begins. espeak-ng is GPL-3: it is used at run time and never shipped.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from healthlint.trainer.clips import Recording
from healthlint.trainer.corpus._sentences import sentences
from healthlint.trainer.corpus._source import RawCorpus
from healthlint.trainer.errors import TrainerError

DEFAULT_UTTERANCES = 200
PAUSE = "_"

# espeak-ng's speak_lib.h
_SYNCHRONOUS = 2
_PHONEME_EVENTS_IPA = 0b11 | 0x8000  # phoneme events, in IPA; never exit the process
_UTF8 = 1
_EVENT_LIST_END, _EVENT_PHONEME = 0, 7
_NOISE = 1e-4
"""Standard deviation of the noise floor added to the synthesizer's digital silence, which no
recording has: -80 dB."""


class _Event(ctypes.Structure):
    _fields_: ClassVar = [
        ("type", ctypes.c_int),
        ("place", ctypes.c_int * 4),  # identifier, position and length in the text, time in ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("symbol", ctypes.c_char * 8),  # of a union of eight bytes
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def read(path: str | None, utterances: int | None, seed: int) -> RawCorpus:
    """Sentences spoken by espeak-ng's Russian voice.

    Raises:
        TrainerError: a path is given, or espeakng-loader is not installed.
    """
    if path:
        raise TrainerError("the corpus 'espeak' takes no path: write --corpus espeak")
    count = utterances or DEFAULT_UTTERANCES
    voice = speaker()
    return RawCorpus(
        language="ru",
        sample_rate=voice.sample_rate,
        count=count,
        recordings=_recordings(voice, count, seed),
        fingerprint=[count, seed, voice.version, _NOISE],
        facts={"speech": "synthetic (espeak-ng)", "durations": "exact (synthesizer)"},
    )


def _recordings(speaker: Speaker, count: int, seed: int) -> Iterator[Recording]:
    for number, text in enumerate(itertools.islice(sentences(seed), count)):
        rng = np.random.default_rng([seed, number])
        wave, phones, starts = speaker.say(text)
        floor = rng.normal(0.0, _NOISE, len(wave)).astype(np.float32)
        ends = [start / speaker.sample_rate for start in [*starts[1:], len(wave)]]
        name = f"ru_{number:05d}"
        yield Recording(id=name, text=text, phones=phones, ends=ends, wave=wave + floor)


class Speaker:
    """espeak-ng with its Russian voice.

    Raises:
        TrainerError: the library does not start or lacks the voice.
    """

    def __init__(self, library: str, data: str) -> None:
        self._library = ctypes.CDLL(library)
        flags = ctypes.c_int(_PHONEME_EVENTS_IPA)
        self.sample_rate = int(
            self._library.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), flags)
        )
        self._pieces: list[NDArray[np.int16]] = []
        self._phones: list[tuple[int, str]] = []
        if self.sample_rate <= 0 or self._library.espeak_SetVoiceByName(b"ru") != 0:
            raise TrainerError(f"espeak-ng did not start with the voice 'ru' from {data}")
        self._library.espeak_Info.restype = ctypes.c_char_p
        self.version = self._library.espeak_Info(None).decode()
        self._callback = _Callback(self._receive)  # kept: the library holds a bare pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str) -> tuple[NDArray[np.float32], list[str], list[int]]:
        """Wave, phones and the sample at which each phone begins.

        Returns:
            The wave of shape (samples,) in [-1, 1]; IPA symbols, ``_`` for a pause; sample
            numbers, the first 0, never falling.

        Raises:
            TrainerError: the library refused the text.
        """
        self._pieces, self._phones = [], []
        raw = text.encode()
        status = self._library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None)
        if status != 0 or not self._pieces or not self._phones:
            raise TrainerError(f"espeak-ng could not speak {text!r} (status {status})")
        wave = np.concatenate(self._pieces).astype(np.float32) / 32768.0
        phones = [symbol for _, symbol in self._phones]
        starts = [min(sample, len(wave)) for sample, _ in self._phones]
        return wave, phones, [0, *starts[1:]]

    def _receive(self, wave: Any, samples: int, events: Any) -> int:
        if wave and samples > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (samples,)).copy())
        for number in itertools.count():
            event = events[number]
            if event.type == _EVENT_LIST_END:
                return 0
            if event.type == _EVENT_PHONEME:
                symbol = event.symbol.decode(errors="replace").strip("ˈˌ ")
                self._phones.append((event.sample, symbol or PAUSE))
        return 0


_started = cache(Speaker)
"""Started once a process: the library's state is global, and starting it anew moves its tables."""


def speaker() -> Speaker:
    """The Russian voice of this process.

    Raises:
        TrainerError: espeakng-loader is not installed, or the library does not start.
    """
    try:
        import espeakng_loader
    except ImportError as error:
        raise TrainerError(
            "the corpus 'espeak' needs espeakng-loader: pip install 'healthlint[train]'"
        ) from error
    return _started(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
