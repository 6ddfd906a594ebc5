"""What holds in one call: the command line over the config over the defaults, key by key.

Facts and params outrank each other one by one. Paths in a config are relative to its folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from healthlint.config.finding import ConfigFile, shown
from healthlint.logs.naming import NAMES
from healthlint.readers.remote import is_url
from healthlint.report import Setting, Severity

if TYPE_CHECKING:  # only where there is a config
    from healthlint.acceptance.suppression import Suppression
    from healthlint.config.loading import Loaded

Names = tuple[str, ...]
COMMAND_LINE, DEFAULT = "command line", "default"
_ANCHORED = ("rules", "baseline")
_ANCHORED_IN = {"probe": ("reference", "out"), "watch": ("state",)}
_NESTED = ("facts", "names", "params", "probe", "gate", "watch")
_JUDGING = (
    *("rules", "select", "ignore", "profile", "facts", "params", "require", "reference"),
    "suppress",
)


class Settings(NamedTuple):
    """What holds in one call: what has a default is what a config says, in its order.

    Attributes:
        unmatched: Patterns of ``logs`` that match no file.
        config: The config that was read, empty where there is none.
        origins: Where each value comes from, by key: ``default``, ``command line``, or a place.
        loaded: The config, None where there is none.
        logs: Logs to judge.
        kinds: Installed packages that bring further kinds of conditions.
        rules: Packs, or folders of packs.
        profile: ``default`` or ``all``.
        select: Patterns of the rules to judge.
        ignore: Patterns of the rules to leave out.
        require: Rules without whose verdict there is none.
        fail_on: Severity at and above which findings fail the check.
        facts: What the logs do not say; what they call a quantity is the fact ``names``.
        names: What the logs call a quantity.
        params: Values of params, by pack and name.
        reference: Good runs that rules compare with: logs, or a profile of them.
        suppress: Findings that shall not fail the check.
        baseline: File of the known findings, empty for none.
        output: Formats of the report, each with the file it goes to.
        probe: What the config says of making samples of checkpoints, by field.
        gate: What the config says of the gate, by field.
        watch: What it says of watching, by field.
        notify: Who is told of what a watch finds.
        heartbeat: Address that a watch calls, empty for none.
    """

    unmatched: Sequence[str]
    config: str
    origins: Mapping[str, str]
    loaded: Loaded | None
    logs: Sequence[str] = ()
    kinds: Sequence[str] = ()
    rules: Sequence[str] = ()
    profile: str = "default"
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    require: Sequence[str] = ()
    fail_on: Severity = "error"
    facts: Mapping[str, object] = {}
    names: Mapping[str, Any] = {}
    params: Mapping[str, Mapping[str, float]] = {}
    reference: Sequence[str] = ()
    suppress: Sequence[Suppression] = ()
    baseline: str = ""
    output: Sequence[str] = ("full",)
    probe: Mapping[str, Any] = {}
    gate: Mapping[str, Any] = {}
    watch: Mapping[str, Any] = {}
    notify: Sequence[Any] = ()
    heartbeat: str = ""

    def listed(self) -> Iterator[Setting]:
        """Yield every setting with its origin, in the order of a config; facts one by one."""
        shown: dict[str, Any] = {
            "facts": {name: fact for name, fact in self.facts.items() if name != NAMES},
            "suppress": [suppression.rule for suppression in self.suppress],
            "notify": [f"{who.url.partition(':')[0]} from {who.min}" for who in self.notify],
            "heartbeat": "set" if self.heartbeat else "",  # an address may hold a secret
        }
        for field in Settings._field_defaults:
            key, value = field.replace("_", "-"), shown.get(field, getattr(self, field))
            leaves = _leaves({key: value}) if field in _NESTED else [((key,), value)]
            for path, leaf in leaves:
                name = ".".join(path)
                said = list(leaf) if name == key and isinstance(leaf, tuple) else leaf
                yield Setting(name, said, self.origin(name))

    def judging(self) -> dict[str, Any]:
        """Return how logs are judged, by the names that who judges them takes it under."""
        return {name: getattr(self, name) for name in _JUDGING}

    def origin(self, key: str) -> str:
        """Return where the value of a key comes from."""
        return self.origins.get(key, DEFAULT)

    def place_of(self, key: str, word: str) -> tuple[str | int, ...]:
        """Return the path in the config of what it says under a key, empty where it does not.

        Args:
            key: The key.
            word: The item of the list, the dotted name of the param or of the fact, or the
                suppressed rule.
        """
        origin = self.origin(f"{key}.{word}") if key == "facts" else self.origin(key)
        if origin in (COMMAND_LINE, DEFAULT):
            return ()
        if key in ("params", "facts"):
            return (key, *word.split("."))
        if key == "suppress":
            return (key, [entry.rule for entry in self.suppress].index(word), "rule")
        return (key, list(getattr(self, key)).index(word))


def resolve(source: ConfigFile | None, given: Mapping[str, Any]) -> Settings:
    """Return what holds.

    Args:
        source: The config, None where there is none.
        given: What the command line says, by field; None where it does not.

    Raises:
        ConfigError: The config has mistakes.
    """
    said, origins, loaded = _said(source)
    values: dict[str, Any] = {**Settings._field_defaults, "unmatched": (), **said}
    for field, value in given.items():
        key = field.replace("_", "-")
        if value is None:
            continue
        if field in _NESTED:
            origins.update({".".join(at): COMMAND_LINE for at, _ in _leaves({key: value})})
            values[field] = _merged(values[field], value)
        else:
            origins[key] = COMMAND_LINE
            values[field] = value
    if given.get("logs") is not None:
        values["unmatched"] = ()
    if values["names"]:
        values["facts"] = {**values["facts"], NAMES: values["names"]}
    path = source.path if source else ""
    return Settings(**values, config=path, origins=origins, loaded=loaded)


def _said(source: ConfigFile | None) -> tuple[dict[str, Any], dict[str, str], Loaded | None]:
    """Return what a config says, where it says it, and the config."""
    if source is None:
        return {}, {}, None
    from healthlint.config.loading import load

    loaded = load(source)
    origins: dict[str, str] = {}
    said: dict[str, Any] = {}
    for field in Settings._field_defaults:
        key, value = field.replace("_", "-"), getattr(loaded.config, field)
        if value is None:
            continue
        if is_dataclass(value) and not isinstance(value, type):
            value = asdict(value, dict_factory=_told)
        if field in _NESTED:
            origins.update({".".join(at): loaded.line(at) for at, _ in _leaves({key: value})})
        origins[key] = loaded.line((key,))
        said[field] = _anchored(field, value, source.folder)
    if loaded.config.logs is not None:
        said["logs"], said["unmatched"] = _expanded(loaded.config.logs, source.folder)
    if loaded.config.reference is not None:
        matched, unmatched = _expanded(loaded.config.reference, source.folder)
        said["reference"] = (*matched, *(_seen(path, source.folder) for path in unmatched))
    if loaded.config.suppress:
        said["suppress"] = _suppressions(loaded)
    return said, origins, loaded


def _anchored(field: str, value: Any, folder: str) -> Any:
    """Return a value with its paths seen from the working folder."""
    if field in _ANCHORED:
        return _all_seen(value, folder)
    if field == "output":
        return tuple(_output(word, folder) for word in value)
    if field == "names":  # of a quantity as they are, below a pattern of paths seen from here
        is_path = {name: isinstance(called, Mapping) for name, called in value.items()}
        return {_seen(name, folder) if is_path[name] else name: value[name] for name in value}
    inner = {name: value[name] for name in _ANCHORED_IN.get(field, ()) if name in value}
    anchored = {name: _all_seen(paths, folder) for name, paths in inner.items()}
    return {**value, **anchored} if anchored else value


def _told(fields: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return what a section says, by field."""
    return {name: value for name, value in fields if value is not None}


