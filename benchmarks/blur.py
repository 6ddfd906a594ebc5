"""Cost of the sharpness score beside the textbook measures, in one process on one core.

    OMP_NUM_THREADS=1 python benchmarks/blur.py [--rounds 5] [--files 1000]

ready mel   CPU milliseconds for 10 s of sound whose mel is there, score and measures in turn, and,
            where they are installed, OpenCV's Laplacian and librosa's mel of the same sound
from wav    how many seconds of sound a CPU second takes, reading and mel included
memory      peak of a process over a folder of 100 files, and of ten times as many
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from healthlint.spectrogram import Front, log_mel, measures, sharpness

SECONDS = 10
FOLDER = """
import resource, sys
from pathlib import Path
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.measuring import all_measured, found
done = sum(one.sharpness is not None for one in
           all_measured([*map(str, found(Path(sys.argv[1])))], Settings()))
print(done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def speech(seed: int, rate: int = 22050) -> np.ndarray:
    """Return sound that has the shape of speech: noise and tones under syllables."""
    rng = np.random.default_rng(seed)
    time_ = np.arange(SECONDS * rate) / rate
    syllables = np.abs(np.sin(2 * np.pi * 2.5 * time_ + rng.uniform(0, 6))) ** 2
    tones = sum(np.sin(2 * np.pi * 150 * k * time_) / k for k in range(1, 30))
    return 0.1 * syllables * (tones + 0.3 * rng.standard_normal(len(time_)))


def cost(function: Callable[[], object], rounds: int) -> float:
    """Return the median CPU milliseconds of a call."""
    function()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(10):
            function()
        times.append((time.process_time() - start) * 100)
    return statistics.median(times)


def write(path: Path, sound: np.ndarray) -> None:
    """Write sound as 16-bit wav."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def over_files(folder: Path) -> tuple[int, float, float]:
    """Return files measured, CPU seconds and peak MB of a process over a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", FOLDER, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    count, peak = done.stdout.split()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(count), spent, float(peak)


def others(mel: np.ndarray) -> list[tuple[str, Callable[[], object]]]:
    """Return what other packages do with the same sound, of those that are installed."""
    made: list[tuple[str, Callable[[], object]]] = []
    if find_spec("cv2"):
        import cv2

        made.append(("OpenCV: Laplacian, variance", lambda: cv2.Laplacian(mel, cv2.CV_64F).var()))
    if find_spec("librosa"):
        import librosa

        wave = speech(0)
        front = {"sr": 22050, "n_fft": 1024, "hop_length": 256, "n_mels": 80, "fmax": 8000}
        made.append(
            ("librosa: the mel itself", lambda: librosa.feature.melspectrogram(y=wave, **front))
        )
    return made


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--files", type=int, default=1000)
    args = options.parse_args()
    front = Front()
    mel = log_mel(speech(0), front)
    print(f"ready mel, {SECONDS} s of sound, CPU ms")
    print(f"  {'score':28}{cost(lambda: sharpness(mel, front), args.rounds):8.2f}")
    for name in measures.names():
        taken = measures.measure(name).measure
        print(f"  {name:28}{cost(lambda taken=taken: taken(mel, front), args.rounds):8.2f}")
    with tempfile.TemporaryDirectory() as place:
        for count in (args.files // 10, args.files):
            folder = Path(place) / str(count)
            folder.mkdir()
            sound = speech(1)[: 3 * 22050]
            for number in range(count):
                write(folder / f"{number:05}.wav", np.roll(sound, 100 * number))
            done, spent, peak = over_files(folder)
            print(f"{done} wavs of 3 s: {3 * done / spent:.0f} times real time, peak {peak:.0f} MB")
    print("other packages, the same sound, CPU ms")  # last: what they load would count as memory
    for name, other in others(mel):
        print(f"  {name:28}{cost(other, args.rounds):8.2f}")


if __name__ == "__main__":
    main()
