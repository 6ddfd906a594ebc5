"""What the command said is told, and the length of a sound is judged by its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.probing.said import remarks
from healthlint.spectrogram.hearing import Heard


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INFO:kokoro:Falling back to Griffin-Lim", ["Griffin-Lim"]),
        ("INFO: Using Griffin-Lim vocoder", ["Griffin-Lim"]),
        ("Generated Audio Peak Amplitude: 0.0007", ["peak was 0.0007"]),
        ("Generated Audio Peak Amplitude: 0.0099", ["peak was 0.0099"]),
        ("Generated Audio Peak Amplitude: 0.0100", []),
        ("Energy-based early stop at frame 140", ["early stop"]),
        ("Peak Amplitude: 0.4\rFalling back to Griffin-Lim", ["Griffin-Lim"]),
        ("Error: No module named 'kokoro.inference'", ["hides the trainer's"]),
        ("Loaded HiFi-GAN", []),
    ],
)
def test_what_a_command_said(tmp_path: Path, text: str, told: list[str]) -> None:
    log = tmp_path / "1.log"
    log.write_text(text)
    said = remarks(log)
    assert len(said) == len(told)
    assert all(word in one for word, one in zip(told, said, strict=True))


def test_without_its_output_nothing_is_told(tmp_path: Path) -> None:
    assert remarks(tmp_path / "none.log") == ()


@pytest.mark.parametrize(
    ("seconds", "letters", "troubles"),
    [
        (14.0, 60, ("too long",)),
        (13.1, 60, ("too long",)),
        (12.9, 60, ()),
        (4.5, 60, ()),
        (1.55, 60, ()),
        (1.45, 60, ("too short",)),
        (4.0, 13, ()),
        (14.0, 0, ()),
        (14.0, 9, ()),
        (14.0, 10, ("too long",)),
    ],
)
def test_length_is_judged_by_the_text(
    seconds: float, letters: int, troubles: tuple[str, ...]
) -> None:
    assert Heard(path="a.wav", seconds=seconds, letters=letters).troubles == troubles
