"""Which device a run uses, and the states of its random numbers."""

from __future__ import annotations

import os

import torch
from torch import Tensor

from healthlint.trainer.errors import TrainerError


def choose(name: str | None) -> torch.device:
    """The named device, or the first that works of mps, cuda, cpu.

    Raises:
        TrainerError: the named device is not available here.
    """
    available = {
        "mps": torch.backends.mps.is_available(),
        "cuda": torch.cuda.is_available(),
        "cpu": True,
    }
    if name is None:
        return torch.device(next(kind for kind, works in available.items() if works))
    if not available.get(name.partition(":")[0], False):
        raise TrainerError(f"device {name!r} is not available here; leave --device out, or use cpu")
    return torch.device(name)


def make_repeatable(seed: int, threads: int) -> None:
    """Seed everything, and ask for deterministic kernels where there are any."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def random_states(device: torch.device) -> dict[str, Tensor]:
    """The random states that dropout draws from, on the CPU."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def set_random_states(states: dict[str, Tensor], device: torch.device) -> None:
    """Put back what ``random_states`` returned; a state of another device is left out."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    if device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])
