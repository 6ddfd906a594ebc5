"""Hugging Face ``trainer_state.json``: one JSON object with all records under ``log_history``.

``{"loss": .., "grad_norm": .., "learning_rate": .., "epoch": 0.5, "step": 10}`` and
``{"eval_loss": .., "epoch": .., "step": ..}``. A folder of checkpoints is one log: each state holds
all that was logged before it, so the newest one is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Log, Problem
from healthlint.logs.records import finite
from healthlint.readers.columns import Columns
from healthlint.readers.folders import entries
from healthlint.readers.problems import Problems
from healthlint.readers.rows import Record, Rows
from healthlint.readers.source import Source, opened
from healthlint.readers.whole import WholeError, json_of
from healthlint.readers.whole import places as line_places

FORMAT = "hf-trainer"
KNOWN_BY = "one JSON object with `log_history`; `trainer_state.json` in a folder"
UNSEEN = (
    "a NaN or infinite loss: `logging_nan_inf_filter` (on by default) logs the average without it, "
    "`grad_norm` still shows it; steps after the last checkpoint; wall time",
)
NAME = "trainer_state.json"
_CHECKPOINT = re.compile(r"^checkpoint-(\d+)$")
_NEVER = 1e9  # where steps are planned, transformers counts sys.maxsize epochs
SUMMARY = frozenset({"train_runtime", "train_samples_per_second"})
"""Keys of the last record, which sums up the training."""
NO_METRICS = re.compile(r"_(runtime|per_second|flos)$|^total_flos$|^num_input_tokens_seen$")
"""Keys that say how fast it went."""


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a trainer's state, from 0 to 1."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0.0
    if b'"log_history"' in head:
        return 1.0
    return 0.8 if b'"best_model_checkpoint"' in head and b'"best_metric"' in head else 0.0


def claim(folder: Path) -> list[Path] | None:
    """Return the checkpoints that make one log with a folder; None where it is no such log."""
    checkpoints = [path for _, path in _checkpoints(folder)]
    return checkpoints if checkpoints or (folder / NAME).is_file() else None


def _checkpoints(folder: Path) -> list[tuple[int, Path]]:
    """Return the checkpoints in a folder that hold a state, by their step."""
    named = ((_CHECKPOINT.match(inner.name), inner) for inner in entries(folder)[1])
    return sorted((int(m[1]), inner) for m, inner in named if m and (inner / NAME).is_file())


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that the newest state in a folder holds.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: The state cannot be read.
    """
    own = Path(path) / NAME
    state = own if own.is_file() else _checkpoints(Path(path))[-1][1] / NAME
    with opened(str(state)) as source:
        return read(source, facts)


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that a state holds.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    try:
        state, text = json_of(source)
    except WholeError as error:
        return Log(path=source.path, format=FORMAT, problems=(error.problem,))
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list) or not isinstance(state, dict):
        problem = Problem(message="a JSON object without `log_history`", kind="unreadable")
        return Log(path=source.path, format=FORMAT, problems=(problem,))
    problems = Problems()
    columns = Columns(problems)
    rows = Rows(columns, problems)
    places = line_places(text, len(history))
    kept = [at for at, record in enumerate(history) if _is_record(record)]
    rows.add([_metrics(history[at]) for at in kept], places[kept])
    known = {**_facts(state), **(facts or {})}
    return assemble(source.path, FORMAT, rows.finish(), known, problems.listed())


def _is_record(record: object) -> bool:
    return isinstance(record, dict) and bool(record) and not record.keys() & SUMMARY


def _metrics(record: Record) -> Record:
    return {key: value for key, value in record.items() if not NO_METRICS.search(key)}


def _facts(state: Mapping[str, object]) -> dict[str, object]:
    """Return the facts that a state tells."""
    epochs, steps = finite(state.get("num_train_epochs")), finite(state.get("max_steps"))
    batch = finite(state.get("train_batch_size"))
    facts: dict[str, object] = {}
    if epochs and 0 < epochs < _NEVER:
        facts["planned_epochs"] = epochs
        if steps and steps > 0 and (steps / epochs).is_integer():
            facts["steps_per_epoch"] = int(steps / epochs)
    if batch and batch > 0:
        facts["batch_size"] = int(batch)
    return facts
