"""What the emitter's tests share: reading a log back, and a clock that can be foretold."""

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs.jsonl"


@pytest.fixture
def records() -> Callable[[Path], list[dict[str, Any]]]:
    """Read every line of a log, none of which may be torn."""

    def read(path: Path) -> list[dict[str, Any]]:
        data = path.read_bytes()
        assert data.endswith(b"\n")
        return [json.loads(line) for line in data.splitlines()]

    return read


@pytest.fixture
def clock() -> Callable[[], float]:
    """Return 100.0, 101.0, 102.0, ..."""
    ticks = itertools.count(100)
    return lambda: float(next(ticks))


@pytest.fixture
def child() -> Callable[..., "subprocess.Popen[bytes]"]:
    """Start a bare Python that has the checkout, and nothing installed, on its path."""

    def start(code: str, *arguments: object, bare: bool = True) -> "subprocess.Popen[bytes]":
        command = [sys.executable, *(["-S", "-E"] if bare else []), "-c"]
        begin = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        return subprocess.Popen(
            [*command, begin + code, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start
