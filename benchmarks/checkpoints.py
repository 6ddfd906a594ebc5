"""A checkpoint of 1 GB gated, beside `torch.load`: seconds and peak memory, each in a process.

    python benchmarks/checkpoints.py [--megabytes 1000] [--folder /tmp]

Both run three times in turn on a file in the page cache; the least CPU time counts. `torch.load`
only loads (and with `mmap=True` does not even that); the gate looks at every number and takes the
SHA-256. The file is deleted afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_MEASURED = """
import json, resource, sys, time
start, cpu = time.perf_counter(), time.process_time()
{work}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, peak]))
"""
_WRITE = """
import torch
model = {{f"layer.{{i}}.weight": torch.randn(1000, 1000) for i in range({count})}}
torch.save({{"schema": "healthlint.checkpoint/1", "model": model, "step": 30}}, {path!r})
"""
_WORKS = {
    "healthlint gate": "from healthlint.gating import Wanted, gate\n"
    "made = gate({path!r}, Wanted(log={log!r}))\nassert made.decision == 'ship', made.reasons",
    "weights alone": "from healthlint.checkpoints import read, scan\nown = read({path!r})\n"
    "assert scan(own.storages, own.weights, own.weights).numbers == own.numbers > 0",
    "torch.load": "import torch\ntorch.load({path!r}, weights_only=True)",
    "torch.load and isfinite": "import torch\nmade = torch.load({path!r}, weights_only=True)\n"
    "assert all(torch.isfinite(one).all() for one in made['model'].values())",
}


def main() -> None:
    """Write the file, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path, log = Path(folder) / "step_000030.pt", Path(folder) / "logs.jsonl"
        write = _WRITE.format(count=args.megabytes // 4, path=str(path))
        subprocess.run([sys.executable, "-c", write], check=True)
        _announce(path, log)
        best: dict[str, list[float]] = {}
        for _ in range(3):
            for name, work in _WORKS.items():
                got = _run(work.format(path=str(path), log=str(log)))
                best[name] = min(best.get(name, got), got, key=lambda one: one[1])
        _print(best, path.stat().st_size)


def _announce(path: Path, log: Path) -> None:
    """Write the log of a run that ends with the checkpoint."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    rows: list[dict[str, object]] = [
        {"step": i, "epoch": i, "val/mel_loss": 1 / i} for i in range(1, 31)
    ]
    said = {"event": "checkpoint", "step": 30, "epoch": 30, "path": path.name, "sha256": digest}
    rows.append({"_type": "event", **said})
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _run(work: str) -> list[float]:
    command = [sys.executable, "-c", _MEASURED.format(work=work)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout))


def _print(best: dict[str, list[float]], size: int) -> None:
    print(f"{size / 1e9:.2f} GB\n{'':<26}{'wall s':>8}{'CPU s':>8}{'peak MiB':>10}")
    for name, (wall, cpu, peak) in best.items():
        print(f"{name:<26}{wall:>8.2f}{cpu:>8.2f}{peak:>10.0f}")


if __name__ == "__main__":
    main()
