"""What a watch tells of logs that grow, beside what ``check`` says of them at the end.

``python benchmarks/replays.py`` replays each run, seed and format of ``fixtures/`` in a hundred
looks, ``python benchmarks/replays.py --cases index.yaml`` the cases of a list like that of
``benchmarks/written.py``. Of each log: every cause that ``check`` reports must have been told, none
that it does not know, none twice; a healthy run nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from healthlint.checking.selection import selected
from healthlint.engine import judge
from healthlint.looking import look
from healthlint.readers import find_logs
from healthlint.readers.registry import claimant
from healthlint.report import SEVERITIES, LogReport
from healthlint.watching import Event, Plan, Watched
from healthlint.watching.causes import causes

ROOT = Path(__file__).parents[1] / "fixtures"
SECONDS = 1e6
SINK = frozenset({"replay"})


@dataclass(frozen=True)
class Replay:
    """What a replay came to.

    Attributes:
        told: Every event, in order.
        report: What ``check`` says at the end.
        looks: How many there were.
    """

    told: Sequence[Event]
    report: LogReport
    looks: int

    @property
    def fired(self) -> Counter[tuple[str, str, int]]:
        """How often each alert was told: run, rule, attempt."""
        ends = {(one.run, one.rule, one.attempt) for one in self.told if one.event == "resolved"}
        fired = [one for one in self.told if one.event == "firing" and not one.repeat]
        came_back = {one for one in ends if self._times(one) > 1}
        alerts = Counter((one.run, one.rule, one.attempt) for one in fired)
        return Counter({one: 1 if one in came_back else count for one, count in alerts.items()})

    def _times(self, alert: tuple[str, str, int]) -> int:
        return sum((one.run, one.rule, one.attempt) == alert for one in self.told)

    def faults(self, *, is_healthy: bool = False) -> list[str]:
        """Return what is wrong with what was told, in words."""
        newest = {(rule, attempt): count for (run, rule, attempt), count in self.newest.items()}
        found = {(one.rule, one.attempt): one for one in causes(self.report)}
        loud = {
            key for key, one in found.items() if _is_bad(one.severity) and not one.is_superseded
        }
        owed = {key for key in loud if not found[key].root}
        said = [f"missed {rule} of attempt {attempt}" for rule, attempt in owed - newest.keys()]
        said += [f"told {rule} of attempt {at}" for rule, at in newest.keys() - found.keys()]
        said += [
            f"told {rule} {count} times" for (_, rule, _), count in self.fired.items() if count > 1
        ]
        if is_healthy:
            said += [f"told {rule} of a healthy run" for _, rule, _ in self.fired]
        return sorted(said)

    @property
    def newest(self) -> dict[tuple[str, str, int], int]:
        """The alerts of the run that ``check`` judges, and how often each was told."""
        runs = [one.run for one in self.told if one.event == "began"]
        return {one: count for one, count in self.fired.items() if one[0] == (runs or [""])[-1]}


def _is_bad(severity: str) -> bool:
    return SEVERITIES.index(severity) <= SEVERITIES.index("warning")  # type: ignore[arg-type]


def replay(source: Path, folder: Path, looks: int, plan: Plan | None = None) -> Replay:
    """Return what a watch tells of a log that grows to what it is.

    Args:
        source: The log.
        folder: An empty folder in which it grows.
        looks: How often it is looked at.
        plan: How it is judged.
    """
    target = folder / source.name.removesuffix(".gz")
    plan = plan or Plan(rulebook=selected((), (), (), "default"))
    log = Watched(str(target), plan, SINK, SINK)
    told, count = [], 0
    for _ in _grown(source, target, looks):
        count += 1
        log.look(time.time())
        told += _taken(log)
    log.look(time.time() + SECONDS, is_last=True)
    report = judge(look(str(target)), plan.rulebook)
    return Replay([*told, *_taken(log)], report, count + 1)


def _taken(log: Watched) -> list[Event]:
    events = log.owed("replay")
    log.arrived([one.id for one in events], "replay")
    return events


def _grown(source: Path, target: Path, looks: int) -> Iterator[None]:
    """Let a copy of a log grow; yield after each piece."""
    if source.is_dir():
        yield from _folder_grown(source, target, looks)
        return
    data = source.read_bytes()
    data = gzip.decompress(data) if source.suffix == ".gz" else data
    if source.suffix == ".json" and b'"log_history"' in data[:1000000]:
        yield from _history_grown(json.loads(data), target, looks)
        return
    pieces = data.splitlines(keepends=True) if b"\x00" not in data[:4096] else [data]
    size = max(1, -(-len(pieces) // looks))
    with target.open("ab", buffering=0) as out:
        for at in range(0, len(pieces), size):
            out.write(b"".join(pieces[at : at + size]))
            yield


def _history_grown(state: dict[str, object], target: Path, looks: int) -> Iterator[None]:
    rows = state["log_history"]
    assert isinstance(rows, list)
    size = max(1, -(-len(rows) // looks))
    for stop in range(size, len(rows) + size, size):
        new = target.with_name("new")
        new.write_text(json.dumps({**state, "log_history": rows[:stop]}))
        new.replace(target)
        yield


def _folder_grown(source: Path, target: Path, looks: int) -> Iterator[None]:
    """Let the files of a folder grow: those of one folder one after the other, folders abreast."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(source.rglob("*")):
        if path.is_file():
            folders.setdefault(path.parent, []).append(path)
    done = {path: 0 for files in folders.values() for path in files}
    for turn in range(1, looks + 1):
        for files in folders.values():
            left = sum(path.stat().st_size for path in files) * turn // looks
            for path in files:
                own = min(left, path.stat().st_size)
                left -= own
                if own > done[path] or not path.stat().st_size:
                    copy = target / path.relative_to(source)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    with copy.open("ab") as out:
                        out.write(path.read_bytes()[done[path] : own])
                    done[path] = own
        yield


