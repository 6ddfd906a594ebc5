"""One sample: made by a command, or kept from an earlier probe of the same checkpoint."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from healthlint.probing.checkpoints import ProbedCheckpoint, digest
from healthlint.probing.command import Template
from healthlint.probing.running import run
from healthlint.probing.said import remarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How the file of one sample came to be.

    Attributes:
        path: The sound.
        log: What the command printed.
        seconds: How long the command ran, of a kept sample when it was made.
        is_kept: Whether it is from an earlier probe.
        problem: Why there is no sound, empty where there is.
        tail: The last lines that the command printed, where there is no sound.
    """

    path: Path
    log: Path
    seconds: float
    is_kept: bool = False
    problem: str = ""
    tail: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """Return remarks on what the command printed."""
        return remarks(self.log)


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes samples.

    Attributes:
        template: The command.
        device: The value of ``{device}``.
        timeout: Seconds for one sample.
        folder: Where samples go.
    """

    template: Template
    device: str
    timeout: float
    folder: Path

    def make(self, checkpoint: ProbedCheckpoint, text: str, number: int) -> Made:
        """Return a sample, made now unless the same one lies there.

        Args:
            checkpoint: Who shall say it.
            text: What to say.
            number: Of the text, from 1.
        """
        home = self.folder / _named(checkpoint)
        home.mkdir(parents=True, exist_ok=True)
        path, log = home / f"{number}.wav", home / f"{number}.log"
        note, key = home / f"{number}.json", self._key(checkpoint, text)
        seconds = _kept(note, path, key)
        if seconds is not None:
            return Made(path=path, log=log, seconds=seconds, is_kept=True)
        for old in (path, note):
            old.unlink(missing_ok=True)
        ran = run(self._argv(checkpoint, text, path), log, self.timeout)
        if problem := ran.problem or _no_sound(path):
            return Made(path=path, log=log, seconds=ran.seconds, problem=problem, tail=ran.tail)
        said = {"key": key, "sound": digest(path), "seconds": round(ran.seconds, 3), "text": text}
        note.write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
        return Made(path=path, log=log, seconds=ran.seconds)

    def _key(self, checkpoint: ProbedCheckpoint, text: str) -> str:
        """Return what changes when the sample would."""
        beside = [
            (companion.name, companion.stat().st_size)
            for companion in checkpoint.companions
            if companion.exists()
        ]
        parts = [checkpoint.digest, str(self.template), text, self.device, beside]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _argv(self, checkpoint: ProbedCheckpoint, text: str, output: Path) -> list[str]:
        is_staged = "{model}" in self.template
        values = {
            "checkpoint": str(checkpoint.path.resolve()),
            "text": text,
            "output": str(output.resolve()),
            "device": self.device,
            "model": str(_staged(checkpoint, self.folder)) if is_staged else "",
        }
        return self.template.argv(values)


def _named(checkpoint: ProbedCheckpoint) -> str:
    """Return the folder of a checkpoint's samples: told apart where names are alike."""
    plain = re.sub(r"[^\w.=-]+", "_", checkpoint.name).strip(".")[:60]
    return f"{plain or 'model'}-{checkpoint.digest[:8]}"


def _kept(note: Path, path: Path, key: str) -> float | None:
    """Return the seconds of a sample that was made in the same way, None where there is none."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(note.read_text(encoding="utf-8"))
        if said["key"] == key and said["sound"] == digest(path):
            return float(said["seconds"])
    return None


def _no_sound(path: Path) -> str:
    """Return why there is no sound, empty where there is a file that has something in it."""
    if not path.is_file():
        return "the command exited 0 and wrote no file"
    return "" if path.stat().st_size else "the command exited 0 and wrote an empty file"


def _staged(checkpoint: ProbedCheckpoint, folder: Path) -> Path:
    """Return a folder with a checkpoint alone beside its companions.

    The folder of a model that is probed as one is itself.
    """
    if not checkpoint.companions and checkpoint.path.is_dir():
        return checkpoint.path.resolve()
    home = folder / "models" / _named(checkpoint)
    home.mkdir(parents=True, exist_ok=True)
    for path in (checkpoint.path, *checkpoint.companions):
        place = home / path.name
        if not place.exists():
            place.unlink(missing_ok=True)  # a link that leads nowhere
            _link(path.resolve(), place)
    return home.resolve()


def _link(target: Path, place: Path) -> None:
    with contextlib.suppress(OSError):  # Windows may not let one make links
        place.symlink_to(target)
        return
    shutil.copy2(target, place)
