"""A corpus of our own, measured once for all tests, and runs small enough for a test."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("librosa")

from healthlint.trainer import corpus, device, train
from healthlint.trainer.clips import Clip
from healthlint.trainer.config import Config
from healthlint.trainer.interrupt import Interrupt
from healthlint.trainer.progress import Progress

SMALL = Config(
    utterances=24, epochs=2, hidden=16, batch_size=4, log_every=3, sample_every=0, save_every=0
)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of measured features."""
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="session")
def spoken(cache: Path) -> corpus.Corpus:
    """24 sentences by espeak-ng."""
    pytest.importorskip("espeakng_loader")
    return corpus.load(
        "espeak", utterances=24, seed=0, cache_folder=cache, report=lambda done, count: None
    )


@pytest.fixture
def clips(spoken: corpus.Corpus) -> list[Clip]:
    return list(spoken.clips)


@pytest.fixture
def start(tmp_path: Path, cache: Path, spoken: corpus.Corpus) -> Callable[..., tuple[Path, bool]]:
    """Train a small run in a folder of its own: ``start("name", fault="high-lr")``."""

    def begin(name: str, progress: Progress | None = None, **changes: Any) -> tuple[Path, bool]:
        place = train.Destination(tmp_path / name, cache, device.choose("cpu"))
        config = dataclasses.replace(SMALL, **changes)
        with Interrupt() as interrupt:
            done = train.start(config, place, interrupt, progress or Progress(io.StringIO()))
        return place.out, done

    return begin


@pytest.fixture
def resume(cache: Path) -> Callable[[Path], bool]:
    """Go on with the run in a folder."""

    def go_on(out: Path) -> bool:
        place = train.Destination(out, cache, device.choose("cpu"))
        with Interrupt() as interrupt:
            return train.resume(place, interrupt, Progress(io.StringIO()))

    return go_on


@pytest.fixture
def records() -> Callable[[Path], list[dict[str, Any]]]:
    """Every line of a run's log."""

    def read(out: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (out / "logs.jsonl").read_text().splitlines()]

    return read


@pytest.fixture
def rows(records: Callable[[Path], list[dict[str, Any]]]) -> Callable[..., list[dict[str, Any]]]:
    """The metric lines of a run's log without their times."""

    def read(out: Path) -> list[dict[str, Any]]:
        lines = (record for record in records(out) if "_type" not in record)
        return [{name: value for name, value in line.items() if name != "time"} for line in lines]

    return read


@pytest.fixture
def sine() -> Callable[[float, float, int], np.ndarray]:
    """Tones of shape (samples,), amplitude 0.5, from hertz, seconds and sample rate."""

    def make(hertz: float, seconds: float, rate: int) -> np.ndarray:
        time = np.arange(int(seconds * rate)) / rate
        return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)

    return make
