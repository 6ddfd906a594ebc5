"""The session of ``docs/trainers.md``: real commands on the log of a trainer that nobody knows."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from sessions import shown

TRAINER = """\
schema: healthlint.trainer/1
trainer: our-tacotron
marks: {names: [[spec_out, dur_pred]]}
names:
  spec out: {is: mel_loss, kind: l1, space: ln-power-mel}
  dur pred: {is: duration_loss, kind: huber, space: ln1p-frames}
  f0 head: pitch_loss
  mos net: mos_net
higher_is_better: [mos_net]
standing: guide
"""
FILE = "rules/trainers/our-tacotron.yaml"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("inspect", "train.jsonl"),
    (
        *("check", "-o", "concise", "--name", "mel_loss=spec_out", "--name", "pitch_loss=f0_head"),
        "train.jsonl",
    ),
    ("init", "train.jsonl"),
)


def trainer_session() -> str:
    """Return the commands with what each prints and its exit code, as a Markdown block."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "train.jsonl").write_text(_log(), encoding="utf-8")
        told = [f"$ head -2 train.jsonl\n{''.join(_log().splitlines(True)[:2])}"]
        told += [shown(words, folder) for words in COMMANDS]
        block = (folder / "healthlint.yaml").read_text(encoding="utf-8").rpartition("\n\n")[2]
        told.append(f"$ tail -{len(block.splitlines())} healthlint.yaml\n{block}")
        (folder / FILE).parent.mkdir()
        (folder / FILE).write_text(TRAINER, encoding="utf-8")
        told.append(f"$ cat {FILE}\n{TRAINER}")
        told.append(shown(("inspect", "train.jsonl"), folder))
        return "```\n" + "\n".join(told) + "```\n"


def _log() -> str:
    """Return forty rows of made-up losses."""
    rows = [
        {
            "epoch": n,
            "step": 50 * n,
            "loss": round(4.4 / (1 + n / 5), 4),
            "spec_out": round(3.2 / (1 + n / 6), 4),
            "dur_pred": round(1.1 / (1 + n / 3), 4),
            "f0_head": round(0.04 / (1 + n / 9), 5),
            "mos_net": round(1.5 + n / 20, 2),
        }
        for n in range(1, 41)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)
