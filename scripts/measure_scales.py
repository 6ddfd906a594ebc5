"""Measures how large one and the same error is in each representation of a mel spectrogram.

    python scripts/measure_scales.py FOLDER

takes every WAV file of a folder (mono or its first channel, peak-normalised, at most 8 s of each),
corrupts its spectrogram, and prints the errors as multiples of those on ln-amp-mel. What
``healthlint.logs.scales`` converts with is held against this table in ``docs/scales.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N_FFT, HOP, BANDS = 1024, 256, 80
LONGEST_SECONDS = 8
BASE = "ln-amp-mel"


def bands(wave: Floats, rate: int) -> tuple[Floats, Floats]:
    """Return the mel bands of a waveform, as trainers of either school take them.

    Args:
        wave: Shape (samples,), amplitude in [-1, 1].
        rate: Sample rate in Hz.

    Returns:
        Amplitude with area-normalised filters on Slaney's mel scale (librosa's default; Tacotron,
        HiFi-GAN, VITS), and power with unnormalised HTK filters (torchaudio's default; the guide's
        trainer, StyleTTS2), each of shape (frames, 80).
    """
    padded = np.pad(wave, N_FFT // 2, mode="reflect")
    starts = np.arange(0, len(padded) - N_FFT + 1, HOP)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    frames = padded[starts[:, None] + np.arange(N_FFT)] * window
    spectrum = np.abs(np.fft.rfft(frames, axis=1))
    return spectrum @ _filters(rate, is_slaney=True), spectrum**2 @ _filters(rate, is_slaney=False)


def _filters(rate: int, *, is_slaney: bool) -> Floats:
    """Return triangular mel filters from 0 to 8 kHz at most, shape (513, 80)."""
    bins = np.linspace(0, rate / 2, N_FFT // 2 + 1)
    top = min(8000.0, rate / 2)
    if is_slaney:
        corners = _slaney_hz(np.linspace(0.0, _slaney_mel(top), BANDS + 2))
    else:
        corners = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + top / 700), 82) / 2595) - 1)
    widths = np.diff(corners)
    rising = (bins[:, None] - corners[:-2]) / widths[:-1]
    falling = (corners[2:] - bins[:, None]) / widths[1:]
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    return weights * (2 / (corners[2:] - corners[:-2])) if is_slaney else weights


_LOG_STEP = np.log(6.4) / 27  # Slaney, Auditory Toolbox (1998): linear to 1 kHz, then logarithmic


def _slaney_mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + float(np.log(hertz / 1000) / _LOG_STEP)


def _slaney_hz(mel: Floats) -> Floats:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(_LOG_STEP * (mel - 15)))


def represented(amplitude: Floats, power: Floats) -> dict[str, Floats]:
    """Return a mel spectrogram in every convertible space; z-ln-mel has a std of 2."""
    decibels = 20 * np.log10(np.maximum(amplitude, 1e-5))
    unit = np.clip((decibels - 20 + 100) / 100, 0.0, 1.0)
    log = np.log(np.maximum(amplitude, 1e-5))
    return {
        "ln-amp-mel": log,
        "ln-power-mel": np.log(power + 1e-9),
        "log10-mel": np.log10(np.maximum(amplitude, 1e-10)),
        "raw-db-mel": decibels,
        "db-mel": 8 * unit - 4,
        "db01-mel": unit,
        "z-ln-mel": (log + 5.5) / 2.0,
        "styletts2-mel": (np.log(1e-5 + power) + 4) / 4,
    }


def blurred(image: Floats, sigma: float = 1.0) -> Floats:
    """Return an image smoothed by a Gaussian of that many frames and bands."""
    reach = int(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        edges = [(reach, reach) if axis == each else (0, 0) for each in (0, 1)]
        padded = np.pad(image, edges, mode="reflect")
        image = np.apply_along_axis(np.convolve, axis, padded, kernel, "valid")
    return image


def corruptions(
    wave: Floats, rate: int, rng: np.random.Generator
) -> Iterator[tuple[str, dict[str, Floats], dict[str, Floats]]]:
    """Yield the name of a corruption, the true spectrogram and the corrupted one, in every space.

    Blur and noise are made on the logarithm, as a model's errors are. A shift by two frames and a
    hiss in the waveform are seen by the two filterbanks each in its own way.
    """
    amplitude, power = bands(wave, rate)
    true = represented(amplitude, power)
    log = true["ln-amp-mel"]
    noise = rng.normal(0, 0.5, log.shape)
    for name, wrong in (("blur", blurred(log)), ("noise", log + noise)):
        gain = np.exp(wrong - log)
        yield name, true, represented(np.exp(wrong), power * gain**2)
    yield "shift", true, represented(np.roll(amplitude, 2, axis=0), np.roll(power, 2, axis=0))
    hiss = wave + rng.normal(0, 0.003, wave.shape)
    yield "hiss", true, represented(*bands(hiss, rate))


class Tally:
    """Sums of absolute and squared errors by corruption and space."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, str], Floats] = {}

    def add(self, name: str, true: dict[str, Floats], wrong: dict[str, Floats]) -> None:
        """Count the errors of one spectrogram."""
        for space, values in true.items():
            error = wrong[space] - values
            sums = np.array([np.abs(error).sum(), (error**2).sum(), error.size])
            self.sums[name, space] = self.sums.get((name, space), np.zeros(3)) + sums

    def ratios(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Return L1 and MSE by corruption and space, as multiples of those on ln-amp-mel."""
        found = {}
        for (name, space), sums in self.sums.items():
            base = self.sums[name, BASE]
            found[name, space] = (float(sums[0] / base[0]), float(sums[1] / base[1]))
        return found


def main(folder: str) -> int:
    """Print the table of a folder and return the exit code."""
    import soundfile

    paths = sorted(Path(folder).rglob("*.wav"))
    if not paths:
        print(f"{folder}: no WAV file in it", file=sys.stderr)
        return 2
    tally, rng = Tally(), np.random.default_rng(0)
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
        wave = samples[: LONGEST_SECONDS * rate, 0]
        if len(wave) > N_FFT and np.abs(wave).max() > 0:
            for found in corruptions(0.95 * wave / np.abs(wave).max(), rate, rng):
                tally.add(*found)
    _show(tally, len(paths))
    return 0


def _show(tally: Tally, files: int) -> None:
    ratios = tally.ratios()
    names = list(dict.fromkeys(name for name, _ in ratios))
    print(f"{files} files; L1 (MSE) as multiples of those on {BASE}")
    for space in dict.fromkeys(space for _, space in ratios):
        cells = (f"{name} {'{:.3f} ({:.4f})'.format(*ratios[name, space])}" for name in names)
        print(f"{space:<14} {'   '.join(cells)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
