"""Feed damaged logs to the readers until a time is over; what breaks one is kept.

    python scripts/fuzz_readers.py FORMAT [--minutes 10] [--seed 1] [--keep FOLDER]

Each try takes a log of ``fixtures/`` that is read as FORMAT, damages it (bytes changed, cut out,
doubled, words that hurt put in, frames of event files with right checksums shuffled), and reads it.
A find is an exception, more than two seconds of CPU, or more than 1 GiB of memory. Finds that were
mended lie in ``fixtures/finds/`` and are read by the tests.
"""

from __future__ import annotations

import argparse
import gzip
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from reading.events import frame  # noqa: E402
from reading.soundness import check  # noqa: E402
from reading.user_trainer import console  # noqa: E402

from healthlint.readers import read  # noqa: E402

SECONDS = 2.0
"""CPU time that reading a small log may take."""
MEMORY = 1 << 30
"""Bytes of address space beyond what is there at the start."""
LARGEST = 1 << 17
"""Bytes of the largest log that is damaged; larger ones are cut first."""
WORDS = (
    *(b"nan", b"NaN", b"-inf", b"1e999", b"9" * 400, b"-9" * 20, b"999999999999999999999"),
    *(b"\r", b"\n", b"\r\n\r\n", b"\t", b",", b";", b'"', b'""', b"'", b"\x1b[0m", b"\x00" * 50),
    *(
        b"\xff" * 8,
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xef\xbb\xbf",
        b"\xc2",
        b"\xe2\x80",
    ),
    *(b'{"', b"{}", b"[[[[" * 200, b'{"a":' * 600, b'"step":', b"step", b"epoch", b"0.5", b"null"),
    *(
        b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
        b"%|",
        b"=",
        b": ",
        b"[",
        b"]",
        b"1_0",
        b"0x1p3",
    ),
)


class Damage:
    """Damages logs.

    Args:
        chance: Where choices come from.
        logs: The bytes of good logs.
    """

    def __init__(self, chance: random.Random, logs: list[bytes]) -> None:
        self._chance = chance
        self._logs = logs

    def log(self) -> bytes:
        """Return a damaged log."""
        chance = self._chance
        content = bytearray(chance.choice(self._logs))
        if len(content) > LARGEST:
            at = chance.randrange(len(content) - LARGEST) if chance.random() < 0.2 else 0
            content = content[at : at + LARGEST]
        for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 9, 30))):
            if content:
                self._hurt(content)
        if chance.random() < 0.05:
            packed = bytearray(gzip.compress(bytes(content), 1))
            self._hurt(packed)
            return bytes(packed)
        return bytes(content)

    def _hurt(self, content: bytearray) -> None:
        chance = self._chance
        at, kind = chance.randrange(len(content)), chance.random()
        if kind < 0.3:
            content[at] = chance.randrange(256)
        elif kind < 0.4:
            content[at] ^= 1 << chance.randrange(8)
        elif kind < 0.5:
            del content[at : at + chance.choice((1, 2, 8, 40, 500))]
        elif kind < 0.6:
            content[at:at] = chance.randbytes(chance.randrange(20))
        elif kind < 0.7:
            begin = chance.randrange(len(content))
            content[at:at] = content[begin : begin + chance.choice((4, 30, 300, 3000))]
        elif kind < 0.85:
            content[at:at] = chance.choice(WORDS)
        elif kind < 0.92:
            other = chance.choice(self._logs)
            content[at:at] = other[: chance.randrange(2000)]
        elif kind < 0.97:
            content[at:at] = frame(bytes(content[at : at + chance.randrange(80)]))
        else:
            del content[at:]


def good_logs(format_name: str) -> list[Path]:
    """Return the fixtures that are read as a format: files, or folders that are one log."""
    found = [
        path
        for folder in ("formats", "scars", "jsonl")
        for path in sorted((ROOT / "fixtures" / folder).rglob("*"))
        if path.is_file() and ".expect." not in path.name and ".values." not in path.name
    ]
    found += [path for path in sorted((ROOT / "fixtures" / "formats").iterdir()) if path.is_dir()]
    logs = [path for path in found if read(str(path)).format == format_name]
    return [path for path in logs if path.is_file()] or logs


def _files(log: Path) -> list[Path]:
    return [path for path in sorted(log.rglob("*")) if path.is_file()] if log.is_dir() else [log]


def fuzz(format_name: str, minutes: float, seed: int, keep: Path) -> int:
    """Read damaged logs for a time; return the number of finds."""
    logs = good_logs(format_name)
    contents = [path.read_bytes() for log in logs for path in _files(log)]
    if format_name == "kokoro-text":  # made by the tests
        contents, logs = [console(3).encode(), console(2, first=2).encode()], [Path("console.log")]
    if not contents:
        raise SystemExit(f"no fixture is read as {format_name!r}")
    damage = Damage(random.Random(seed), contents)  # noqa: S311
    _bound_memory()
    count = finds = 0
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            log = logs[count % len(logs)]
            path = Path(folder) / log.name.removesuffix(".gz")
            hurt = path
            if log.is_dir():
                if not path.exists():
                    shutil.copytree(log, path)
                hurt = random.Random(count).choice(_files(path))  # noqa: S311
            hurt.write_bytes(damage.log())
            count += 1
            reason = broken(path)
            if reason:
                finds += 1
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{format_name}-{seed}-{count}-{hurt.name}").write_bytes(hurt.read_bytes())
                print(f"{format_name} {count} {hurt.name}: {reason}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{format_name}: {count:,} logs, {finds} finds, {minutes:g} min, peak {peak:.0f} MiB")
    return finds


def _bound_memory() -> None:
    status = Path("/proc/self/statm")
    used = int(status.read_text().split()[0]) * resource.getpagesize() if status.exists() else 0
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def broken(path: Path) -> str:
    """Return what reading a log broke, empty where nothing."""
    signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, 30)
    start = time.process_time()
    try:
        check(path)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} at {Path(place.filename).name}:{place.lineno}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = time.process_time() - start
    return f"{took:.1f} s of CPU" if took > SECONDS else ""


def _too_slow(*_: object) -> None:
    raise TimeoutError("30 s of CPU")


def main() -> None:
    """Fuzz one format; exit code 1 where something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "finds")
    args = parser.parse_args()
    sys.exit(bool(fuzz(args.format, args.minutes, args.seed, args.keep)))


if __name__ == "__main__":
    main()
