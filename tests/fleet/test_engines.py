"""Ray and Dask, where they are installed: the same report, byte for byte, and nothing lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthlint.fleet.cache import Cache
from healthlint.fleet.discovery import find
from healthlint.fleet.driving import Engine, rows_of
from healthlint.fleet.plan import Plan
from healthlint.fleet.row import dumps

RUNS = Path(__file__).parents[2] / "fixtures" / "runs"


def rows(engine: Engine) -> list[bytes]:
    return list(map(dumps, rows_of(find([str(RUNS)]), Plan(), engine, Cache("", ""))))


@pytest.fixture(scope="module")
def serial() -> list[bytes]:
    return rows(Engine())


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    yield


def test_dask_says_what_one_process_says(serial: list[bytes], two_processors: None) -> None:
    pytest.importorskip("distributed")
    assert rows(Engine("dask", 2)) == serial


def test_ray_says_what_one_process_says(serial: list[bytes], two_processors: None) -> None:
    pytest.importorskip("ray")
    assert rows(Engine("ray", 2)) == serial


@pytest.mark.parametrize(("package", "name"), [("ray", "ray"), ("distributed", "dask")])
def test_a_worker_that_is_killed_loses_nothing(
    package: str, name: str, two_processors: None, tmp_path: Path
) -> None:
    pytest.importorskip(package)
    from healthlint.fleet import executors

    mark = tmp_path / "killed"

    def dies_once() -> int:
        if not mark.exists():
            mark.touch()
            os._exit(9)
        return 7

    pool = executors.executor(name, 2)
    try:
        assert pool.submit(dies_once).result(timeout=120) == 7
    finally:
        pool.shutdown()
    if name == "ray":
        assert not pytest.importorskip("ray").is_initialized()
