"""What a watch costs, how soon it tells, and what a kill does to it, on logs that really grow.

``python benchmarks/watches.py grow --logs 1 --records 100000`` grows one log of 10^5 records by 200
a second; after half of the time its loss becomes NaN. Prints the share of a core that the watch
took and its memory; the seconds from the NaN to its event; and the seconds that 95 of 100 records
wait at most for the end of the next look.

``python benchmarks/watches.py kills --kills 100`` kills a watch again and again while a log grows,
and compares its stream of events with that of a watch that nobody killed.

``python benchmarks/watches.py endpoint --down 60`` lets a log grow while whoever is to be notified
does not answer, and then does; another watch of the same log notifies nobody. Needs apprise.

``python benchmarks/watches.py beside --epokio PATH`` lets runs that ship grow as Lightning writes
them, under our watch and under ``epokio watch``, and prints what each told, when and how often.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from replays import replay

SETTLING = 15.0
BESIDE = ("nan", "high-lr", "overfit", "lr-jump", "over-smoothed", "healthy-espeak")
KILLED = ("lr-jump", "nan", "overfit", "inf", "killed-and-resumed", "high-lr")
ROOT = Path(__file__).parents[1]
Told = tuple[str, str, int, str]
Writer = Callable[[int, float], bytes]


def loss(step: int) -> float:
    """Return a loss that falls, with a little noise."""
    return 1 + 2 / (1 + step / 1000) + 0.01 * ((step * 7919) % 101) / 101


def values(value: float) -> dict[str, float]:
    """Return the four values of a record."""
    return {"train/total_loss": value, "train/mel_loss": value / 2, "grad_norm": 1.0, "lr": 1e-3}


def as_jsonl(step: int, value: float) -> bytes:
    """Return a record as a line of JSON."""
    record = {"step": step, "epoch": step // 1000 + 1, **values(value), "time": time.time()}
    return json.dumps(record).encode() + b"\n"


def as_csv(step: int, value: float) -> bytes:
    """Return a record as a row, below the names where it is the first one."""
    named = {"step": step, "epoch": step // 1000 + 1, **values(value)}
    names = ",".join(named) + "\n" if not step else ""
    return (names + ",".join(map(str, named.values())) + "\n").encode()


def as_text(step: int, value: float) -> bytes:
    """Return a record as a line of a console."""
    named = " ".join(f"{name}: {one:.6g}" for name, one in values(value).items())
    return f"epoch {step // 1000 + 1} step {step} {named}\n".encode()


def as_events(step: int, value: float) -> bytes:
    """Return a record as frames of TensorBoard, without checksums of what they hold."""
    clock = struct.pack("<d", time.time())
    head = b"\x09" + clock + b"\x10" + _varint(step)
    return b"".join(_frame(head, tag, one) for tag, one in values(value).items())


def _frame(head: bytes, tag: str, value: float) -> bytes:
    scalar = b"\x0a" + _varint(len(tag)) + tag.encode() + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + _varint(len(scalar)) + scalar
    event = head + b"\x2a" + _varint(len(summary)) + summary
    length = struct.pack("<Q", len(event))
    return length + struct.pack("<I", _checksum(length)) + event + bytes(4)


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes([*made, number])


@cache
def _checksum(data: bytes) -> int:
    """Return the masked CRC-32C of some bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 if crc & 1 else crc >> 1
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


FORMATS: dict[str, tuple[str, Writer]] = {
    "jsonl": ("logs.jsonl", as_jsonl),
    "csv": ("metrics.csv", as_csv),
    "text": ("train.log", as_text),
    "tensorboard": ("events.out.tfevents.1790000000.host.1.0", as_events),
}


class Growth:
    """Lets logs grow; the loss of the first becomes NaN when half of the time is over.

    Args:
        paths: The logs.
        write: Makes a record.
        records: Records that each has at the beginning.
        rate: Records that each gets a second.
    """

    def __init__(self, paths: list[Path], write: Writer, records: int, rate: float) -> None:
        self._write, self._begun, self._rate, self._step = write, records, rate, records
        self.broke_at = 0.0
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(write(step, loss(step)) for step in range(records)))
        self._streams = [path.open("ab", buffering=0) for path in paths]

    def run(self, seconds: float, step: Callable[[], object]) -> None:
        """Grow for some seconds, calling a function ten times a second."""
        begun = time.time()
        while (now := time.time()) < begun + seconds:
            if now > begun + seconds / 2 and not self.broke_at:
                self.broke_at = now
            self._add(self._begun + int(self._rate * (now - begun)))
            step()
            time.sleep(max(0.0, now + 0.1 - time.time()))

    def _add(self, wanted: int) -> None:
        for at, stream in enumerate(self._streams):
            is_broken = self.broke_at > 0 and at == 0
            rows = range(self._step, wanted)
            stream.write(
                b"".join(self._write(one, np.nan if is_broken else loss(one)) for one in rows)
            )
        self._step = wanted


