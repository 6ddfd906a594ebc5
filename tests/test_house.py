"""What a new module of a registry needs is asked of it: tried with made-up ones.

Each ``lacking_*`` says what a kind, reader, reporter, measure or family of trainers lacks. No
shipped one lacks anything; a made-up one that is only a module lacks every piece, by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from reporters.canonical import REPORTS
from spectrogram.voices import voice

from healthlint import conditions, reporters
from healthlint.readers import all_formats, read
from healthlint.spectrogram import Front, log_mel, measures

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
SOURCES = sorted((ROOT / "healthlint").rglob("*.py"))
KIND = """\
from dataclasses import dataclass, replace

from healthlint.conditions.value import KIND as VALUE


@dataclass(frozen=True)
class Odd:
    metric: str


KIND = replace(VALUE, params=Odd, quieter={}, has_scale=False)
"""
MEASURE = """\
UNIT, SHARPER = "dB", "higher"
from healthlint.spectrogram.measures.tenengrad import measure
"""
REPORTER = "def render(report, style):\n    return report.logs[0].path if report.logs else ''\n"
WRITTEN_BY_TESTS = {"kokoro-text": "tests/readers/test_user_trainer.py writes its consoles"}


def lacking_of_a_kind(name: str) -> set[str]:
    """Return what a kind of condition lacks."""
    kind = conditions.kind(name)
    told = kind.params.__doc__ or ""
    pieces = {
        "cases in fixtures/kinds": (FIXTURES / "kinds" / f"{name}.yaml").is_file(),
        "a docstring that names its parameters": "Attributes:" in told,
    }
    return {piece for piece, is_there in pieces.items() if not is_there}


@cache
def formats_of_fixtures() -> frozenset[str]:
    """Return the formats that the logs of the fixtures are read as."""
    folders = (FIXTURES / name for name in ("formats", "consoles", "jsonl", "scars"))
    logs = [
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if not re.search(r"^\.|\.(values|expect)\.", path.name)
    ]
    return frozenset(read(str(path)).format for path in logs)


def lacking_of_a_reader(reader: Any) -> set[str]:
    """Return what a reader lacks."""
    known = formats_of_fixtures() | WRITTEN_BY_TESTS.keys()
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    pieces = {
        "a log in fixtures that is read by it": reader.FORMAT in known,
        "what cannot be seen in it": hasattr(reader, "UNSEEN"),
        "how it is recognised": bool(getattr(reader, "KNOWN_BY", "")),
        "a row in docs/formats.md": f"`{reader.FORMAT}`" in page,
    }
    return {piece for piece, is_there in pieces.items() if not is_there}


def lacking_of_a_reporter(name: str) -> set[str]:
    """Return what a reporter lacks: golden files, escapes, a word to its readers."""
    golden = Path(__file__).parent / "reporters" / "golden"
    there = {path.name for path in golden.iterdir()}
    texts = [page.read_text(encoding="utf-8") for page in ROOT.glob("docs/*.md")]
    text = reporters.render(REPORTS["hostile"], name, reporters.Style())
    endings = {"full": "full.80.txt", "concise": "concise.80.txt", "markdown": "md", "badge": "svg"}
    endings |= {"junit": "junit.xml", "gitlab": "gitlab.json", "github": "github.txt"}
    ending = endings.get(name, name)
    pieces = {
        "golden files": {f"sick.{ending}", f"sick.{ending}.txt"} & there != set(),
        "escapes of what steers a terminal": not re.search("[\x1b\x9b\u202e]", text),
        "a mention in docs/": any(re.search(rf"`{name}`|-o {name}\b", one) for one in texts),
    }
    return {piece for piece, is_there in pieces.items() if not is_there}


@cache
def value(name: str) -> float:
    """Return what a measure makes of a voice."""
    return round(measures.measure(name).measure(log_mel(voice(3), Front()), Front()), 9)


def lacking_of_a_measure(name: str) -> set[str]:
    """Return what a measure lacks: an oracle, words, and a formula that no other has."""
    oracles = (ROOT / "tests" / "spectrogram" / "test_measures.py").read_text(encoding="utf-8")
    others = {value(one) for one in measures.names() if one != name}
    doc = measures.measure(name).__doc__ or ""
    pieces = {
        "an independent oracle in tests/spectrogram/test_measures.py": name in oracles,
        "a formula of its own": value(name) not in others,
        "a docstring with its source": len(doc) > 80,
    }
    return {piece for piece, is_there in pieces.items() if not is_there}


def lacking_of_a_family(text: str) -> set[str]:
    """Return what a file of a family of trainers lacks."""
    pieces = {
        "samples of its logs": bool(yaml.safe_load(text).get("samples")),
        "the source that it was read from, on its first line": text.startswith("# "),
    }
    return {piece for piece, is_there in pieces.items() if not is_there}


@pytest.mark.parametrize("name", conditions.own_names())
def test_no_kind_lacks_anything(name: str) -> None:
    assert lacking_of_a_kind(name) == set()


@pytest.mark.parametrize("reader", [*all_formats()], ids=lambda one: one.FORMAT)
def test_no_reader_lacks_anything(reader: ModuleType) -> None:
    assert lacking_of_a_reader(reader) == set()


@pytest.mark.parametrize("name", reporters.formats())
def test_no_reporter_lacks_anything(name: str) -> None:
    assert lacking_of_a_reporter(name) == set()


@pytest.mark.parametrize("name", measures.names())
def test_no_measure_lacks_anything(name: str) -> None:
    assert lacking_of_a_measure(name) == set()


@pytest.mark.parametrize("path", sorted(ROOT.glob("rules/trainers/*.yaml")), ids=lambda p: p.stem)
def test_no_family_lacks_anything(path: Path) -> None:
    assert lacking_of_a_family(path.read_text(encoding="utf-8")) == set()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose modules are found as those of the registries themselves."""
    for package in (conditions, measures, reporters):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    conditions.own_names.cache_clear()
    measures.names.cache_clear()


