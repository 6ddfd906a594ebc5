"""The checks of ``healthlint doctor``: each returns what it saw and what to do about it.

Nothing of healthlint that needs numpy is imported before numpy is known to work.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # numpy may be missing
    from healthlint.config import Settings

State = Literal["ok", "absent", "warn", "fail"]
_SECONDS = 120
"""How long an import in a process of its own may take."""


class Diagnosis(NamedTuple):
    """What one check saw.

    Attributes:
        state: ``ok``, ``absent`` (optional and not installed), ``warn`` or ``fail``.
        name: What was checked.
        seen: What was seen.
        remedy: What to do, empty where nothing has to be done.
    """

    state: State
    name: str
    seen: str
    remedy: str = ""


class Package(NamedTuple):
    """A package that something needs.

    Attributes:
        name: Its name in the registry.
        enables: What it is for.
        module: What it is imported as, empty for its name.
        extra: The extra that installs it, empty where healthlint cannot do without it.
        probes: Whether it is imported in a process of its own even without ``--deep``.
    """

    name: str
    enables: str
    module: str = ""
    extra: str = ""
    probes: bool = False

    @property
    def imported(self) -> str:
        """Return what it is imported as."""
        return self.module or self.name


REQUIRED = (
    Package(name="numpy", enables="judges logs"),
    Package(name="orjson", enables="reads logs fast, writes JSON reports"),
    Package(name="PyYAML", module="yaml", enables="reads packs and configs"),
    Package(name="pydantic", enables="writes JSON Schemas"),
)
_MADE_UP = "`healthlint train`: made-up speech"
OPTIONAL = (
    Package(name="torch", enables="`healthlint train`", extra="train", probes=True),
    Package(name="torchaudio", enables="nothing here; many trainers load audio with it"),
    Package(name="librosa", enables="`healthlint train`: pitch and features", extra="train"),
    Package(name="espeakng-loader", module="espeakng_loader", enables=_MADE_UP, extra="train"),
    Package(name="praatio", enables="`healthlint train`: aligned corpora", extra="train"),
    Package(name="soundfile", enables="reads and writes audio", extra="audio", probes=True),
    Package(name="scipy", enables="`healthlint train`: blurred targets", extra="train"),
    Package(name="matplotlib", enables="draws pictures", extra="plot"),
    Package(name="zstandard", enables="reads logs packed as .zst", extra="zstd"),
    Package(name="fsspec", enables="reads logs at URLs", extra="remote"),
)
_TORCH = """\
import json, torch
cuda = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print(json.dumps([*cuda, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]))
"""


def python() -> Diagnosis:
    """Return which Python runs, and on what; one that is too old cannot even read this."""
    seen = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Diagnosis("ok", "Python", seen)


def required() -> Iterator[Diagnosis]:
    """Yield a check of each package that healthlint cannot do without."""
    for package in REQUIRED:
        install = f"pip install --force-reinstall {package.name}"
        try:
            import_module(package.imported)
        except Exception as error:  # a broken package may raise anything
            kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
            seen = f"cannot be imported: {kind}{_line(str(error))}"
            if not kind and getattr(error, "name", None) == package.imported:
                seen = "not installed"
            yield Diagnosis("fail", package.name, seen, install)
        else:
            yield _dated(package, f"{_version(package)}  {package.enables}", install)


def _dated(package: Package, seen: str, install: str) -> Diagnosis:
    """Return that a package is there, or that it is older than what healthlint asks for."""
    least = _least().get(package.name.lower())
    if least and _numbers(_version(package)) < _numbers(least):
        return Diagnosis("fail", package.name, f"{seen} (older than {least})", install)
    return Diagnosis("ok", package.name, seen)


def optional(*, deep: bool) -> Iterator[Diagnosis]:
    """Yield a check of each package that some commands need.

    Args:
        deep: Import every one of them, in a process of its own.
    """
    for package in OPTIONAL:
        wanted = package.extra and f"pip install 'healthlint[{package.extra}]'"
        install = wanted or f"pip install {package.name}"
        if find_spec(package.imported) is None:
            seen = f"not installed  {package.enables}"
            yield Diagnosis("absent", package.name, seen, install)
        elif deep or package.probes:
            yield _probed(package, install)
        else:
            yield Diagnosis("ok", package.name, f"{_version(package)}  {package.enables}")


def _probed(package: Package, install: str) -> Diagnosis:
    """Return whether a package can be imported, tried where a crash does no harm."""
    code = _TORCH if package.name == "torch" else f"import {package.imported}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, errors="replace", timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        seen = f"{_version(package)}: its import takes more than {_SECONDS} s"
        return Diagnosis("fail", package.name, seen, install)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        why = _line(said[-1]) if said else f"exit code {done.returncode}"
        seen = f"{_version(package)} cannot be imported: {why}"
        return Diagnosis("fail", package.name, seen, install)
    seen = f"{_version(package)}  {package.enables}"
    if package.name == "torch":
        seen += f"; devices: {', '.join(_devices(done.stdout))}"
    return Diagnosis("ok", package.name, seen)


def _devices(text: str) -> list[str]:
    try:
        return [str(name) for name in json.loads(text.strip().splitlines()[-1])]
    except (ValueError, IndexError):
        return ["unknown"]


def config(path: str | None, *, is_wanted: bool = True) -> Iterator[Diagnosis]:
    """Yield whether there is a config, whether it is right, and whether its packs are.

    Args:
        path: The config that the user named, None for the one that is found.
        is_wanted: False where no config shall be read.
    """
    from healthlint.checking.selection import SelectionError, add_kinds
    from healthlint.config import ConfigError, find, named, resolve

    try:
        source = named(path) if path else find(Path.cwd()) if is_wanted else None
        settings = resolve(source, {})
    except ConfigError as error:
        yield _wrong("config", error.problems)
        yield from packs(resolve(None, {}))
        return
    if source is None:
        seen = "none found: defaults hold" if is_wanted else "none read: defaults hold"
        yield Diagnosis("ok", "config", seen)
    elif settings.unmatched:
        seen = f"{source.path}: no file matches {', '.join(settings.unmatched)}"
        yield Diagnosis("warn", "config", seen, "correct `logs`, or name logs at each call")
    else:
        yield Diagnosis("ok", "config", source.path)
    try:
        add_kinds(settings.kinds)
    except SelectionError as error:
        yield Diagnosis("fail", "kinds", str(error), "install it, or correct `kinds` in the config")
        return
    if settings.kinds:
        yield Diagnosis("ok", "kinds", f"of {', '.join(settings.kinds)}")
    yield from packs(settings)
    if settings.baseline:
        yield _baseline(settings.baseline)


def packs(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether the shipped packs and those of the config are right."""
    from healthlint.checking.selection import SelectionError, selected
    from healthlint.rulebook import RulebookError

    try:
        chosen = (settings.select, settings.ignore, settings.profile)
        rulebook = selected(settings.rules, *chosen, settings.params)
    except RulebookError as error:
        yield _wrong("packs", error.problems)
    except SelectionError as error:
        yield Diagnosis("fail", "packs", str(error), "correct the config")
    else:
        names = ", ".join(pack.pack for pack in rulebook.packs)
        total = sum(len(pack.rules) for pack in rulebook.packs)
        yield Diagnosis("ok", "packs", f"{names}: {total} rules, {len(rulebook.rules)} selected")


