"""Which packs are tested by which files: ``tests/<pack>.yaml`` lies beside each pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from healthlint.rulebook import Pack, Rulebook, RulebookError, load
from healthlint.rulebook.loading import load_one, read, shipped_folder
from healthlint.rulebook.problems import PackProblem
from healthlint.rulebook.yaml12 import Document
from healthlint.ruletests.running import CaseFile

_SUFFIXES = (".yaml", ".yml")
_TESTS, _RULES = "healthlint.tests/", "healthlint.rules/"


@dataclass(frozen=True, slots=True, eq=False)
class PackFile:
    """A pack with the place of everything in it.

    Attributes:
        document: The file as read.
        pack: The pack.
        file: Where it is.
    """

    document: Document
    pack: Pack
    file: Path

    @property
    def tests(self) -> Path:
        """Return where its tests belong."""
        return self.file.parent / "tests" / self.file.name


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """Everything that one call tests.

    Attributes:
        rulebook: All packs: those that ship, those under test, and others the tests may name.
        packs: The packs under test.
        suites: The files of tests.
        untested: Packs under test that have no file of tests.
    """

    rulebook: Rulebook
    packs: Sequence[PackFile]
    suites: Sequence[CaseFile]
    untested: Sequence[PackFile] = ()


@dataclass(slots=True)
class _Gathered:
    packs: dict[Path, str] = field(default_factory=dict)
    suites: dict[Path, str] = field(default_factory=dict)
    problems: list[PackProblem] = field(default_factory=list)


def gather(
    paths: Sequence[str],
    rules: Sequence[str] = (),
    params: Mapping[str, Mapping[str, float]] | None = None,
) -> Bench:
    """Return what is under test.

    Args:
        paths: Files of tests, packs, or folders of either; where empty, the packs of ``rules/`` or
            of the current folder, and where it has none, the packs that ship.
        rules: Packs, or folders of packs, that the tests may name beside them.
        params: Numbers by pack and name that outrank what the packs say.

    Raises:
        RulebookError: With every mistake of every file.
        ParamError: A name in ``params`` that no pack has.
    """
    gathered = _Gathered()
    for path in paths or usual_paths():
        _add(path, gathered)
    if gathered.problems:
        raise RulebookError(gathered.problems)
    shipped = {path.resolve() for path in shipped_folder().glob("*.yaml")}
    own = [file for file in gathered.packs if file.resolve() not in shipped]
    known = {file.resolve() for file in own}
    given = [path for path in rules if Path(path).resolve() not in known]
    rulebook = load([*(gathered.packs[file] for file in own), *given], params=params)
    packs = [PackFile(*load_one(f, shown, params), f) for f, shown in gathered.packs.items()]
    suites = _read_all(gathered.suites)
    covered = {suite.resolve() for suite in gathered.suites}
    untested = [pack for pack in packs if pack.tests.resolve() not in covered]
    return Bench(rulebook, packs, suites, untested)


def usual_paths() -> list[str]:
    """Return what is tested where no path is given."""
    if Path("rules").is_dir() and any(_files(Path("rules"))):
        return ["rules"]
    here = [file.name for file in _files(Path()) if _schema(file).startswith(_RULES)]
    return here or [str(shipped_folder())]


def _read_all(files: dict[Path, str]) -> list[CaseFile]:
    problems: list[PackProblem] = []
    suites = []
    for file, shown in files.items():
        try:
            suite = CaseFile.read(str(file), shown)
        except RulebookError as error:
            problems += error.problems
            continue
        if not suite.suite.tests:
            problems.append(suite.document.locate(("tests",), "no tests in this file"))
        suites.append(suite)
    if problems:
        raise RulebookError(problems)
    return suites


def _add(path: str, gathered: _Gathered) -> None:
    where = Path(path)
    if where.is_dir():
        files = [*_files(where), *_files(where / "tests")]
        if not files:
            problem = PackProblem.of_file(path, "no .yaml pack or tests in this folder")
            gathered.problems.append(problem)
        for file in files:
            _add_file(file, gathered, is_named=False)
    elif where.exists():
        _add_file(where, gathered, is_named=True)
    else:
        near = get_close_matches(where.name, [p.name for p in where.parent.glob("*")], 1)
        hint = f"did you mean `{where.parent / near[0]}`?" if near else ""
        gathered.problems.append(PackProblem.of_file(path, "no such file", hint))


def _add_file(file: Path, gathered: _Gathered, *, is_named: bool) -> None:
    """Add a pack with its tests, or tests with their pack; other YAML only where it was named."""
    schema = _schema(file)
    if schema.startswith(_TESTS):
        gathered.suites.setdefault(file, _shown(file))
        pack = file.parent.parent / file.name
        if is_named and file.parent.name == "tests" and pack.exists():
            gathered.packs.setdefault(pack, _shown(pack))
    elif schema.startswith(_RULES):
        gathered.packs.setdefault(file, _shown(file))
        tests = file.parent / "tests" / file.name
        if tests.exists():
            gathered.suites.setdefault(tests, _shown(tests))
    elif is_named:
        gathered.problems += read(str(file), str(file)).problems or [_neither(file)]


def _neither(file: Path) -> PackProblem:
    hint = f"its first line is `schema: {_TESTS}1` or `schema: {_RULES}1`"
    return PackProblem.of_file(str(file), "neither a pack nor tests", hint)


def _schema(file: Path) -> str:
    data = read(str(file), str(file)).data
    schema = data.get("schema", "") if isinstance(data, dict) else ""
    return schema if isinstance(schema, str) else ""


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)


def _shown(file: Path) -> str:
    """Return a path as messages call it: that of a pack that ships without its folder."""
    shipped = shipped_folder()
    is_shipped = file.resolve().is_relative_to(shipped) and file.is_absolute()
    return f"rules/{file.resolve().relative_to(shipped)}" if is_shipped else str(file)
