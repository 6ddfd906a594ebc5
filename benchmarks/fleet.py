"""A fleet of runs drawn from the fixtures, with causes that are known, and what is said of it.

``python benchmarks/fleet.py make FOLDER [RUNS]`` writes one; ``python benchmarks/fleet.py false
[FLEETS]`` prints how often "what differs" names a setting where no setting makes a difference.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from healthlint.fleet.row import Row, RowFinding
from healthlint.fleet.summary import Fleet
from healthlint.report import AnswerState

ROOT = Path(__file__).parent.parent / "fixtures" / "runs"
HEALTHY = ("healthy-espeak", "healthy-festvox", "killed-and-resumed")
RATES = (0.0003, 0.001, 0.01)
DEVICES = ("cpu", "mps")
CORPORA = ("espeak", "festvox", "bad")
Settings = dict[str, Any]
Record = dict[str, Any]


def planted(settings: Settings, draw: random.Random) -> str:
    """Return the fixture that a run is drawn from: three settings make some of them sick."""
    if settings["learning_rate"] == RATES[-1] and draw.random() < 0.6:
        return "nan"
    if settings["device"] == "mps" and draw.random() < 0.2:
        return "lr-jump"
    if settings["corpus"] == "bad" and draw.random() < 0.5:
        return "over-smoothed"
    return draw.choice(HEALTHY)


def indifferent(_: Settings, draw: random.Random) -> str:
    """Return the fixture that a run is drawn from: nothing of its settings matters."""
    return "nan" if draw.random() < 0.2 else draw.choice(HEALTHY)


def drawn(number: int, draw: random.Random) -> Settings:
    """Return the settings of a run: three that may matter, seven that never do."""
    return {
        "learning_rate": draw.choice(RATES),
        "device": draw.choice(DEVICES),
        "corpus": draw.choice(CORPORA),
        "batch_size": draw.choice([8, 16, 32]),
        "hidden": draw.choice([64, 128, 256]),
        "dropout": round(draw.uniform(0, 0.5), 4),
        "weight_decay": round(10 ** draw.uniform(-6, -2), 9),
        "warmup": draw.randrange(100, 4000),
        "optimizer": draw.choice(["adam", "adamw"]),
        "seed": number,
    }


def records_of(name: str) -> list[Record]:
    """Return the records of a fixture."""
    return [json.loads(line) for line in (ROOT / name / "logs.jsonl").read_text().splitlines()]


def resampled(records: Sequence[Record], draw: random.Random) -> Iterator[Record]:
    """Yield the records of a run like another: all losses a little off, each value a bit more."""
    tone = math.exp(draw.gauss(0, 0.03))
    for record in records:
        made = dict(record)
        for name, value in record.items():
            if "loss" in name and isinstance(value, float):
                made[name] = value * tone * math.exp(draw.gauss(0, 0.001))
        yield made


def write_run(folder: Path, settings: Settings, records: Sequence[Record]) -> None:
    """Write a run as Hydra leaves it: its log, and its config beside it."""
    (folder / ".hydra").mkdir(parents=True)
    text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
    (folder / ".hydra" / "config.yaml").write_text(text)
    lines = []
    for record in records:
        if record.get("_type") == "run":
            meta = {name: value for name, value in record["meta"].items() if name in _SHARED}
            record = {**record, "run": folder.name, "meta": meta}
        elif record.get("_type") == "event":
            continue  # its checkpoints and samples are not there
        lines.append(json.dumps(record))
    (folder / "logs.jsonl").write_text("\n".join(lines) + "\n")


_SHARED = ("trainer", "trainer_version", "language", "metrics", "precision")


def make(
    folder: Path,
    runs: int,
    seed: int = 0,
    choose: Callable[[Settings, random.Random], str] = planted,
) -> Mapping[str, str]:
    """Write a fleet and return the fixture that each run was drawn from, by its folder."""
    draw = random.Random(seed)
    known = {path.name: records_of(path.name) for path in ROOT.iterdir() if path.is_dir()}
    truth = {}
    for number in range(runs):
        settings = drawn(number, draw)
        name = choose(settings, draw)
        write_run(folder / str(number), settings, list(resampled(known[name], draw)))
        truth[str(number)] = name
    return truth


CAUSES = {
    "nan": "core/non-finite",
    "lr-jump": "core/lr-jump",
    "over-smoothed": "tts/over-smoothing",
}


def drawn_rows(runs: int, seed: int, choose: Callable[[Settings, random.Random], str]) -> list[Row]:
    """Return the rows of a fleet as if each run had been judged rightly."""
    draw = random.Random(seed)
    made = []
    for number in range(runs):
        settings = drawn(number, draw)
        cause = CAUSES.get(choose(settings, draw), "")
        found = (
            [
                RowFinding(
                    rule=cause,
                    severity="error",
                    active=True,
                    folded=False,
                    accepted=False,
                    fingerprint="",
                    line=1,
                    step=1.0,
                    epoch=1.0,
                )
            ]
            if cause
            else []
        )
        answer: AnswerState = "stop" if cause else "finished"
        made.append(
            Row(
                path=f"{number}/logs.jsonl",
                state="judged",
                answer=answer,
                cause=cause,
                findings=found,
                settings=settings,
            )
        )
    return made


def named(runs: int, seed: int, choose: Callable[[Settings, random.Random], str]) -> list[str]:
    """Return what is said to differ in a fleet: cause and setting."""
    fleet = Fleet(drawn_rows(runs, seed, choose))
    return [f"{one.cause}: {one.setting} {one.value}" for one in fleet.compared.differences]


def false_rate(fleets: int, runs: int) -> float:
    """Return the share of fleets without any difference in which one is named."""
    return sum(bool(named(runs, seed, indifferent)) for seed in range(fleets)) / fleets


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["make"]:
        place = Path(words[1])
        origin = make(place, int(words[2]) if len(words) > 2 else 1000)
        (place / "truth.json").write_text(json.dumps(origin))
    else:
        fleets = int(words[1]) if len(words) > 1 else 200
        for runs in (50, 200, 1000):
            false = false_rate(fleets, runs)
            found = Counter(one for seed in range(20) for one in named(runs, seed, planted))
            print(f"{runs} runs: a difference named in {false:.1%} of {fleets} fleets without one;")
            print("  planted, of 20 fleets:", dict(found.most_common(6)))
