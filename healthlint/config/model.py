"""What a config may say: closed frozen data, built with the place of every mistake.

The field ``fail_on`` is written ``fail-on``; all other keys are written as the fields are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from healthlint.checkpoints.names import standing
from healthlint.logs.nearest import did_you_mean
from healthlint.probing.command import Template
from healthlint.report import Severity

Schema = Mapping[str, Any]
_CLASS = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", re.ASCII)
_DAY = r"\d{4}-\d{2}-\d{2}"
_NUMBER = r"(\d+(?:\.\d+)?)"
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_TEXT: Schema = {"type": "string", "pattern": r"\S"}


class _Described:
    """A value that a JSON Schema describes."""

    SCHEMA: ClassVar[Schema]

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of what is written."""
        return dict(cls.SCHEMA)


class Day(_Described, date):
    """A day, written ``YYYY-MM-DD``."""

    SCHEMA: ClassVar[Schema] = {
        "type": "string",
        "pattern": f"^{_DAY}$",
        "description": "e.g. 2026-01-31",
    }

    @classmethod
    def parse(cls, data: object) -> date:
        """Return the day.

        Raises:
            ValueError: It is none.
        """
        if isinstance(data, date) and not isinstance(data, datetime):
            return data
        if isinstance(data, str) and re.fullmatch(_DAY, data, re.ASCII):
            try:
                return date.fromisoformat(data)
            except ValueError as error:
                raise ValueError(f"there is no day `{data}`") from error
        raise ValueError(f"`{data}` is not a day; write it as 2026-01-31")


class Words(_Described, str):
    """A text that says something."""

    SCHEMA = _TEXT

    @classmethod
    def parse(cls, data: object) -> str:
        """Return the text.

        Raises:
            ValueError: It is empty, or no text.
        """
        if not isinstance(data, str):
            raise ValueError(f"expected a text, not `{data}`")
        if not data.strip():
            raise ValueError("this must not be empty")
        return data


class Seconds(_Described, float):
    """A time above 0 and below a day, in seconds."""

    SCHEMA: ClassVar[Schema] = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 86_400}

    @classmethod
    def parse(cls, data: object) -> float:
        """Return the time.

        Raises:
            ValueError: It is none.
        """
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        if not is_number or not 0 < float(data) < 86_400:  # type: ignore[arg-type]
            raise ValueError(f"expected seconds above 0 and below 86400, not `{data}`")
        return float(data)  # type: ignore[arg-type]


class _Quantity(float):
    """A number that is written with its unit.

    Attributes:
        NAME: What it is.
        UNIT: Pattern of its unit.
        WRITTEN: How it is written: examples.
    """

    NAME: ClassVar[str]
    UNIT: ClassVar[str]
    WRITTEN: ClassVar[str]

    @classmethod
    def of(cls, match: re.Match[str]) -> float | None:
        """Return the value of what is written, None where it is out of range."""
        return float(match[1])

    @classmethod
    def parse(cls, data: object) -> float:
        """Return the value.

        Raises:
            ValueError: It is none.
        """
        pattern = re.compile(_NUMBER + cls.UNIT, re.ASCII)
        match = pattern.fullmatch(data.strip()) if isinstance(data, str) else None
        value = cls.of(match) if match else None
        if value is None:
            raise ValueError(f"`{data}` is no {cls.NAME}; write it as {cls.WRITTEN}")
        return value

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of what is written."""
        said = f"e.g. {cls.WRITTEN.partition(',')[0]}"
        return {"type": "string", "pattern": f"^{_NUMBER}{cls.UNIT}$", "description": said}


class Duration(_Quantity):
    """A time in seconds, written with its unit."""

    NAME, UNIT, WRITTEN = "time", " ?(s|min|h|d)", "5s, 3min, 12h or 2d"

    @classmethod
    def of(cls, match: re.Match[str]) -> float:
        """Return the seconds."""
        return float(match[1]) * _SECONDS[match[2]]


class Share(_Quantity):
    """A share above 0 and at most 1, written in percent."""

    NAME, UNIT, WRITTEN = "share", " ?%", "2%"

    @classmethod
    def of(cls, match: re.Match[str]) -> float | None:
        """Return the share, None where it is none."""
        return float(match[1]) / 100 if 0 < float(match[1]) <= 100 else None


class Epochs(_Quantity):
    """A number of epochs, written with their unit."""

    NAME, UNIT, WRITTEN = "number of epochs", " epochs?", "1 epoch"


class Speaker(str):
    """The name of a synthesizer."""

    __slots__ = ()

    @classmethod
    def parse(cls, data: object) -> str:
        """Return the name.

        Raises:
            ValueError: There is no such synthesizer.
        """
        from healthlint.probing.synthesizers import names

        if data not in names():
            told = did_you_mean(str(data), names(), f"there are: {', '.join(names())}")
            raise ValueError(f"unknown synthesizer `{data}`; {told}")
        return str(data)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a synthesizer's name."""
        from healthlint.probing.synthesizers import names

        return {"enum": list(names())}