def grow(args: argparse.Namespace) -> None:
    """Measure what a watch costs, and how soon it tells."""
    name, write = FORMATS[args.format]
    with tempfile.TemporaryDirectory() as home:
        paths = [Path(home, f"{at:03}", name) for at in range(args.logs)]
        growth = Growth(paths, write, args.records, args.rate)
        events, looks = Path(home, "events.ndjson"), Path(home, "looks")
        command = [sys.executable, __file__, "watched", str(looks), "--no-config"]
        command += ["-o", f"jsonl:{events}", *map(str, paths)]
        watch = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not events.exists() or events.read_bytes().count(b"\n") < args.logs:
            time.sleep(0.2)  # the first looks are no part of the share
        time.sleep(1)
        told: list[float] = []

        def listen() -> None:
            if not told and b'"firing"' in events.read_bytes():
                told.append(time.time())

        start, begun = _cpu(watch.pid), time.time()
        growth.run(args.seconds, listen)
        share = (_cpu(watch.pid) - start) / (time.time() - begun)
        until = time.time() + SETTLING
        while time.time() < until and not told:
            time.sleep(0.1)
            listen()
        memory = _most_memory(watch.pid)
        watch.terminate()
        watch.wait()
        noted = [line.split(" ", 2) for line in looks.read_text().splitlines()]
        count = sum(float(start) > begun for start, _, _ in noted)
        waits = [
            wait
            for path in paths
            for wait in _waits(
                [(float(a), float(b)) for a, b, at in noted if at == str(path)], begun
            )
        ]
    delay = f"{told[0] - growth.broke_at:.1f} s" if told else "never"
    print(
        f"{args.logs} {args.format} logs of {args.records:,} records: {share:.2%} of a core, "
        f"{memory:.0f} MB; NaN told after {delay}; {count} looks, 95 of 100 records wait at "
        f"most {np.percentile(waits, 95) if len(waits) else np.nan:.1f} s"
    )


def _waits(looks: list[tuple[float, float]], begun: float) -> list[float]:
    """Return what a record waits for the end of the next look, for records ten times a second."""
    moments = np.arange(begun, looks[-1][0] if looks else begun, 0.1).tolist()
    return [next(stop for start, stop in looks if start >= at) - at for at in moments]


def watched(args: list[str]) -> int:
    """Run ``healthlint watch``, and note when each look began and ended."""
    from healthlint.cli import main as healthlint
    from healthlint.watching import Watched

    look = Watched.look
    with Path(args[0]).open("a", buffering=1) as out:

        def noted(log: Watched, now: float, **more: object) -> bool:
            begun = time.time()
            result = look(log, now, **more)  # type: ignore[arg-type]
            out.write(f"{begun} {time.time()} {log.path}\n")
            return result

        Watched.look = noted  # type: ignore[method-assign]
        return healthlint(["watch", *args[1:]])


