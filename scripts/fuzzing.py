"""Feed damaged files to everything that reads one, for a time; what breaks is kept.

    scripts/fuzz [TARGET ...] [--minutes 10] [--count N] [--seed 1] [--corpus FOLDER]

Targets are `checkpoints`, `audio`, `configs`, `packs` and each format of logs; all of them where
none is named. Each try takes a good file, a malicious one or an earlier one of the corpus, damages
it (bytes changed, cut out, doubled; numbers made extreme; words that hurt put in; pieces of
others), and has it read. One in eight is traced: where it reaches lines that none reached before,
it joins the corpus, which lies in FOLDER/TARGET and grows from run to run.

A find is an exception that is not the reader's own answer, more than 10 s of CPU, more than 1 GiB
of memory, or a process that dies; it is kept in FOLDER/finds. Finds that were mended belong in
`fixtures/finds/`, which the tests read.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from runpy import run_path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np  # noqa: E402
from gating import making, zip_tricks  # noqa: E402
from reading.events import frame  # noqa: E402
from reading.soundness import check  # noqa: E402
from reading.user_trainer import console  # noqa: E402

from healthlint.checkpoints import CheckpointError, scan  # noqa: E402
from healthlint.checkpoints import read as read_checkpoint  # noqa: E402
from healthlint.config import ConfigError, named, resolve  # noqa: E402
from healthlint.readers import all_formats  # noqa: E402
from healthlint.readers import read as read_log  # noqa: E402
from healthlint.rulebook import RulebookError, load  # noqa: E402
from healthlint.spectrogram.hearing import hear  # noqa: E402

SECONDS = 10
"""CPU time that one file may take."""
MEMORY = 1 << 30
"""Bytes of address space beyond what is there at the start."""
LARGEST = 1 << 17
"""Bytes of the largest file that is damaged; larger ones are cut first."""
BATCH, TRACED = 200, 8
"""Files a process reads; of how many one is traced."""
WORDS = (
    *(b"nan", b"NaN", b"-inf", b"1e999", b"9" * 400, b"9" * 5000, b"-9" * 20, b"0x1p3", b"1_0"),
    *(b"\r", b"\n", b"\r\n\r\n", b"\t", b",", b";", b'"', b"'", b"\x1b[0m", b"\x00" * 50, b"%|"),
    *(b"\xff" * 8, b"\x80" * 10, b"\xef\xbb\xbf", b"\xc2", b"\xe2\x80", b"=", b": ", b"[", b"]"),
    *(b'{"', b"{}", b"[[[[" * 200, b'{"a":' * 600, b'"step":', b"step", b"epoch", b"0.5", b"null"),
    *(b"cos\nsystem\n", b"\x93", b"R", b"b", b"0", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"),
    *(b"(10000000000,)", b"|O", b"<f2", b"data", b"fmt ", b"IHDR", b"F8_E5M2", b"data_offsets"),
    *(b"&a ", b"*a", b"<<: ", b"!!python/name:os.system ", b"a.b.c.d.e", b"'''", b'"""'),
)
NUMBERS = (0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 33, (1 << 63) - 1)


@dataclass
class Target:
    """One kind of file.

    Attributes:
        name: What it is called.
        read: Reads a file; what it raises is a find.
        seeds: Good files, by the name that each has to have.
        folder: A log that is a folder, in which a seed is one file; None for a file of its own.
    """

    name: str
    read: Callable[[Path], object]
    seeds: list[tuple[str, bytes]] = field(default_factory=list)
    folder: Path | None = None


def _checkpoint(path: Path) -> None:
    try:
        own = read_checkpoint(str(path))
        scan(own.storages, {**own.weights, **own.others}, own.weights)
    except CheckpointError as error:
        assert str(error)


def _config(path: Path) -> None:
    try:
        list(resolve(named(str(path)), {}).listed())
    except ConfigError as error:
        assert str(error)


def _pack(path: Path) -> None:
    try:
        load([str(path)])
    except RulebookError as error:
        assert str(error)


