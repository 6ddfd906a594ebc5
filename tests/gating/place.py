"""A run folder to gate in, and the gate called as a user calls it."""

from __future__ import annotations

import hashlib
import json
import wave
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from cli.harness import rows
from gating.making import checkpoint, torch_zip

from healthlint.cli import main

EPOCHS, RATE = 20, 22050
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "gate-1.json"


def write_wav(path: Path, sound: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def spoken(row: dict[str, object]) -> dict[str, object]:
    """Return a record of a run that ends where words can be made out: its mel at .34."""
    return {name: 0.5 * value if "mel" in name else value for name, value in row.items()}


class Place:
    """A run folder: a log, and checkpoints that it announces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: list[dict[str, object]] = [spoken(row) for row in rows(EPOCHS)]
        self.events: list[dict[str, object]] = []

    def save(self, name: str, epoch: int = EPOCHS, content: object = None) -> Path:
        path = self.folder / "checkpoints" / name
        path.parent.mkdir(exist_ok=True)
        torch_zip(path, content or checkpoint(epoch))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        event = {"event": "checkpoint", "path": f"checkpoints/{name}", "sha256": digest}
        self.events.append({"_type": "event", "epoch": epoch, "step": 50 * epoch, **event})
        return path

    def sample(self, sound: np.ndarray, epoch: int = EPOCHS) -> Path:
        path = write_wav(self.folder / "samples" / f"{epoch}_{len(self.events)}.wav", sound)
        event = {"event": "sample", "wav": f"samples/{path.name}", "text": "one"}
        self.events.append({"_type": "event", "epoch": epoch, "step": 50 * epoch, **event})
        return path

    def write(self) -> None:
        lines = [*self.records]
        for event in self.events:
            at = [i for i, line in enumerate(lines) if line.get("epoch", 0) <= event["epoch"]][-1]
            lines.insert(at + 1, event)
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.folder / "logs.jsonl").write_text(text)


def gated(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict]:
    code = main(["gate", "--no-config", "-o", "json", *map(str, arguments)])
    made = json.loads(capsys.readouterr().out)
    jsonschema.validate(made, json.loads(SCHEMA.read_text()))
    return code, made["checkpoints"][0]


def check(made: dict, name: str) -> dict:
    return next(one for one in made["checks"] if one["name"] == name)