def fixtures() -> Iterator[tuple[str, Path, bool]]:
    """Yield name, path and whether it is healthy of each fixture run, seed and format."""
    for path in sorted([*ROOT.glob("runs/*/logs.jsonl"), *ROOT.glob("seeds/*/*.jsonl*")]):
        name = str(path.relative_to(ROOT))
        yield name, path, "healthy" in name or "killed-and-resumed" in name
    for path in sorted(ROOT.glob("formats/*/")):
        yield str(path.relative_to(ROOT)), path, False


def cases(index: Path) -> Iterator[tuple[str, Path, bool]]:
    """Yield name, path and whether it is healthy of each case of a list."""
    for case in yaml.safe_load(index.read_text())["cases"]:
        path = index.parent / case["path"]
        if path.exists():
            yield f"{case['id']} {case['path']}", path, bool(case.get("healthy"))


def main() -> None:
    """Replay, and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--looks", type=int, default=100)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    logs = looks = messages = wrong = healthy = 0
    for name, path, is_healthy in cases(args.cases) if args.cases else fixtures():
        if args.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = replay(_log_of(path), Path(folder), args.looks)
        faults = found.faults(is_healthy=is_healthy)
        logs, looks, healthy = logs + 1, looks + found.looks, healthy + is_healthy
        messages, wrong = messages + sum(found.fired.values()), wrong + bool(faults)
        for fault in faults:
            print(f"{name}: {fault}")
        sys.stdout.flush()
    print(
        f"{logs} logs ({healthy} healthy), {looks} looks, {messages} messages, {wrong} logs wrong"
    )


def _log_of(path: Path) -> Path:
    """Return what is to grow: the one log of a folder, or the folder that is one log."""
    if path.is_dir() and claimant(path) is None:
        found = [Path(one) for one in find_logs([str(path)])]
        return found[0] if len(found) == 1 else path
    return path


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
