"""A short run of the fuzzer over every target: it finds nothing, and it would find something."""

from __future__ import annotations

import sys
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parent.parent
FILES = 30

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it bounds memory as Linux does")


@pytest.fixture(scope="module")
def fuzzing() -> SimpleNamespace:
    pytest.importorskip("soundfile")
    pytest.importorskip("PIL")
    return SimpleNamespace(**run_path(str(ROOT / "scripts" / "fuzzing.py")))


@pytest.mark.parametrize("name", ["checkpoints", "audio", "configs", "packs", "jsonl"])
def test_nothing_breaks(fuzzing: SimpleNamespace, tmp_path: Path, capfd, name: str) -> None:
    assert fuzzing.run([name], 5.0, FILES, 1, tmp_path) == 0
    assert f"{name}: {FILES} files, 0 finds" in capfd.readouterr().out


def test_every_format_of_logs_has_a_target(fuzzing: SimpleNamespace) -> None:
    assert {"jsonl", "tensorboard", "checkpoints", "audio"} <= set(fuzzing.names())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise TypeError('x')", "TypeError: x at"),
        ("bytearray(1 << 31)", "MemoryError"),
        ("os.kill(os.getpid(), 9)", "the process ended with status"),
    ],
)
def test_what_breaks_is_found_and_kept(
    fuzzing: SimpleNamespace, tmp_path: Path, capfd, code: str, said: str
) -> None:
    def read(_: Path) -> None:
        exec(code, {"os": __import__("os")})

    target = fuzzing.Target("broken", read, [("a.bin", b"some bytes")])
    assert fuzzing.fuzz(target, 1.0, 1, 1, tmp_path) == (1, 1)
    assert said in capfd.readouterr().out
    assert len(list((tmp_path / "finds").iterdir())) == 1