class Called:
    """What a log calls a quantity: a name, several, or names for the logs of a pattern."""

    @classmethod
    def parse(cls, data: object) -> object:
        """Return the name, the names, or the names by quantity.

        Raises:
            ValueError: It is none of these.
        """
        if isinstance(data, Mapping):
            return {str(metric): cls.parse(logged) for metric, logged in data.items()}
        names = data if isinstance(data, list) else [data]
        if not names or not all(isinstance(name, str) and name.strip() for name in names):
            raise ValueError(f"`{data}` is no name that a log uses")
        return data

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a name, of several, or of those of a pattern."""
        several = {"type": "array", "items": _TEXT, "minItems": 1}
        by_metric = {"type": "object", "additionalProperties": {"anyOf": [_TEXT, several]}}
        return {"anyOf": [_TEXT, several, by_metric], "description": "e.g. dur, or [f0, lf0]"}


class Plain:
    """Any plain data."""

    @classmethod
    def parse(cls, data: object) -> object:
        """Return the data as they are."""
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Findings that shall not fail the check, for a reason.

    Attributes:
        rule: Rule or pattern of rules (``tts/*``).
        reason: Why.
        log: Pattern of the logs that it holds for, relative to the config; all where left out.
        metric: Pattern of the metric that it holds for; all where left out.
        until: Last day on which it holds; without end where left out.
    """

    rule: Words
    reason: Words
    log: str = ""
    metric: str = ""
    until: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """How ``healthlint probe`` makes samples and what it compares them with.

    Attributes:
        command: Template of the command that makes one sample.
        synthesizer: Name of one that needs no template.
        texts: What to say.
        device: Device that samples are made on, or auto.
        timeout: Seconds for one sample.
        reference: Recordings of the speaker, files and folders.
        out: Folder that keeps the samples.
        mos: Whether to predict what listeners would say.
    """

    command: Template | None = None
    synthesizer: Speaker | None = None
    texts: tuple[Words, ...] | None = None
    device: Words | None = None
    timeout: Seconds | None = None
    reference: tuple[Words, ...] | None = None
    out: Words | None = None
    mos: bool | None = None

    def __post_init__(self) -> None:
        """Refuse two ways of making samples."""
        if self.command and self.synthesizer:
            raise ValueError("a command and a synthesizer exclude each other")


class ClassName(_Described, str):
    """The name of a class in a checkpoint, ``module.Class``."""

    SCHEMA: ClassVar[Schema] = {"type": "string", "pattern": f"^{_CLASS.pattern}$"}

    @classmethod
    def parse(cls, data: object) -> str:
        """Return the name.

        Raises:
            ValueError: It is none, or names what runs code.
        """
        if not isinstance(data, str) or not _CLASS.fullmatch(data):
            raise ValueError(f"expected the name of a class, module.Class, not `{data}`")
        module, _, name = data.rpartition(".")
        if standing(module, name) == "runs code":
            raise ValueError(f"`{data}` runs code: a file that names it is always refused")
        return data