def _checkpoints() -> list[tuple[str, bytes]]:
    malicious: dict[str, Any] = run_path(str(ROOT / "scripts" / "malicious_models.py"))
    made = list(malicious["models"](Path("/nonexistent/canary")).values())[::7]
    made += [make() for name, make in zip_tricks.TRICKS.items() if name != "safetensors too"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        contents = (making.checkpoint(), {"model": making.weights(), "iteration": 3}, {})
        made += [making.torch_zip(path, content).read_bytes() for content in contents]
        for kind in ("F32", "BF16", "F8_E5M2"):
            held = {"a": np.ones((3, 4), "f4"), "b": np.zeros(0, "f4")}
            made.append(making.safetensors(path, held, kind).read_bytes())
    return [("a.pt", data) for data in made]


def _sounds() -> list[tuple[str, bytes]]:
    import soundfile
    from PIL import Image

    tone = np.sin(np.arange(6000) / 9) * np.linspace(0, 0.5, 6000)
    mel = np.random.default_rng(0).normal(size=(80, 60)).astype("f4")
    made: list[tuple[str, bytes]] = []
    for ending, kind in (("wav", "WAV"), ("flac", "FLAC"), ("ogg", "OGG"), ("aiff", "AIFF")):
        stream = io.BytesIO()
        soundfile.write(stream, tone, 22050, format=kind)
        made.append((f"a.{ending}", stream.getvalue()))
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((2, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4000))
    made.append(("a.wav", stream.getvalue()))
    for write in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        write(stream, mel=mel, hop_length=256, sample_rate=22050)
        made.append(("a.npz", stream.getvalue()))
    stream = io.BytesIO()
    np.save(stream, mel)
    made.append(("a.npy", stream.getvalue()))
    stream = io.BytesIO()
    Image.fromarray((mel * 40 + 128).clip(0, 255).astype("u1")).save(stream, "PNG")
    made.append(("a.png", stream.getvalue()))
    with tempfile.TemporaryDirectory() as folder:
        path = making.torch_zip(Path(folder) / "a.pt", {"mel": mel, "hop_length": 256})
        made.append(("a.pt", path.read_bytes()))
    return made


def _configs() -> list[tuple[str, bytes]]:
    yaml = (ROOT / "fixtures" / "configs" / "healthlint.yaml").read_bytes()
    toml = b"""[tool.healthlint]
logs = ["runs/*/logs.jsonl"]
fail-on = "info"
facts = {utterances = 2200, metrics = {mel_loss = {kind = "l1"}}}
params = {tts = {patience = 12}}
gate = {allow = ["my_trainer.Settings"]}
output = ["full", 'json:report.json']
probe = {texts = ['''a'''], timeout = 3.5e0}
[[tool.healthlint.suppress]]
rule = "tts/a"
reason = "b"
until = 2026-01-31
"""
    return [("healthlint.yaml", yaml), ("pyproject.toml", toml)]


def _packs() -> list[tuple[str, bytes]]:
    found = sorted((ROOT / "fixtures" / "packs").rglob("*.yaml"))
    found += sorted((ROOT / "rules").glob("*.yaml"))
    return [("a.yaml", path.read_bytes()[:LARGEST]) for path in found]


def _logs(format_name: str) -> list[Target]:
    """Return the fixtures that are read as a format: files, or folders that are one log."""
    if format_name == "kokoro-text":  # made by the tests
        made = [("console.log", text.encode()) for text in (console(3), console(2, first=2))]
        return [Target(format_name, check, made)]
    logs = [path for path in _fixtures() if read_log(str(path)).format == format_name]
    files = [(path.name.removesuffix(".gz"), path.read_bytes()) for path in logs if path.is_file()]
    if files:
        return [Target(format_name, check, files)]
    return [
        Target(format_name, check, [(str(one.relative_to(log)), one.read_bytes())], log)
        for log in logs
        for one in sorted(log.rglob("*"))
        if one.is_file()
    ]


def _fixtures() -> list[Path]:
    folders = [ROOT / "fixtures" / name for name in ("formats", "scars", "jsonl")]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    logs = [one for one in files if ".expect." not in one.name and ".values." not in one.name]
    return logs + [path for path in sorted(folders[0].iterdir()) if path.is_dir()]


OWN: dict[str, tuple[Callable[[Path], object], Callable[[], list[tuple[str, bytes]]]]] = {
    "checkpoints": (_checkpoint, _checkpoints),
    "audio": (hear, _sounds),
    "configs": (_config, _configs),
    "packs": (_pack, _packs),
}


def names() -> list[str]:
    """Return the names of all targets."""
    return [*OWN, *sorted({reader.FORMAT for reader in all_formats()})]


def targets(name: str) -> list[Target]:
    """Return the targets of a name: one, or one a file of a folder that is a log."""
    if name in OWN:
        read, seeds = OWN[name]
        return [Target(name, read, seeds())]
    found = _logs(name)
    if not found:
        sys.stdout.write(f"{name}: no fixture is read as such\n")
    return found


class Damage:
    """Damages files.

    Args:
        chance: Where choices come from.
        files: The bytes of files to take pieces of.
    """

    def __init__(self, chance: random.Random, files: list[bytes]) -> None:
        self._chance = chance
        self._files = files

    def of(self, data: bytes) -> bytes:
        """Return damaged bytes."""
        chance, content = self._chance, bytearray(data)
        if len(content) > LARGEST:
            at = chance.randrange(len(content) - LARGEST) if chance.random() < 0.2 else 0
            content = content[at : at + LARGEST]
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 5, 9, 30))):
            if content:
                self._hurt(content)
        if chance.random() < 0.02:
            content = bytearray(gzip.compress(bytes(content), 1))
            self._hurt(content)
        return bytes(content)

    def _hurt(self, content: bytearray) -> None:
        at = self._chance.randrange(len(content))
        kinds = (_byte, _bit, _cut, _noise, _twice, _word, _number, _piece, _frame, _end)
        kind = self._chance.choices(kinds, (20, 10, 10, 5, 10, 15, 15, 7, 5, 3))[0]
        kind(self._chance, content, at, self._files)


