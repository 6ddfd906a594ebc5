"""What the commands do, seen by an audit hook: they read, and write what was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli.harness import rows, write_rows
from gating.making import checkpoint, torch_zip
from gating.place import write_wav

HOOK = """\
import json, os, sys

SEEN = open(os.environ["SEEN"], "a", buffering=1)
DOING = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn",
         "ctypes.dlopen", "os.kill", "os.chmod", "os.rename", "os.remove", "os.mkdir", "os.rmdir",
         "os.link", "os.symlink", "os.truncate", "shutil.", "urllib.", "ftplib.", "smtplib.")

def heard(event, args):
    is_doing = event.startswith(DOING)
    if event == "open":
        path, mode, flags = args
        writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
        is_doing = isinstance(flags, int) and bool(flags & writes)
    if is_doing:
        SEEN.write(json.dumps([event, [str(one) for one in args]]) + "\\n")

sys.addaudithook(heard)
"""
COMMANDS = {
    "check": (["check", "--no-config", "logs.jsonl"], []),
    "check, to a file": (
        ["check", "--no-config", "-o", "json:out.json", "logs.jsonl"],
        ["out.json"],
    ),
    "inspect": (["inspect", "."], []),
    "gate": (["gate", "--no-config", "epoch_0020.pt"], []),
    "blur": (["blur", "--reference", "recordings", "a.wav", "b.npz"], []),
    "a hostile gate": (["gate", "--no-config", "evil.pt"], []),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_started_sent_or_written(tmp_path: Path, name: str) -> None:
    words, written = COMMANDS[name]
    _prepare(tmp_path)
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "hook"), "SEEN": str(tmp_path / "seen")}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(scratch)}
    done = subprocess.run(
        [sys.executable, "-m", "healthlint", *words],
        cwd=tmp_path / "run",
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr or written
    seen = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    beyond = [one for one in seen if not _is_expected(one, scratch, written)]
    assert beyond == []
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "canary").exists()


def _is_expected(seen: tuple[str, list[str]], scratch: Path, written: list[str]) -> bool:
    """Return whether it happened in the folder for what is temporary, or to what was asked for."""
    event, args = seen
    if event == "ctypes.dlopen" or args[0].isdecimal():  # a library that is installed; a descriptor
        return True
    places = [one for one in args if "/" in one or one.startswith(".")]
    return any(one.startswith(str(scratch)) for one in places) or any(
        name in one for name in written for one in args
    )


def _prepare(folder: Path) -> None:
    run = folder / "run"
    (run / "recordings").mkdir(parents=True)
    write_rows(run / "logs.jsonl", rows(20))
    torch_zip(run / "epoch_0020.pt", checkpoint())
    sound = np.random.default_rng(0).normal(size=22050) / 9
    for path in ("a.wav", *(f"recordings/{i}.wav" for i in range(5))):
        write_wav(run / path, sound)
    np.savez(run / "b.npz", mel=np.random.default_rng(0).normal(size=(80, 90)))
    (run / "evil.pt").write_bytes(
        f"\x80\x02cos\nsystem\n(S'touch {folder}/canary'\ntR.".encode("latin-1")
    )
