"""What lies beside a log: the config of its trainer, in files or checkpoints, and its console.

A log holds numbers; how long the plan is, on which device and how many clips it trains often stands
only beside it. What is taken from there is said with its source. What the log says itself outranks
it, and where both differ that is said too. Nothing of a checkpoint is run: see ``checkpoints``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from healthlint.files.limits import small_file
from healthlint.logs import Event, Log, Run
from healthlint.logs.configs import facts_of
from healthlint.readers import read
from healthlint.readers.folders import entries

MOST_BYTES = 64 << 20
"""Largest config or console that is read for what it says beside a log."""
_OF_LOGS = ("logs", "log", "tensorboard", "tb", "events")
"""Folders of event files in the folder of a run."""
_FORMATS = ("tensorboard", "jsonl")
_CONSOLES = (".log", ".txt", ".out", ".err")
_CHECKPOINTS = (".pth", ".pt", ".ckpt")
_CONFIGS = ("hparams.yaml", "config.yaml", "config.json")
_NUMBER = re.compile(r"\d+")
_OF_CONSOLE = (
    *("utterances", "device", "precision", "planned_epochs", "steps_per_epoch", "batch_size"),
)


_StatedFacts = tuple[str, Mapping[str, object]]
"""The name of a file, and the facts that it says."""


def with_surroundings(log: Log) -> Log:
    """Return a log whose last run knows what lies beside it; another one comes back as it is."""
    files = [entry for folder in _folders(log) for entry in entries(folder)[0]]
    if not files:
        return log
    run = log.runs[-1]
    console = _console(files, log, run)
    sources = [*_told(console), *_checkpoint(files), *_configs(files)]
    run = _with_facts(run, sources)
    if console is not None:
        run = replace(run, events=_events(run, console))
        current = replace(run.current, events=run.events)
        run = replace(run, timelines=(*run.timelines[:-1], current))
    return replace(log, runs=(*log.runs[:-1], run))


def _folders(log: Log) -> list[Path]:
    """Return the folders in which things of this run lie, none where they may be of others."""
    path = Path(log.path)
    if log.format not in _FORMATS or not log.runs or not path.exists():
        return []
    folder = path if path.is_dir() else path.parent
    paths = [folder, folder.parent] if folder.name.lower() in _OF_LOGS else [folder]
    logs = [entry for entry in entries(folder)[0] if entry.suffix in (".jsonl", ".csv")]
    return paths if len(logs) <= 1 else []


def _with_facts(run: Run, sources: Iterable[_StatedFacts]) -> Run:
    """Return a run with the facts of sources, the first of which outranks the others."""
    facts, notes = dict(run.facts), list(run.notes)
    for source, stated in sources:
        added = {name: value for name, value in stated.items() if name not in facts}
        other = [
            f"{source} says {name} {value}, the log {facts[name]}: the log's holds"
            for name, value in stated.items()
            if name in facts and not _is_same(value, facts[name])
        ]
        facts |= added
        if added:
            said = ", ".join(f"{name} {value}" for name, value in added.items())
            notes.append(f"from {source}: {said}")
        notes += other
    return replace(run, facts=facts, notes=tuple(notes))


def _is_same(one: object, other: object) -> bool:
    words = [str(value).partition(":")[0].lower() for value in (one, other)]
    return one == other or words[0] == words[1]


def _checkpoint(files: Iterable[Path]) -> Iterator[_StatedFacts]:
    """Yield what the config in the latest checkpoint says."""
    many = [file for file in files if file.suffix in _CHECKPOINTS]
    latest = max(many, key=lambda file: [*map(int, _NUMBER.findall(file.stem))], default=None)
    if latest is not None and isinstance(config := _config_in(latest), dict):
        yield latest.name, facts_of(config)


def _config_in(checkpoint: Path) -> object:
    from healthlint.checkpoints import CheckpointError, files  # costs a moment; few logs have one
    from healthlint.checkpoints.model import Opaque

    with suppress(CheckpointError, OSError):
        content = files.load(checkpoint).content
        config = content.get("config") if isinstance(content, dict) else None
        return config.held[0] if isinstance(config, Opaque) and config.held else config
    return None


def _configs(files: Iterable[Path]) -> Iterator[_StatedFacts]:
    """Yield what the config files of known names say."""
    for path in files:
        if path.name in _CONFIGS and isinstance(content := parsed(path, MOST_BYTES), dict):
            yield path.name, facts_of(content)


def parsed(path: Path, most: int) -> object:
    """Return the data of a config in JSON or YAML, None where it is none or takes more bytes."""
    with suppress(OSError, ValueError, RecursionError):
        text = small_file(path, most)
        if path.suffix == ".json":
            return json.loads(text)
        import yaml  # costs a moment, and few logs have such a file

        with suppress(yaml.YAMLError):
            return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return None


def _console(files: Iterable[Path], log: Log, run: Run) -> tuple[str, Run] | None:
    """Return the console of the same run, by its name: the only one there that says the same."""
    many = [file for file in files if file.suffix in _CONSOLES]
    fitting = []
    for path in many[:4]:
        if path.stat().st_size <= MOST_BYTES and path != Path(log.path):
            told = read(str(path), {})
            fitting += [(path.name, one) for one in told.runs[-1:] if _is_of(one, run)]
    return fitting[0] if len(fitting) == 1 else None


def _is_of(console: Run, run: Run) -> bool:
    """Return whether two runs are one: their last common validations say the same."""
    for key in ("val/mel_loss", "val/total_loss", "train/mel_loss"):
        series, other = console.series.get(key), run.series.get(key)
        if series is None or other is None or not len(series) or not len(other):
            continue
        epoch = min(np.nanmax(series.epochs), np.nanmax(other.epochs))
        values = [each.values[each.epochs == epoch] for each in (series, other)]
        if all(map(len, values)):
            return bool(np.isclose(values[0][-1], values[1][-1], rtol=1e-3, atol=1e-4))
    return False


def _told(console: tuple[str, Run] | None) -> Iterator[_StatedFacts]:
    if console is not None:
        name, run = console
        yield name, {fact: run.facts[fact] for fact in _OF_CONSOLE if fact in run.facts}


def _events(run: Run, console: tuple[str, Run]) -> tuple[Event, ...]:
    """Return the events of a run and those that its console announced, at the epoch of each."""
    name, told = console
    known = {event.kind for event in run.events}
    more = [
        replace(
            event,
            record=_record(run, _epoch(told, event)),
            fields={**event.fields, "text": f"{event.fields.get('text', event.kind)} ({name})"},
        )
        for event in told.events
        if event.kind not in known
    ]
    return tuple(sorted((*run.events, *more), key=lambda event: event.record))


def _epoch(run: Run, event: Event) -> float:
    """Return the epoch in which an event was announced, 0 before the first."""
    if event.epoch is not None:
        return event.epoch
    past = [series.epochs[series.records <= event.record] for series in run.series.values()]
    return max(
        (float(np.nanmax(epochs)) for epochs in past if np.isfinite(epochs).any()), default=0.0
    )


def _record(run: Run, epoch: float) -> int:
    """Return the last record up to an epoch, -1 before the first."""
    past = [series.records[series.epochs <= epoch] for series in run.series.values()]
    return max((int(records[-1]) for records in past if len(records)), default=-1)