def test_a_made_up_kind_lacks_every_piece(room: Path) -> None:
    (room / "odd.py").write_text(KIND)
    assert "odd" in conditions.own_names()
    assert len(lacking_of_a_kind("odd")) == 2


def test_a_made_up_reader_lacks_every_piece() -> None:
    assert len(lacking_of_a_reader(SimpleNamespace(FORMAT="made-up"))) == 4


def test_a_made_up_reporter_lacks_every_piece(room: Path) -> None:
    (room / "shout.py").write_text(REPORTER)
    assert "shout" in reporters.formats()
    assert len(lacking_of_a_reporter("shout")) == 3


def test_a_copied_formula_is_no_measure(room: Path) -> None:
    (room / "copied.py").write_text(MEASURE)
    assert "copied" in measures.names()
    assert len(lacking_of_a_measure("copied")) == 3


def test_a_made_up_family_lacks_every_piece() -> None:
    assert len(lacking_of_a_family("names: {mel_loss: [mel]}")) == 2


def room_of(path: Path) -> str:
    """Return the package that a module of healthlint is in, dotted."""
    return ".".join(path.relative_to(ROOT).parent.parts)


def foreign(room: str, source: str) -> set[str]:
    """Return what a module of a room imports of the private modules of other rooms."""
    named = {
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("healthlint")
        for name in node.names
    }
    owners = {name: re.match(r"(.*?)\._(?!_)", name) for name in named}
    return {n for n, owner in owners.items() if owner and not f"{room}.".startswith(f"{owner[1]}.")}


def test_no_room_imports_what_is_private_to_another() -> None:
    found = {path: foreign(room_of(path), path.read_text(encoding="utf-8")) for path in SOURCES}
    assert len(found) > 400
    assert {path: names for path, names in found.items() if names} == {}


def test_an_import_of_something_private_is_noticed() -> None:
    source = "from healthlint.cli._streams import save\nfrom healthlint.engine import _own, judge\n"
    assert foreign("healthlint.engine", source) == {"healthlint.cli._streams.save"}
    assert foreign("healthlint.engine.inner", source) == {"healthlint.cli._streams.save"}
    assert len(foreign("healthlint.engines", source)) == 2


MOST_BY_PLACE = 4
"""Fields of frozen data up to which a reader can tell its values apart by their places."""


def is_frozen_by_place(data: ast.ClassDef) -> bool:
    """Return whether frozen data of more fields than that takes them by their places."""
    fields = [node for node in data.body if isinstance(node, ast.AnnAssign)]
    said = " ".join(map(ast.unparse, data.decorator_list))
    is_frozen = "frozen=True" in said and "kw_only=True" not in said
    return is_frozen and len(fields) > MOST_BY_PLACE


