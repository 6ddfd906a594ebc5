"""A checkpoint that this trainer wrote, as the gate sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from healthlint.checkpoints import read
from healthlint.gating import Wanted, gate


def test_a_checkpoint_of_a_real_run(start: Callable[..., tuple[Path, bool]]) -> None:
    """Weights, epoch and hash agree with the log; one weight changed afterwards is found."""
    out, _ = start("run", save_every=1)
    path = out / "checkpoints" / "epoch_002.pt"
    states = {one.name: one.state for one in gate(str(path), Wanted()).checks}
    assert [states[name] for name in ("weights", "parts", "name", "log")] == ["pass"] * 4
    content = torch.load(path, weights_only=True)
    model = content["model"]
    own = read(str(path))
    assert {name: tuple(one.shape) for name, one in model.items()} == {
        name: one.shape for name, one in own.weights.items()
    }
    assert (own.epoch, own.step) == (2, content["step"])
    name = next(name for name, one in model.items() if one.dtype == torch.float32 and one.ndim == 2)
    model[name][1, 1] = float("nan")
    torch.save(content, path)
    made = gate(str(path), Wanted())
    assert made.decision == "hold"
    assert f"1 in {name}, the first at [1, 1]" in made.reasons[0]
    assert "the file was changed since" in made.reasons[1]
