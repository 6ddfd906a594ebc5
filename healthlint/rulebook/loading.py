"""Pack files to a rulebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from filecmp import cmp
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from healthlint.files.limits import small_file
from healthlint.logs.nearest import did_you_mean, nearest
from healthlint.rulebook.compiled import compiled
from healthlint.rulebook.extending import Base, settled
from healthlint.rulebook.model import Pack, Rulebook
from healthlint.rulebook.packing import build_pack, whole_parts
from healthlint.rulebook.problems import PackProblem, RulebookError
from healthlint.rulebook.yaml12 import Document, parse

TRAINERS = "trainers"
"""The folder, beside packs, whose files are trainers and no packs."""
FAULTS = "known-faults.yaml"
"""The file, beside packs, that lists known faults and no rules."""
MAX_BYTES = 4 << 20
"""Largest pack file, in bytes."""
SUFFIXES = (".yaml", ".yml")
"""How the files of packs and trainers end."""


def shipped_folder() -> Path:
    """Return the folder of the packs that ship: of the installed package or of the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def load(
    paths: Sequence[str] = (),
    *,
    shipped: bool = True,
    params: Mapping[str, Mapping[str, float]] | None = None,
    unsaved: Mapping[str, str] | None = None,
) -> Rulebook:
    """Return the rulebook of the shipped packs and of the given files and folders.

    Args:
        paths: Files and folders of packs; a pack that one of them extends is loaded with it.
        shipped: Whether the shipped packs belong to it.
        params: Numbers by pack and name that outrank what the packs say.
        unsaved: Texts by path that are not written yet; each is a pack beside ``paths``.

    Raises:
        RulebookError: With every mistake of every file.
        ParamError: A name in ``params`` that no pack has.
    """
    shelf = _loaded(paths, shipped=shipped, unsaved=unsaved or {})
    return Rulebook(tuple(settled(list(shelf.bases.values()), params)))


class Written(NamedTuple):
    """Where a rule is written.

    Attributes:
        document: The document of its pack, with all places.
        path: The path of the rule in it.
        is_given: True where the caller named the file, False where it ships or is extended.
    """

    document: Document
    path: tuple[str | int, ...]
    is_given: bool


def load_with_places(
    paths: Sequence[str] = (), params: Mapping[str, Mapping[str, float]] | None = None
) -> tuple[Rulebook, Mapping[str, Written]]:
    """Return the rulebook, and where each rule is written, by its id.

    Args:
        paths: As for ``load``.
        params: As for ``load``.

    Raises:
        RulebookError: With every mistake of every file.
        ParamError: A name in ``params`` that no pack has.
    """
    shelf = _loaded(paths, is_compiled=False)
    places = {
        rule.id: Written(base.document, ("rules", i), file in shelf.given)
        for file, base in shelf.bases.items()
        if base.pack
        for i, rule in enumerate(base.pack.rules)
    }
    return Rulebook(tuple(settled(list(shelf.bases.values()), params))), places


def load_one(
    path: Path, shown: str, params: Mapping[str, Mapping[str, float]] | None = None
) -> tuple[Document, Pack]:
    """Return a pack with the places of everything in it; what it extends is loaded with it.

    Args:
        path: The file.
        shown: How it is called in messages.
        params: Numbers by pack and name that outrank what the packs say; others are passed over.

    Raises:
        RulebookError: With every mistake of it and of what it extends.
    """
    shelf = _Shelf(is_compiled=False)
    base = shelf.add(path, shown)
    if shelf.problems or base is None or base.pack is None:
        raise RulebookError(shelf.problems)
    bases = list(shelf.bases.values())
    named = {one.pack.pack for one in bases if one.pack}
    own = {name: values for name, values in (params or {}).items() if name in named}
    packs = settled(bases, own)
    return base.document, next(pack for pack in packs if pack.pack == base.pack.pack)


def _loaded(
    paths: Sequence[str],
    *,
    shipped: bool = True,
    is_compiled: bool = True,
    unsaved: Mapping[str, str] = MappingProxyType({}),
) -> _Shelf:
    """Return the packs of a call in the order that they build on each other.

    Raises:
        RulebookError: With every mistake of every file.
    """
    shelf = _Shelf(is_compiled)
    for name, text in unsaved.items():
        shelf.add(Path(name), name, document=parse(text, name))
    for file in _packs(shipped_folder()) if shipped else ():
        shelf.add(file, f"rules/{file.name}", is_shipped=True)
    for path in paths:
        for found in _expand(path, shelf.problems):
            shelf.given.add(_original(Path(found)))
            shelf.add(Path(found), found)
    if shelf.problems:
        raise RulebookError(shelf.problems)
    return shelf