def _byte(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    content[at] = chance.randrange(256)


def _bit(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    content[at] ^= 1 << chance.randrange(8)


def _cut(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    del content[at : at + chance.choice((1, 2, 8, 40, 500))]


def _noise(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    content[at:at] = chance.randbytes(chance.randrange(20))


def _twice(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    begin = chance.randrange(len(content))
    content[at:at] = content[begin : begin + chance.choice((4, 30, 300, 3000))]


def _word(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    content[at:at] = chance.choice(WORDS)


def _number(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    """Put an extreme number over four or eight bytes, or over two."""
    order, size = chance.choice("<>"), chance.choice("HIQ")
    bits = 8 * struct.calcsize(size)
    content[at : at + bits // 8] = struct.pack(order + size, chance.choice(NUMBERS) % (1 << bits))


def _piece(chance: random.Random, content: bytearray, at: int, files: list[bytes]) -> None:
    other = chance.choice(files)
    begin = chance.randrange(max(1, len(other)))
    content[at:at] = other[begin : begin + chance.randrange(2000)]


def _frame(chance: random.Random, content: bytearray, at: int, _: list[bytes]) -> None:
    content[at:at] = frame(bytes(content[at : at + chance.randrange(80)]))


def _end(_: random.Random, content: bytearray, at: int, __: list[bytes]) -> None:
    del content[at:]


class Lines:
    """The lines of the package that were reached, by this process and those before it.

    Args:
        path: Where they are kept.
    """

    def __init__(self, path: Path) -> None:
        self._own = str(ROOT / "healthlint")
        self._path = path
        self.seen = set(path.read_text().split()) if path.exists() else set()

    def grows(self, read: Callable[[], object]) -> bool:
        """Run something; return whether it reached a new line."""
        before = len(self.seen)
        sys.settrace(self._called)
        try:
            read()
        finally:
            sys.settrace(None)
        return len(self.seen) > before

    def keep(self) -> None:
        """Write them down for the next process."""
        self._path.write_text("\n".join(self.seen))

    def _called(self, frame: FrameType, _: str, __: object) -> Callable[..., Any] | None:
        return self._reached if frame.f_code.co_filename.startswith(self._own) else None

    def _reached(self, frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        if event == "line":
            self.seen.add(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        return self._reached


def fuzz(target: Target, minutes: float, count: int, seed: int, corpus: Path) -> tuple[int, int]:
    """Read damaged files until time or count is over; return how many, and how many finds."""
    home, finds = corpus / target.name, corpus / "finds"
    home.mkdir(parents=True, exist_ok=True)
    finds.mkdir(exist_ok=True)
    end, done, before = time.monotonic() + 60 * minutes, 0, len(list(finds.iterdir()))
    while time.monotonic() < end and done < count:
        batch = min(BATCH, count - done)
        child = os.fork()
        if not child:
            _work(target, batch, seed + done, end, home, finds)
        _, status = os.waitpid(child, 0)
        if status:
            _keep_last(target, home, finds, f"the process ended with status {status}")
        done += batch
    return done, len(list(finds.iterdir())) - before


def _work(
    target: Target, batch: int, seed: int, end: float, home: Path, finds: Path
) -> None:  # pragma: no cover - in a process of its own
    """Read one batch in this process, and end it."""
    warnings.simplefilter("ignore")
    _quiet()
    _bound_memory()
    chance = random.Random(seed)  # noqa: S311
    kept = [one for one in sorted(home.iterdir()) if not one.name.startswith(".")]
    grown = [(one.name.partition("-")[2], one.read_bytes()) for one in kept]
    damage = Damage(chance, [data for _, data in [*target.seeds, *grown]])
    lines = Lines(home / ".lines")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i in range(batch):
            if time.monotonic() > end:
                break
            pool = grown if grown and chance.random() < 0.4 else target.seeds
            inside, data = chance.choice(pool)
            path = _placed(target, folder / "case", inside)
            path.write_bytes(damage.of(data))
            (home / ".last").write_bytes(path.read_bytes())
            read = folder / "case" if target.folder else path
            reason, is_new = broken(target, read, lines if i % TRACED == 0 else None)
            if reason:
                _keep(finds, f"{target.name}-{seed}-{i}-{path.name}", path, reason)
            elif is_new:
                _join(home, inside, path)
    lines.keep()
    (home / ".last").unlink(missing_ok=True)
    os._exit(0)


def _quiet() -> None:
    """Send what decoders in C say of damaged files nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)


def _placed(target: Target, folder: Path, inside: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    if target.folder:
        shutil.copytree(target.folder, folder)
    path = folder / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _keep(finds: Path, name: str, path: Path, reason: str) -> None:
    (finds / name).write_bytes(path.read_bytes())
    sys.stdout.write(f"  find {name}: {reason}\n")
    sys.stdout.flush()


def _keep_last(target: Target, home: Path, finds: Path, reason: str) -> None:
    last = home / ".last"
    if last.exists():
        _keep(finds, f"{target.name}-died-{time.time_ns()}", last, reason)
        last.unlink()


def _join(home: Path, inside: str, path: Path) -> None:
    if "/" not in inside and len(list(home.iterdir())) < 2000:
        (home / f"{time.time_ns()}-{inside}").write_bytes(path.read_bytes())


def _bound_memory() -> None:
    status = Path("/proc/self/statm")
    used = int(status.read_text().split()[0]) * resource.getpagesize() if status.exists() else 0
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def broken(target: Target, path: Path, lines: Lines | None = None) -> tuple[str, bool]:
    """Return what reading a file broke, empty where nothing, and whether it reached new lines."""
    signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, 3 * SECONDS)
    start, is_new = time.process_time(), False
    try:
        if lines:
            is_new = lines.grows(lambda: target.read(path))
        else:
            target.read(path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return f"{type(error).__name__}: {error} at {where}"[:300], False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = time.process_time() - start
    return (f"{took:.1f} s of CPU", False) if not lines and took > SECONDS else ("", is_new)


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"{3 * SECONDS} s of CPU")


def run(chosen: Iterable[str], minutes: float, count: int, seed: int, corpus: Path) -> int:
    """Fuzz targets one after the other, each for its share of the time; return the finds."""
    pools = {name: targets(name) for name in chosen}
    share = minutes / max(1, len(pools))
    found = 0
    for name, pool in pools.items():
        done = finds = 0
        for target in pool:
            many, broke = fuzz(target, share / len(pool), count // len(pool), seed, corpus)
            done, finds = done + many, finds + broke
        if pool:
            sys.stdout.write(f"{name}: {done:,} files, {finds} finds\n")
            sys.stdout.flush()
        found += finds
    return found


def main() -> None:
    """Fuzz; exit code 1 where something broke."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names()))
    parser.add_argument("--minutes", type=float, default=10, help="for all of them")
    parser.add_argument("--count", type=int, default=1 << 40, help="files of each at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "fuzz")
    args = parser.parse_args()
    unknown = set(args.targets) - set(names())
    if unknown:
        parser.error(f"no target {unknown.pop()!r}: {', '.join(names())}")
    chosen = args.targets or names()
    sys.exit(bool(run(chosen, args.minutes, args.count, args.seed, args.corpus)))


if __name__ == "__main__":
    main()
