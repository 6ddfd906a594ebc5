"""What a watch costs, and how soon it tells, on logs that really grow.

``python benchmarks/watches.py --logs 1 --records 100000`` grows one log of 10^5 records by 200 a
second; after half of the time its loss becomes NaN. Prints the share of a core that the watch took,
its memory, and the seconds from the record to the event.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

RATE = 200


def record(step: int, loss: float) -> str:
    """Return a line of a log with four values."""
    values = {"train/total_loss": loss, "train/mel_loss": loss / 2, "grad_norm": 1.0, "lr": 1e-3}
    return (
        json.dumps({"step": step, "epoch": step // 1000 + 1, **values, "time": time.time()}) + "\n"
    )


def loss(step: int) -> float:
    """Return a loss that falls, with a little noise."""
    return 1 + 2 / (1 + step / 1000) + 0.01 * ((step * 7919) % 101) / 101


def grow(paths: list[Path], records: int, seconds: float) -> float:
    """Let logs grow; return when the loss of the first became NaN."""
    begun, step, broke = time.time(), records, 0.0
    streams = [path.open("a") for path in paths]
    while (now := time.time()) < begun + seconds:
        wanted = records + int(RATE * (now - begun))
        is_broken = now > begun + seconds / 2
        broke = broke or (now if is_broken else 0.0)
        for at, stream in enumerate(streams):
            for each in range(step, wanted):
                stream.write(record(each, float("nan") if is_broken and at == 0 else loss(each)))
            stream.flush()
        step = wanted
        time.sleep(0.1)
    return broke


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=1)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{at:03}.jsonl") for at in range(args.logs)]
        for path in paths:
            path.write_text("".join(record(step, loss(step)) for step in range(args.records)))
        events = Path(folder, "events.ndjson.txt")
        command = [sys.executable, "-m", "healthlint", "watch", "--no-config"]
        command += ["-o", f"jsonl:{events}", *map(str, paths)]
        watch = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not events.exists() or len(events.read_text().splitlines()) < args.logs:
            time.sleep(0.2)  # the first looks are no part of the share
        start = _cpu(watch.pid)
        begun = time.time()
        broke = grow(paths, args.records, args.seconds)
        share = (_cpu(watch.pid) - start) / (time.time() - begun)
        time.sleep(15)
        memory = _most_memory(watch.pid)
        watch.terminate()
        watch.wait()
        told = [json.loads(line) for line in events.read_text().splitlines()]
    first = next((one["at"] for one in told if one["event"] == "firing"), None)
    delay = None
    if first:
        delay = (
            datetime.strptime(first, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp() - broke
        )
    print(
        f"{args.logs} logs, {args.records} records: {share:.1%} of a core, {memory:.0f} MB, ",
        end="",
    )
    print(f"told after {delay} s; events {len(told)}")


def _most_memory(pid: int) -> float:
    """Return the most memory that a process has taken, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _cpu(pid: int) -> float:
    """Return the seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
