"""Keys of a record that are not metrics: its step, epoch and time."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from healthlint.logs.vocabulary import split_words

Axis = Literal["step", "epoch", "time"]

# In order of preference: where a record has several, the first one counts.
_NAMES: dict[Axis, tuple[str, ...]] = {
    "step": (
        *("global_step", "global_steps", "num_updates", "step", "steps", "current_step"),
        *("iteration", "iterations", "iter", "iters", "itr", "it", "n_iter"),
        *("time_total_timesteps", "time_iterations", "total_timesteps"),
        *("timesteps", "num_timesteps", "env_steps", "global_batch_idx", "episode", "episodes"),
        *("round", "rounds", "n_trees", "trees", "generation", "generations"),
    ),
    "epoch": ("epoch", "epochs", "current_epoch", "ep"),
    "time": (
        *("time", "timestamp", "wall_time", "walltime", "unix_time", "ts", "datetime"),
        *("time_ms", "timestamp_ms", "time_us", "created_at"),
    ),
}
_RANKS = {name: (axis, rank) for axis, names in _NAMES.items() for rank, name in enumerate(names)}
_PREFIXES = frozenset(
    {"train", "training", "trainer", "val", "valid", "validation", "eval", "test"}
    | {"progress", "state", "metrics", "data"}
)


@lru_cache(maxsize=16_384)
def axis_of(name: str) -> tuple[Axis, int] | None:
    """Return which axis a key is and its order of preference, None for a metric.

    >>> axis_of("trainer/global_step"), axis_of("Epoch"), axis_of("epoch_time")
    (('step', 0), ('epoch', 0), None)
    """
    words = split_words(name)
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    return _RANKS.get("_".join(words))
