"""Speaks one text with a checkpoint of this trainer; run as a process of its own.

The checkpoint is read with ``weights_only=True``: nothing in it is executed. Phones come from
espeak-ng for the corpus ``espeak``, letters for a folder without alignments; a corpus with phones
of its own (festvox, TextGrids) has no dictionary to say a new text with, and that is told.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch

from healthlint.trainer import checkpoint, device
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.mel import N_MELS
from healthlint.trainer.model import AcousticModel
from healthlint.trainer.synthesis import griffin_lim, write_wav

_LEAST_FRAMES = 8
_MOST_UNKNOWN = 0.2
"""Share of phones that the model never saw, above which it would say another text."""


def main() -> int:
    """Write the sound and return the exit code."""
    parser = ArgumentParser(prog="healthlint.trainer.speak", allow_abbrev=False)
    for name in ("checkpoint", "text", "output", "device"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    try:
        speak(Path(args.checkpoint), args.text, Path(args.output), args.device)
    except TrainerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def speak(path: Path, text: str, output: Path, device_name: str) -> None:
    """Write what a checkpoint makes of a text.

    Raises:
        TrainerError: The checkpoint cannot be used, the text cannot be said with its phones, or
            what it predicts is no sound (not finite, or too short).
    """
    torch.set_num_threads(1)
    state = checkpoint.load(path)
    place = device.choose(device_name)
    model = load_model(state).to(place)
    phones = phones_of(text, str(state["config"]["corpus"]), state["symbols"])
    batch = torch.tensor([phones], device=place)
    with torch.no_grad():
        mel = model(batch, model.predict_durations(batch)).mel[0].cpu()
    if not bool(torch.isfinite(mel).all()):
        raise TrainerError(f"{path}: the predicted mel is not finite")
    if len(mel) < _LEAST_FRAMES:
        raise TrainerError(f"{path}: only {len(mel)} frames are predicted")
    write_wav(output, griffin_lim(mel, int(state["sample_rate"])), int(state["sample_rate"]))


def load_model(state: dict[str, Any]) -> AcousticModel:
    """Return the model of a checkpoint, ready to predict.

    Raises:
        TrainerError: Its weights do not fit its settings.
    """
    empty = torch.zeros(N_MELS)
    model = AcousticModel(len(state["symbols"]), int(state["config"]["hidden"]), empty, empty)
    try:
        model.load_state_dict(state["model"])
    except (RuntimeError, KeyError) as error:
        raise TrainerError(f"the weights do not fit the settings ({error})") from error
    return model.eval()


def phones_of(text: str, corpus: str, symbols: list[str]) -> list[int]:
    """Return the numbers of a text's phones; the few that the model never saw are left out.

    Raises:
        TrainerError: The corpus has no way to say a new text, or too many phones are unknown.
    """
    index = {symbol: number for number, symbol in enumerate(symbols) if number}
    phones = _spelled(text, corpus, index)
    known = [index[phone] for phone in phones if phone in index]
    unknown = sorted({phone for phone in phones if phone not in index})
    if not known or len(known) < (1 - _MOST_UNKNOWN) * len(phones):
        raise TrainerError(f"the model never saw these phones of the text: {' '.join(unknown)}")
    if unknown:
        print(f"left out, never seen in training: {' '.join(unknown)}", file=sys.stderr)
    return known


def _spelled(text: str, corpus: str, index: dict[str, int]) -> list[str]:
    if corpus.startswith("espeak"):
        from healthlint.trainer.corpus.espeak import speaker

        return speaker().say(text)[1]
    if corpus.startswith("folder") and all(len(symbol) == 1 for symbol in index):
        from healthlint.trainer.corpus.folder import letters

        return letters(text)
    name = corpus.partition(":")[0]
    raise TrainerError(f"corpus {name} has phones of its own and no dictionary for a new text")


if __name__ == "__main__":
    sys.exit(main())
