"""CPU time and memory of ``healthlint check`` beside losslint, in one run, interleaved.

    python benchmarks/speed.py --losslint PATH [--losslint PATH] [--records 1000000] [--rounds 3]

The paths are those of the command ``losslint`` in environments of its own: it starts much faster
without its extra ``fast`` (numpy) than with it, so give both. This Python runs healthlint. Every
command runs once unmeasured, so that all of them find their bytecode. Quote the ratios: the tools
run in turn on the same machine, so its speed and its noise cancel; the spread of the rounds says
how far. Three questions:

start-up   a log of 1,000 records, where neither reading nor judging weighs anything
the million a log of 1,000,000 records of 8 metrics, read and judged
linearity  the same with a quarter of the records, and with 200 rules instead of the default packs
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

METRICS = (
    "mel_loss",
    "spectral_convergence",
    "duration_loss",
    "energy_loss",
    "pitch_loss",
    "stop_loss",
    "total_loss",
    "grad_norm",
)
HEADER = (
    '{"_type":"run","_schema":"healthlint.log/1","run":"bench","attempt":0,"step":0,'
    '"meta":{"utterances":2200,"steps_per_epoch":%d,"planned_epochs":50}}\n'
)


CHUNK = 10_000
"""Records drawn at once: a child's peak memory is never below that of this process."""


def write_log(path: Path, records: int) -> None:
    """Write a log of 50 epochs: eight falling, noisy metrics a record."""
    rng = np.random.default_rng(0)
    per_epoch = max(1, records // 50)
    with path.open("w") as file:
        file.write(HEADER % per_epoch)
        for start in range(0, records, CHUNK):
            index = np.arange(start, min(start + CHUNK, records))
            decay = np.exp(-index / (records / 5))[:, None] * (1 + np.arange(8))
            values = np.abs(decay + 0.3 + rng.normal(0, 0.03, (len(index), 8)))
            for i, row in zip(index.tolist(), values.tolist(), strict=True):
                cells = ",".join(f'"train/{m}":{v:.6f}' for m, v in zip(METRICS, row, strict=True))
                head = f'"step":{i + 1},"epoch":{i // per_epoch + 1},"time":{1.7e9 + i * 0.1:.1f}'
                file.write(f"{{{head},{cells}}}\n")


def write_rules(path: Path, count: int) -> None:
    """Write a pack of rules of every cheap shape over all metrics, none alike."""
    lines = ["schema: healthlint.rules/1", "pack: many", "metrics:"]
    lines += [f"  {metric}: {metric}" for metric in METRICS]
    lines.append("rules:")
    for i in range(count):
        metric, size = METRICS[i % len(METRICS)], 1 + i // len(METRICS)
        when = (
            f"value: {{metric: {metric}, above: {100 + i}}}",
            f"trend: {{metric: {metric}, over: {4 + size % 6} epochs, up_by: {20 + size}%}}",
            f"rise: {{metric: {metric}, by: {200 + size}%}}",
        )[i % 3]
        lines += [
            f"  - id: many/rule-{i}",
            "    severity: warning",
            "    summary: one of many",
            f"    when: {{{when}}}",
            '    message: "it happened"',
            "    help: nothing to do",
        ]
    path.write_text("\n".join(lines) + "\n")


def measure(command: list[str]) -> tuple[float, float]:
    """Return the CPU seconds and the peak memory in MB of a command.

    Raises:
        RuntimeError: It fails, so that there is nothing to measure.
    """
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return usage.ru_utime + usage.ru_stime, peak


def compare(title: str, commands: dict[str, list[str]], rounds: int, base: str) -> None:
    """Print the CPU seconds of each command (median, spread), its peak memory, and the ratio.

    The ratio is the median of those of the rounds, to the command named ``base``.
    """
    for command in commands.values():
        measure(command)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, float] = dict.fromkeys(commands, 0.0)
    for _ in range(rounds):
        for name, command in commands.items():
            cpu, peak = measure(command)
            seconds[name].append(cpu)
            peaks[name] = max(peaks[name], peak)
    print(title)
    for name in commands:
        ratios = [a / b for a, b in zip(seconds[name], seconds[base], strict=True)]
        print(
            f"  {name:40} {statistics.median(seconds[name]):7.3f} s CPU"
            f" ({min(seconds[name]):.3f}-{max(seconds[name]):.3f})  {peaks[name]:6.0f} MB"
            f"  {statistics.median(ratios):5.2f} x {base}"
        )


def main() -> None:
    """Run all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--losslint", action="append", help="path of its command; repeatable")
    args = parser.parse_args()
    rivals = args.losslint or [path for path in [shutil.which("losslint")] if path]
    if not rivals:
        sys.exit("speed: losslint is not on the path; name it with --losslint PATH")
    with tempfile.TemporaryDirectory() as folder:
        small, quarter, full = (Path(folder, f"{name}.jsonl") for name in ("s", "q", "f"))
        rules = Path(folder, "many.yaml")
        write_log(small, 1000)
        write_log(quarter, args.records // 4)
        write_log(full, args.records)
        write_rules(rules, 200)
        check = [sys.executable, "-m", "healthlint", "check"]
        compare(
            "start-up: 1,000 records",
            {
                **{rival: [rival, "check", str(small)] for rival in rivals},
                "healthlint": [*check, str(small)],
                "import numpy, orjson": [sys.executable, "-c", "import numpy, orjson"],
            },
            max(11, args.rounds),
            rivals[0],
        )
        compare(
            f"{args.records:,} records of 8 metrics ({full.stat().st_size / 1e6:.0f} MB)",
            {
                **{rival: [rival, "check", str(full)] for rival in rivals},
                "healthlint": [*check, str(full)],
            },
            args.rounds,
            rivals[0],
        )
        compare(
            "linearity",
            {
                "default packs": [*check, str(full)],
                "a quarter of the records": [*check, str(quarter)],
                "200 more rules": [*check, "--rules", str(rules), str(full)],
            },
            args.rounds,
            "default packs",
        )


if __name__ == "__main__":
    main()