def kills(args: argparse.Namespace) -> None:
    """Kill a watch again and again while a log grows; compare what it told with what it had to."""
    dice = random.Random(args.seed)
    lines = _lines_of(KILLED)
    with tempfile.TemporaryDirectory() as home:
        path, events = Path(home, "logs.jsonl"), Path(home, "events.ndjson")
        whole, alone = Path(home, "whole", path.name), Path(home, "alone")
        for folder in (whole.parent, alone):
            folder.mkdir()
        whole.write_bytes(b"".join(lines))
        wanted = _counted(map(asdict, replay(whole, alone, args.kills).told))
        for number in range(args.kills):
            done = path.read_bytes().count(b"\n") if path.exists() else 0
            with path.open("ab") as out:
                out.write(b"".join(lines[done : len(lines) * (number + 1) // args.kills]))
            child = subprocess.Popen(_watching(path, events), stdout=subprocess.DEVNULL)
            _wait([events, path.with_name(f".{path.name}.watch.json")], args.longest, dice)
            child.send_signal(signal.SIGKILL)
            child.wait()
        subprocess.run(_watching(path, events), stdout=subprocess.DEVNULL, check=False)
        told = [json.loads(line) for line in events.read_text().splitlines() if line.endswith("}")]
    ids = Counter(one["id"] for one in told)
    counts = _counted(told)
    lost, more = wanted - counts, counts - wanted
    print(
        f"{args.kills} kills: {len(told)} events, {sum(lost.values())} lost, "
        f"{sum(count - 1 for count in ids.values())} doubled, {sum(more.values())} more"
    )
    for word, which in (("lost", lost), ("more", more)):
        for one in which:
            print(f"  {word}: {one}")


class _Inbox(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    got: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body)["message"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def endpoint(args: argparse.Namespace) -> None:
    """Let a log grow while nobody answers at an address, then somebody does."""
    lines = [line for line in _lines_of(KILLED) if b'"_type":"end"' not in line]  # it goes on
    with tempfile.TemporaryDirectory() as home, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        path = Path(home, "logs.jsonl")
        path.write_bytes(lines[0])
        streams = [Path(home, name, "events.ndjson") for name in ("notifies", "alone")]
        for stream in streams:
            stream.parent.mkdir()
        notify = ["--notify", f"json://127.0.0.1:{port}/"]
        watches = [
            subprocess.Popen(
                [*_watching(path, stream, every="1s"), "--state", str(stream.parent), *more]
            )
            for stream, more in zip(streams, (notify, []), strict=True)
        ]
        seen: list[dict[str, float]] = [{}, {}]
        begun, server = time.time(), None
        while (past := time.time() - begun) < args.down + 60:
            if server is None and past > args.down:
                server = ThreadingHTTPServer(("127.0.0.1", port), _Inbox)
                threading.Thread(target=server.serve_forever, daemon=True).start()
            share = min(past / (args.down + 20), 1.0)
            done = path.read_bytes().count(b"\n")
            with path.open("ab") as out:
                out.write(b"".join(lines[done : max(done, int(len(lines) * share))]))
            for stream, when in zip(streams, seen, strict=True):
                for message in _fired(stream):
                    when.setdefault(message, time.time() - begun)
            time.sleep(0.1)
        for watch in watches:
            watch.terminate()
            watch.wait()
        told = [_fired(stream) for stream in streams]
    lost = [one for one in told[0] if not any(one in message for message in _Inbox.got)]
    late = max(abs(seen[0][one] - seen[1].get(one, np.inf)) for one in seen[0])
    early = sum(when < args.down for when in seen[0].values())
    print(
        f"nobody answered for {args.down:.0f} s: {len(told[0])} findings told, {early} of them "
        f"before somebody did, {len(lost)} not delivered afterwards; each within "
        f"{late:.1f} s of when a watch that notifies nobody told it ({len(told[1])})"
    )


def _fired(stream: Path) -> list[str]:
    """Return the messages of the findings in a stream of events that people are told of."""
    if not stream.exists():
        return []
    rows = [json.loads(row) for row in stream.read_text().splitlines() if row.endswith("}")]
    fired = [row for row in rows if row["event"] == "firing" and row["severity"] != "info"]
    return [row["message"] for row in fired]


def _lines_of(runs: Iterable[str]) -> list[bytes]:
    logs = (ROOT / "fixtures/runs" / name / "logs.jsonl" for name in runs)
    return [line for log in logs for line in log.read_bytes().splitlines(keepends=True)]


def beside(args: argparse.Namespace) -> None:
    """Let runs grow under two watches, and print what each told."""
    with tempfile.TemporaryDirectory() as home:
        tables = {name: _as_lightning(name) for name in BESIDE}
        paths = {name: Path(home, name, "version_0", "metrics.csv") for name in BESIDE}
        for name, path in paths.items():
            path.parent.mkdir(parents=True)
            path.write_text(tables[name][0])
        events = Path(home, "events.ndjson")
        command = [*_watching(Path(home), events, every="1s"), "--state", home]
        watch = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        told: dict[str, list[tuple[float, str]]] = {name: [] for name in BESIDE}
        begun, done = time.time(), dict.fromkeys(BESIDE, 1)
        while (past := time.time() - begun) < args.seconds + SETTLING:
            share = min(past / args.seconds, 1.0)
            for name, path in paths.items():
                wanted = max(1, int(len(tables[name]) * share))
                with path.open("a") as out:
                    out.write("".join(tables[name][done[name] : wanted]))
                done[name] = max(done[name], wanted)
            for name, words in _epokio(args.epokio, home).items():
                if not told[name] or told[name][-1][1] != words:
                    told[name].append((time.time() - begun, words))
        watch.terminate()
        watch.wait()
        rows = [json.loads(row) for row in events.read_text().splitlines() if row.endswith("}")]
    print("| run | healthlint | epokio |\n|---|---|---|")
    for name in BESIDE:
        own = [row for row in rows if f"/{name}/" in row["log"] and row["event"] == "firing"]
        ours = "; ".join(f"{row['rule']} at {_past(row['at'], begun):.0f} s" for row in own)
        theirs = "; ".join(f"{words} at {at:.0f} s" for at, words in told[name])
        print(f"| {name} | {ours or 'nothing'} | {theirs or 'nothing'} |")


def _past(at: str, begun: float) -> float:
    return datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() - begun


def _epokio(program: str, root: str) -> dict[str, str]:
    """Return what the other watch says of each run, beside its numbers."""
    done = subprocess.run(
        [program, "watch", "--root", root, "--once"], capture_output=True, text=True, check=False
    )
    found = {}
    for line in done.stdout.splitlines():
        for name in BESIDE:
            if f"{name}/version_0" in line:
                words = re.sub(r"[\d.:/?%-]+|\b(?:ep|left)\b", " ", line.partition("version_0")[2])
                found[name] = f"`{line.strip()[0]}` {' '.join(words.split())}".strip()
    return found


def _as_lightning(name: str) -> list[str]:
    """Return a run that ships as the rows of Lightning's table, its names first."""
    rows: dict[tuple[int, int], dict[str, float]] = {}
    for line in (ROOT / "fixtures/runs" / name / "logs.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "step" in row and "epoch" in row and "_type" not in row:
            found = row | row.pop("_nonfinite", {})
            values = {
                key.replace("total_loss", "loss").replace("/", "_"): float(value)
                for key, value in found.items()
                if key not in ("step", "epoch", "time") and value is not None
            }
            rows.setdefault((int(row["epoch"]), int(row["step"])), {}).update(values)
    names = sorted({key for values in rows.values() for key in values})
    table = [",".join(["epoch", "step", *names]) + "\n"]
    for (epoch, step), values in rows.items():
        cells = [str(values.get(key, "")) for key in names]
        table.append(",".join([str(epoch - 1), str(step), *cells]) + "\n")
    return table


def _wait(files: list[Path], longest: float, dice: random.Random) -> None:
    """Wait for a moment to kill: any, or where a file has just been written."""
    if dice.random() < 0.5:
        time.sleep(dice.uniform(0.2, longest))
        return
    before, until = [_stamp(file) for file in files], time.time() + 2 * longest
    while [_stamp(file) for file in files] == before and time.time() < until:
        time.sleep(0.0005)
    time.sleep(dice.uniform(0, 0.02))


def _stamp(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0.0


def _counted(events: Iterable[dict[str, Any]]) -> Counter[Told]:
    """Return how often each thing was told that does not depend on when somebody looked."""
    kinds = ("began", "firing", "ended", "died")
    kept = (one for one in events if one["event"] in kinds)
    return Counter((one["event"], one["run"], one["attempt"], one["rule"]) for one in kept)


def _watching(path: Path, events: Path, every: str = "0.05s") -> list[str]:
    command = [sys.executable, "-m", "healthlint", "watch", "--no-config", "--every", every]
    return [*command, "--duty", "100%", "-o", f"jsonl:{events}", str(path)]


def _most_memory(pid: int) -> float:
    """Return the most memory that a process has taken, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _cpu(pid: int) -> float:
    """Return the seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, and print."""
    if sys.argv[1:2] == ["watched"]:
        sys.exit(watched(sys.argv[2:]))
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    growing = commands.add_parser("grow")
    growing.add_argument("--logs", type=int, default=1)
    growing.add_argument("--records", type=int, default=100_000)
    growing.add_argument("--rate", type=float, default=200)
    growing.add_argument("--seconds", type=float, default=60)
    growing.add_argument("--format", choices=FORMATS, default="jsonl")
    growing.set_defaults(run=grow)
    killing = commands.add_parser("kills")
    killing.add_argument("--kills", type=int, default=100)
    killing.add_argument("--longest", type=float, default=2.5)
    killing.add_argument("--seed", type=int, default=0)
    killing.set_defaults(run=kills)
    silent = commands.add_parser("endpoint")
    silent.add_argument("--down", type=float, default=60)
    silent.set_defaults(run=endpoint)
    both = commands.add_parser("beside")
    both.add_argument("--epokio", required=True, help="its program")
    both.add_argument("--seconds", type=float, default=120)
    both.set_defaults(run=beside)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
