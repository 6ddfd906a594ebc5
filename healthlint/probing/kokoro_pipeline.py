"""Speaks one text with the package kokoro; run as a process of its own.

``KModel(config=, model=)`` loads weights from disk; ``KPipeline`` may download the voice that it is
asked for, where the folder of the checkpoint has no ``voices/af_heart.pt``.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

_RATE = 24000
_VOICE = "af_heart"


def main() -> int:
    """Write the sound and return the exit code."""
    parser = ArgumentParser(prog="healthlint.probing.kokoro_pipeline", allow_abbrev=False)
    for name in ("checkpoint", "text", "output", "device"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--lang", default="a", help="language code of kokoro (default: a)")
    args = parser.parse_args()
    checkpoint = Path(args.checkpoint)
    folder = checkpoint if checkpoint.is_dir() else checkpoint.parent
    pipeline = _pipeline(checkpoint, folder, args.lang, args.device)
    _write(Path(args.output), pipeline, args.text, folder / "voices" / f"{_VOICE}.pt")
    return 0


def _pipeline(checkpoint: Path, folder: Path, lang: str, device: str) -> Any:
    from kokoro import KModel, KPipeline  # type: ignore[import-not-found, unused-ignore]

    weights = checkpoint if checkpoint.is_file() else next(iter(sorted(folder.glob("*.pth"))), None)
    if weights is None:
        raise SystemExit(f"{folder}: no .pth here")
    model = KModel(config=str(folder / "config.json"), model=str(weights)).to(device).eval()
    return KPipeline(lang_code=lang, model=model)


def _write(output: Path, pipeline: Any, text: str, voice: Path) -> None:
    import numpy as np
    import soundfile

    name = str(voice) if voice.is_file() else _VOICE
    parts = [part.audio for part in pipeline(text, voice=name)]
    spoken = [np.asarray(part, dtype=np.float32) for part in parts if part is not None]
    if not spoken:
        raise SystemExit("kokoro made no sound of this text")
    soundfile.write(str(output), np.concatenate(spoken), _RATE)


if __name__ == "__main__":
    sys.exit(main())
