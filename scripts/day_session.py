"""The session of ``docs/day.md``: a day with the guide's own trainer, against stand-ins.

The log is a real one of that trainer (``fixtures/kokoro/healthy``), cut where the run is resumed;
the model is a handful of weights, and the stand-in of the trainer's inference writes a hum.
"""

from __future__ import annotations

import gzip
import json
import struct
import tempfile
from pathlib import Path

import numpy as np
from sessions import ROOT, shown

LOG = ROOT / "fixtures" / "kokoro" / "healthy" / "logs.jsonl.gz"
MODEL = "kokoro_russian_model"
FIRST_PART = 14
"""Epochs before the run is resumed."""
HUM = """\
import argparse, math, struct, wave

parser = argparse.ArgumentParser()
for name in ("model", "text", "output", "device"):
    parser.add_argument(f"--{name}")
asked = parser.parse_args()
with wave.open(asked.output, "wb") as out:
    out.setparams((1, 2, 22050, 0, "NONE", ""))
    for at in range(int(22050 * 0.07 * len(asked.text))):
        out.writeframesraw(struct.pack("<h", int(3000 * math.sin(at / 40))))
print("Falling back to Griffin-Lim")
"""


def day_session() -> str:
    """Return the commands with what each prints and its exit code, as a Markdown block."""
    lines = gzip.decompress(LOG.read_bytes()).decode().splitlines(keepends=True)
    # arrays of mels do not ship, so nothing announces them
    lines = [line for line in lines if '"event":"sample"' not in line]
    ends = [at for at, line in enumerate(lines) if "loss/val_total_epoch" in line]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / MODEL
        inference = folder / "kokoro" / "inference"
        for made in (model, inference):
            made.mkdir(parents=True)
        (inference / "inference.py").write_text(HUM, encoding="utf-8")
        (model / "checkpoint_epoch_14.safetensors").write_bytes(_weights())
        (model / "logs.jsonl").write_text("".join(lines[: ends[FIRST_PART - 1] + 1]))
        commands = (("check", MODEL), ("probe", "--model", MODEL, "--device", "cpu"))
        gate = ("gate", MODEL)
        told = [shown(words, folder) for words in (*commands, gate)]
        (model / "logs.jsonl").write_text("".join(lines))
        told.append(shown(("check", MODEL), folder))
    return "```\n" + "\n".join(told) + "```\n"


def _weights() -> bytes:
    """Return a safetensors file of one tensor."""
    data = np.random.default_rng(0).standard_normal((8, 8)).astype("<f4").tobytes()
    tensor = {"dtype": "F32", "shape": [8, 8], "data_offsets": [0, len(data)]}
    said = {"epoch": str(FIRST_PART), "step": str(16 * FIRST_PART)}
    head = json.dumps({"__metadata__": said, "decoder.weight": tensor}).encode()
    return struct.pack("<Q", len(head)) + head + data
