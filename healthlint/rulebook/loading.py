"""Pack files to a rulebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.checking import Checker
from healthlint.rulebook.compiled import compiled
from healthlint.rulebook.model import Pack, Rule, Rulebook, StandingSpec
from healthlint.rulebook.problems import PackProblem, RulebookError
from healthlint.rulebook.yaml12 import Document, parse
from healthlint.timeline.expression import Expression

Part = TypeVar("Part")

MAX_BYTES = 4 << 20
"""Largest pack file, in bytes."""
_SUFFIXES = (".yaml", ".yml")


def shipped_folder() -> Path:
    """Return the folder of the packs that ship: of the installed package or of the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def load(paths: Sequence[str] = (), *, shipped: bool = True) -> Rulebook:
    """Return the rulebook of the shipped packs and of the given files and folders.

    Raises:
        RulebookError: With every mistake of every file.
    """
    problems: list[PackProblem] = []
    files = [(str(p), f"rules/{p.name}") for p in _packs(shipped_folder())] if shipped else []
    own = {file for file, _ in files}
    for path in paths:
        files += [(found, found) for found in _expand(path, problems)]
    packs: list[Pack] = []
    for file, shown in files:
        document = read(file, shown, is_shipped=file in own)
        pack = build_pack(document)
        problems += sorted(document.problems, key=lambda one: (one.line or 0, one.column or 0))
        if pack is not None and not document.problems:
            problems += _duplicates(pack, packs, document)
            packs.append(pack)
    if problems:
        raise RulebookError(problems)
    return Rulebook(tuple(packs))


def read(file: str, shown: str, *, is_shipped: bool = False) -> Document:
    """Return the document of a file; what keeps it from being read is among its problems."""
    try:
        data = Path(file).read_bytes()
        if len(data) > MAX_BYTES:
            raise OSError(f"larger than {MAX_BYTES >> 20} MiB")
        known = compiled(Path(file).name, data, shown) if is_shipped else None
        return known or parse(data.decode("utf-8-sig"), shown)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = PackProblem(shown, None, None, 0, f"cannot be read: {reason}")
        return Document(shown, problems=[problem])


def build_pack(document: Document) -> Pack | None:
    """Return the pack of a document, None where it has mistakes (among its problems)."""
    if document.data is None and document.problems:
        return None
    try:
        pack = build(Pack, document.data, document, ())
    except Broken:
        _check_rest(document)
        return None
    assert isinstance(pack, Pack)
    if not document.is_checked:
        checker = Checker(document, pack.pack, pack.metrics, pack.let or {})
        checker.check(dict(enumerate(pack.rules)), dict(enumerate(pack.standing)))
    return pack


def _check_rest(document: Document) -> None:
    """Check the parts of a broken pack that are whole, so that all mistakes are told at once."""
    if not isinstance(document.data, Mapping):
        return
    silent = replace(document, problems=[])  # what is broken has been reported
    names = {"pack": str, "metrics": Mapping[str, str], "let": Mapping[str, Expression]}
    try:
        known = {
            field: build(kind, document.data[field], silent, (field,))
            for field, kind in names.items()
            if field in document.data
        }
    except Broken:
        return
    if "pack" in known and "metrics" in known:
        checker = Checker(document, known["pack"], known["metrics"], known.get("let") or {})
        checker.check(_whole(Rule, "rules", silent), _whole(StandingSpec, "standing", silent))


def _whole(kind: type[Part], field: str, silent: Document) -> dict[int, Part]:
    """Return the items of a list of a pack that can be built, by position."""
    assert isinstance(silent.data, Mapping)
    items = silent.data.get(field)
    whole: dict[int, Part] = {}
    for i, item in enumerate(items if isinstance(items, list) else []):
        with suppress(Broken):
            whole[i] = build(kind, item, silent, (field, i))
    return whole


def _packs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)


def _expand(path: str, problems: list[PackProblem]) -> Iterable[str]:
    where = Path(path)
    if where.is_dir():
        found = [str(file) for file in _packs(where)]
        if not found:
            problems.append(PackProblem(path, None, None, 0, "no .yaml pack in this folder"))
        return found
    if not where.exists():
        siblings = [p.name for p in where.parent.glob("*")] if where.parent.is_dir() else []
        close = get_close_matches(where.name, siblings, 1)
        hint = f"did you mean `{where.parent / close[0]}`?" if close else ""
        problems.append(PackProblem(path, None, None, 0, "no such file", hint=hint))
        return []
    return [path]


def _duplicates(pack: Pack, packs: Sequence[Pack], document: Document) -> list[PackProblem]:
    """Return the rules of a pack that an earlier pack has."""
    known = {rule.id for other in packs for rule in other.rules}
    for i, rule in enumerate(pack.rules):
        if rule.id in known:
            message = f"rule `{rule.id}` is defined in another pack too"
            document.report(("rules", i, "id"), message)
    return document.problems