@dataclass(frozen=True, slots=True)
class Gating:
    """What the gate lets through.

    Attributes:
        allow: Classes that a checkpoint may name, as module.Class.
    """

    allow: tuple[ClassName, ...] | None = None


@dataclass(frozen=True, slots=True)
class Stopping:
    """When a training is asked to stop.

    Attributes:
        on: Rules, or patterns of rules; only those of high confidence stop anything.
        after: Looks in a row in which the finding must hold.
    """

    on: tuple[Words, ...]
    after: int = 3

    def __post_init__(self) -> None:
        """Refuse a stop that nobody has looked for."""
        if self.after < 1:
            raise ValueError("`after` must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How ``healthlint watch`` looks at logs, and when it tells what.

    Attributes:
        every: Time between two looks at a log, at least.
        duty: Share of a core that a log may take.
        keep_firing_for: Epochs without it after which a finding is over.
        group_wait: Time that a new finding waits for one that explains it.
        repeat: Time after which a finding that still holds is told again; never where left out.
        state: Folder of what is remembered, beside each log where left out.
        stop: When a training is asked to stop; never where left out.
    """

    every: Duration | None = None
    duty: Share | None = None
    keep_firing_for: Epochs | None = None
    group_wait: Duration | None = None
    repeat: Duration | None = None
    state: Words | None = None
    stop: Stopping | None = None


@dataclass(frozen=True, slots=True)
class Notified:
    """Who is told of what a watch finds.

    Attributes:
        url: Address as apprise spells it; ``${NAME}`` is a variable of the environment.
        min: Severity from which findings are told.
        resolved: Whether their end is told too.
        repeat: Time after which what still holds is told again; as of the watch where left out.
    """

    url: Words
    min: Severity = "warning"
    resolved: bool = False
    repeat: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A config; None stands for what it does not say.

    Attributes:
        logs: Paths and globs of the logs that ``check`` judges where none is named.
        kinds: Installed packages that bring further kinds of conditions.
        rules: Packs, or folders of packs.
        profile: Rules of high confidence, or all.
        select: Patterns of the rules to judge.
        ignore: Patterns of the rules to leave out.
        require: Rules without whose verdict there is none.
        fail_on: Severity at and above which findings fail the check.
        facts: What the logs do not say.
        names: What the logs call a quantity, by quantity; of some logs only below their pattern.
        params: Values of params, by pack and name.
        reference: Good runs that rules compare with: logs, or a profile of them.
        suppress: Findings that shall not fail the check.
        baseline: File of the known findings.
        output: Formats of the report, each with the file it goes to.
        probe: How samples are made of checkpoints.
        gate: What the gate lets through.
        watch: How ``healthlint watch`` looks at logs.
        notify: Who is told of what a watch finds.
        heartbeat: Address that a watch calls every minute; ``${NAME}`` is a variable.
    """

    logs: tuple[Words, ...] | None = None
    kinds: tuple[Words, ...] | None = None
    rules: tuple[Words, ...] | None = None
    profile: Literal["default", "all"] | None = None
    select: tuple[Words, ...] | None = None
    ignore: tuple[Words, ...] | None = None
    require: tuple[Words, ...] | None = None
    fail_on: Severity | None = None
    facts: Mapping[str, Plain] | None = None
    names: Mapping[str, Called] | None = None
    params: Mapping[str, Mapping[str, float]] | None = None
    reference: tuple[Words, ...] | None = None
    suppress: tuple[Suppressed, ...] | None = None
    baseline: Words | None = None
    output: tuple[Words, ...] | None = None
    probe: Probing | None = None
    gate: Gating | None = None
    watch: Watching | None = None
    notify: tuple[Notified, ...] | None = None
    heartbeat: Words | None = None


def keys() -> dict[str, str]:
    """Return the field of each key."""
    fields: Any = Config.__dataclass_fields__
    return {name.replace("_", "-"): name for name in fields}