def _all_seen(paths: Any, folder: str) -> Any:
    if isinstance(paths, str):
        return _seen(paths, folder)
    return tuple(_seen(path, folder) for path in paths)


def _output(word: str, folder: str) -> str:
    name, colon, path = word.partition(":")
    return f"{name}:{path if path == '-' else _seen(path, folder)}" if colon else name


def _seen(path: str, folder: str) -> str:
    return path if is_url(path) or Path(path).is_absolute() else shown(Path(folder, path))


def _expanded(patterns: Sequence[str], folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the logs that patterns mean, in order, and the patterns that mean none."""
    from glob import glob, has_magic

    paths: list[str] = []
    unmatched: list[str] = []
    for pattern in patterns:
        if is_url(pattern) or not has_magic(pattern):
            paths.append(pattern if pattern == "-" else _seen(pattern, folder))
            continue
        matches = sorted(glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - from there
        paths += [_seen(match, folder) for match in matches]
        unmatched += [] if matches else [pattern]
    return tuple(dict.fromkeys(paths)), tuple(unmatched)


def _suppressions(loaded: Loaded) -> tuple[Suppression, ...]:
    from healthlint.acceptance.suppression import Suppression

    return tuple(
        Suppression(
            **asdict(entry),
            rules=frozenset(),
            origin=loaded.place(("suppress", i)),
            folder=loaded.source.folder,
        )
        for i, entry in enumerate(loaded.config.suppress or ())
    )


def _leaves(data: Mapping[str, Any], path: Names = ()) -> Iterator[tuple[Names, Any]]:
    """Yield the values of nested mappings, each with its path."""
    for name, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested mappings as one, the second outranking the first value by value."""
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(old, Mapping)
        merged[name] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return merged
