"""Files of trainers, ``healthlint.trainer/1``: read, checked with the place of every mistake.

The packs of a folder and the trainers beside them go together: ``rules/trainers/*.yaml``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from healthlint.logs import families
from healthlint.logs.families import Family
from healthlint.logs.scales import Scale, ScaleError
from healthlint.logs.vocabulary import Meaning
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.loading import SUFFIXES, TRAINERS, read
from healthlint.rulebook.problems import RulebookError

_UNUSED = ("schema", "trainer", "samples")


class Named:
    """What a name means: a quantity, or ``{is: quantity}`` with its scale."""

    @classmethod
    def parse(cls, data: object) -> object:
        """Return what the file says.

        Raises:
            ValueError: It names no quantity, or its scale is none.
        """
        meaning = Meaning.of(data)
        try:
            Scale.parse(meaning.scale)
        except ScaleError as error:
            raise ValueError(str(error)) from error
        return data

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a meaning."""
        known = {"is": {"type": "string", "minLength": 1}, **{name: {} for name in Scale._fields}}
        whole = {"type": "object", "properties": known, "required": ["is"]}
        return {"anyOf": [known["is"], {**whole, "additionalProperties": False}]}


class Group:
    """A name, or several that must all be there."""

    @classmethod
    def parse(cls, data: object) -> object:
        """Return the names.

        Raises:
            ValueError: They are none.
        """
        whole = data if isinstance(data, list) else [data]
        if not whole or not all(isinstance(name, str) and name for name in whole):
            raise ValueError(f"`{data}` is no name and no list of names")
        return data

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a name or a list of names."""
        name = {"type": "string", "minLength": 1}
        return {"anyOf": [name, {"type": "array", "items": name, "minItems": 1}]}


class Value:
    """A number that a sample holds, or nothing where the metric must not be there."""

    @classmethod
    def parse(cls, data: object) -> object:
        """Return the number.

        Raises:
            ValueError: It is none.
        """
        if data is None or (isinstance(data, int | float) and not isinstance(data, bool)):
            return data
        raise ValueError(f"`{data}` is no number")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a number or nothing."""
        return {"type": ["number", "null"]}


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells a log of the family: any of them.

    Attributes:
        names: Logged names, or lists of names that must all be there.
        console: Words of its console, as they stand.
    """

    names: tuple[Group, ...] = ()
    console: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Axes:
    """How the family counts.

    Attributes:
        epoch: Number of its first epoch.
        step: What its step counts.
    """

    epoch: Literal[0, 1] | None = None
    step: Literal["iteration", "within-epoch", "epoch"] = "iteration"


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece of its log, and what must be read of it.

    Attributes:
        line: The lines.
        read: First value by ``step``, ``epoch`` and key (``train/mel_loss``); null: not there.
        file: Name of the file, where that tells the format.
    """

    line: str
    read: Mapping[str, Value]
    file: str = "train.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerFile:
    """One family of trainers.

    Attributes:
        schema: The version of the format.
        trainer: Name of the family, as the fact ``trainer`` gives it.
        names: What its names mean.
        aliases: Other names of it.
        note: What a reader of the table has to know.
        marks: What tells a log of it.
        higher_is_better: Metrics of which more is better, or words of their names.
        axes: How it counts.
        cannot_show: What cannot be seen in its logs, whatever the training did.
        standing: What the guide's phases are worth for its losses.
        samples: Pieces of its logs: the tests of the file.
    """

    schema: Literal["healthlint.trainer/1"]
    trainer: str
    names: Mapping[str, Named] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    note: str = ""
    marks: Marks = Marks()
    higher_is_better: tuple[str, ...] = ()
    axes: Axes = Axes()
    cannot_show: tuple[str, ...] = ()
    standing: Literal["guide", "converted", "none"] = "none"
    samples: tuple[Sample, ...] = ()


def add_trainers(rules: Iterable[str]) -> None:
    """Add the trainers beside packs; they are there for the rest of the process.

    Args:
        rules: Files and folders of packs, or of trainers.

    Raises:
        RulebookError: With every mistake of every file.
    """
    files = list(dict.fromkeys(file for path in rules for file in _files(Path(path))))
    if files:
        families.add([Family(said["trainer"], said) for said in _said(files)])


def is_trainer(file: Path) -> bool:
    """Return whether a file is one of a trainer and no pack: it is in a folder of trainers."""
    return file.suffix in SUFFIXES and file.resolve().parent.name == TRAINERS


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield from [path] if is_trainer(path) else ()
        return
    folder = path if path.resolve().name == TRAINERS else path / TRAINERS
    yield from sorted(file for file in folder.glob("*") if is_trainer(file))


def _said(files: Iterable[Path]) -> list[Mapping[str, Any]]:
    """Return what files say of their trainers.

    Raises:
        RulebookError: With every mistake of every file.
    """
    documents = [read(str(file), str(file)) for file in files]
    for document in documents:
        if not document.problems:
            with suppress(Broken):
                build(TrainerFile, document.data, document, ())
    if problems := [problem for document in documents for problem in document.problems]:
        raise RulebookError(problems)
    return [cast("Mapping[str, Any]", document.data) for document in documents]


def compile_trainers(files: Iterable[Path]) -> str:
    """Return the text of ``trainers.json`` for files that ship.

    Raises:
        RulebookError: With every mistake of every file.
    """
    entries = {
        said["trainer"]: {key: value for key, value in said.items() if key not in _UNUSED}
        for said in _said(sorted(files))
    }
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"
