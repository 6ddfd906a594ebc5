"""A training on several processes that is asked to stop: each prints the step after which it did.

Started by ``test_ranks`` through ``torch.distributed.run``: ``ranks.py FRAMEWORK FOLDER``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from callbacks import test_frameworks
from callbacks.stopping import ask_to_stop

FIRST = int(os.environ["RANK"]) == 0


def ask_once(log: Path) -> None:
    """Ask from the first process alone, as a watch is one process too."""
    if FIRST:
        ask_to_stop(log)


def main() -> None:
    """Train, and print the step that was the last."""
    torch.distributed.init_process_group("gloo")
    test_frameworks.ask_to_stop = ask_once
    train = getattr(test_frameworks, f"train_{sys.argv[1]}")
    step = train(Path(sys.argv[2]), True)
    print(f"stopped after {step}", flush=True)


if __name__ == "__main__":
    main()