def _wrong(name: str, problems: Sequence[object]) -> Diagnosis:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Diagnosis("fail", name, f"{_line(str(problems[0]))}{more}", "correct it")


def _baseline(path: str) -> Diagnosis:
    from healthlint.acceptance import baseline

    try:
        known = baseline.load(path)
    except baseline.BaselineError as error:
        return Diagnosis("fail", "baseline", str(error), "write it anew: check --write-baseline")
    return Diagnosis("ok", "baseline", f"{path}: {len(known)} known")


def terminal(*, unicode: bool, color: bool, encoding: str) -> Diagnosis:
    """Return what standard output can show.

    Args:
        unicode: Whether it shows curves and marks.
        color: Whether colours are written to it.
        encoding: Its encoding.
    """
    seen = f"{encoding}, colours {'on' if color else 'off'}"
    if unicode:
        return Diagnosis("ok", "terminal", seen)
    return Diagnosis("warn", "terminal", f"{seen}: curves in ASCII", "set PYTHONIOENCODING=utf-8")


def cache() -> Diagnosis:
    """Return whether features of corpora can be kept between trainings."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = base / "healthlint"
    standing = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if standing.is_dir() and os.access(standing, os.W_OK | os.X_OK):
        return Diagnosis("ok", "cache", str(folder))
    return Diagnosis("warn", "cache", f"{folder} cannot be written", "set XDG_CACHE_HOME")


def _version(package: Package) -> str:
    try:
        return metadata.version(package.name)
    except metadata.PackageNotFoundError:
        return "unknown version"


def _least() -> dict[str, str]:
    """Return the least version of each package that healthlint asks for, by name."""
    try:
        lines = metadata.requires("healthlint") or []
    except metadata.PackageNotFoundError:
        return {}
    matches = (re.match(r"([\w.-]+)\s*>=\s*([\d.]+)(?!.*extra)", line) for line in lines)
    return {match[1].lower(): match[2] for match in matches if match}


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version.

    >>> _numbers("2.5.1+cpu") < _numbers("2.10")
    True
    """
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _line(text: str) -> str:
    return text.strip().partition("\n")[0]