def calls_by_place(source: str, names: set[str]) -> list[int]:
    """Return the lines in which one of the classes gets values by their places."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and node.args
        if isinstance(node.func, ast.Name) and node.func.id in names
    ]


def module_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def at_hand(path: Path, classes: set[str]) -> set[str]:
    """Return which of the classes, dotted, a module defines or imports."""
    module = module_of(path)
    imported = {
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    return {name.rpartition(".")[2] for name in classes if name.startswith(f"{module}.")} | {
        name.rpartition(".")[2] for name in classes & imported
    }


def test_frozen_data_of_more_than_four_fields_is_built_by_their_names() -> None:
    """The types tell it of dataclasses; named tuples are told by their calls."""
    tuples, by_place = set(), set()
    for path in SOURCES:
        module = module_of(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                if is_frozen_by_place(node):
                    by_place.add(f"{module}.{node.name}")
                fields = sum(isinstance(child, ast.AnnAssign) for child in node.body)
                if "NamedTuple" in map(ast.unparse, node.bases) and fields > MOST_BY_PLACE:
                    tuples.add(f"{module}.{node.name}")
    assert by_place == set()
    assert len(tuples) > 10
    called = {
        path: calls_by_place(path.read_text(encoding="utf-8"), at_hand(path, tuples))
        for path in SOURCES
    }
    assert {path: lines for path, lines in called.items() if lines} == {}


@pytest.mark.parametrize(
    ("decorator", "fields", "is_noticed"),
    [
        ("@dataclass(frozen=True)", 5, True),
        ("@dataclass(frozen=True)", 4, False),
        ("@dataclass(frozen=True, kw_only=True)", 5, False),
        ("@dataclass", 5, False),
    ],
)
def test_frozen_data_that_takes_five_fields_by_place_is_noticed(
    decorator: str, fields: int, is_noticed: bool
) -> None:
    lines = [decorator, "class Data:", *(f"    field_{n}: int" for n in range(fields))]
    data = ast.parse("\n".join(lines)).body[0]
    assert isinstance(data, ast.ClassDef)
    assert is_frozen_by_place(data) is is_noticed
    assert calls_by_place("Data(1)\nData(field_0=1)\n", {"Data"}) == [1]


VAGUE = {"found", "one", "held", "it", "thing", "things"}
MOST_VAGUE = 0.014
"""Share of local names that say nothing; lower it where some went."""


def local_names(source: str) -> Iterator[str]:
    """Yield the names that each function takes and binds, each once a function."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            names = {
                argument.arg
                for argument in ast.walk(function.args)
                if isinstance(argument, ast.arg)
            }
            body = function.body if isinstance(function.body, list) else [function.body]
            yield from names | {name for node in body for name in bound(node)} - {
                "self",
                "cls",
                "_",
            }


def bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds, without those of functions and classes in it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from bound(child)


def test_names_say_what_they_name() -> None:
    names = [name for path in SOURCES for name in local_names(path.read_text(encoding="utf-8"))]
    assert len(names) > 10_000
    share = sum(name in VAGUE for name in names) / len(names)
    assert share <= MOST_VAGUE, f"{share:.2%} of the local names are {', '.join(sorted(VAGUE))}"


def test_a_vague_name_is_counted_wherever_it_is_bound() -> None:
    source = (
        "def f(one, *, it=1):\n    held = [found for found in one]\n    return lambda thing: held"
    )
    assert sorted(local_names(source)) == ["found", "held", "it", "one", "thing"]


def test_every_module_of_the_walk_is_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walk = page.partition("## A record's way")[2].partition("## What a change")[0]
    home = ROOT / "healthlint"
    named = {pair for pair in re.findall(r"\b([a-z]+)/(\w*)", walk) if (home / pair[0]).is_dir()}
    assert len(named) > 10
    made_up = {"KIND", "FORMAT"}
    lost = {(room, name) for room, name in named if not [*(home / room).glob(f"{name}*")]}
    assert {pair for pair in lost if pair[1] not in made_up} == set()


def test_numbers_of_measures_tell_formulas_apart() -> None:
    assert np.isfinite([value(name) for name in measures.names()]).all()