class _Shelf:
    """The packs read so far, each after those that it extends.

    Attributes:
        is_compiled: Whether shipped packs may be taken as they were compiled, without places.
        bases: The packs by file.
        problems: The mistakes of all of them.
        opened: Files that are being read: one that comes again extends itself.
        given: Files that the caller named.
    """

    def __init__(self, is_compiled: bool) -> None:
        self.is_compiled = is_compiled
        self.bases: dict[Path, Base] = {}
        self.problems: list[PackProblem] = []
        self.opened: list[Path] = []
        self.given: set[Path] = set()

    def add(
        self, path: Path, shown: str, *, is_shipped: bool = False, document: Document | None = None
    ) -> Base | None:
        """Return the pack of a file, read once; None where it extends itself."""
        file = _original(path)
        if file in self.opened:
            return None
        if file not in self.bases:
            self.opened.append(file)
            is_known = is_shipped and self.is_compiled
            document = document or read(str(path), shown, is_shipped=is_known)
            base = self._built(document, path.parent)
            self.opened.pop()
            self.problems += sorted(document.problems, key=lambda problem: problem.order)
            self.bases[file] = base
        return self.bases[file]

    def _built(self, document: Document, folder: Path) -> Base:
        bases = self._extended(document, folder)
        pack = build_pack(document, bases)
        if pack is None or document.problems:
            return Base(document, None, whole_parts(document), bases)
        self._refuse_twice(pack, document)
        return Base(document, pack, pack, bases)

    def _extended(self, document: Document, folder: Path) -> tuple[Base, ...]:
        """Return the packs that a document extends; one that is not there is a mistake of it."""
        data = document.data
        listed = data.get("extends") if isinstance(data, Mapping) else None
        bases = []
        for i, name in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(name, str):
                base = self._base(document, ("extends", i), name, folder)
                bases += [base] if base else []
        return tuple(bases)

    def _base(
        self, document: Document, at: tuple[str | int, ...], name: str, folder: Path
    ) -> Base | None:
        is_path = name.endswith(SUFFIXES)
        path = folder / name if is_path else shipped_folder() / f"{name}.yaml"
        if not path.is_file():
            known = [pack.stem for pack in _packs(shipped_folder())]
            known += [pack.name for pack in _packs(folder)] if folder.is_dir() else []
            hint = did_you_mean(name, known, f"shipped: {', '.join(known)}")
            document.report(at, f"there is no pack `{name}`", hint)
            return None
        shown = f"{Path(document.path).parent / name}" if is_path else f"rules/{path.name}"
        base = self.add(path, shown, is_shipped=not is_path)
        if base is None:
            document.report(at, f"`{name}` extends this pack in turn")
        return base

    def _refuse_twice(self, pack: Pack, document: Document) -> None:
        """Report the rules of a pack that an earlier pack has, by their ids and former ids."""
        earlier = [base.pack for base in self.bases.values() if base.pack]
        known = {n for one in earlier for rule in one.rules for n in (rule.id, *rule.aliases)}
        is_shipped = (shipped_folder() / f"{pack.pack}.yaml").is_file()
        if is_shipped and any(rule.id in known for rule in pack.rules):
            message = f"a pack `{pack.pack}` ships, and this is another version of it"
            hint = f"give it a name of its own, and `extends: [{pack.pack}]` for what it keeps"
            document.report(("pack",), message, hint)
            return
        for i, rule in enumerate(pack.rules):
            if rule.id in known:
                message = f"rule `{rule.id}` is defined in another pack too"
                document.report(("rules", i, "id"), message)
            for j, alias in enumerate(rule.aliases):
                if alias in known:
                    message = f"`{alias}` is a rule of another pack"
                    document.report(("rules", i, "aliases", j), message)


def read(file: str, shown: str, *, is_shipped: bool = False) -> Document:
    """Return the document of a file; what keeps it from being read is among its problems."""
    try:
        data = small_file(file, MAX_BYTES)
        known = compiled(Path(file).name, data, shown) if is_shipped else None
        return known or parse(data.decode("utf-8-sig"), shown)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Document(shown, problems=[PackProblem.of_file(shown, f"cannot be read: {reason}")])


def _original(path: Path) -> Path:
    """Return the shipped pack that a file is a copy of, or the file itself.

    The ``rules/`` of a checkout are the packs of an installed wheel, not a second set of them.
    """
    file = path.resolve()
    shipped = shipped_folder().resolve() / file.name
    if file == shipped or not (file.is_file() and shipped.is_file()):
        return file
    return shipped if cmp(file, shipped, shallow=False) else file


def _packs(folder: Path) -> list[Path]:
    files = (path for path in folder.iterdir() if path.suffix in SUFFIXES)
    return sorted(path for path in files if path.name != FAULTS)


def _expand(path: str, problems: list[PackProblem]) -> Iterable[str]:
    where = Path(path)
    if where.is_dir():
        files = [str(file) for file in _packs(where)]
        if not files:
            problems.append(PackProblem.of_file(path, "no .yaml pack in this folder"))
        return files
    if where.is_file() and where.resolve().parent.name == TRAINERS:
        return []  # see ``trainers``
    if not where.exists():
        siblings = [p.name for p in where.parent.glob("*")] if where.parent.is_dir() else []
        near = nearest(where.name, siblings)
        hint = f"did you mean `{where.parent / near}`?" if near else ""
        problems.append(PackProblem.of_file(path, "no such file", hint))
        return []
    return [path]
