"""Packs with one bound moved: which moves does no test notice?

A move is noticed where a test that concerns the rule comes to something else. A value that the pack
format refuses (``points: 2`` of ``frozen``) is no pack, so no move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from healthlint.conditions import add, packages
from healthlint.engine import judge
from healthlint.logs.nearest import did_you_mean
from healthlint.rulebook import PackProblem
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.model import Pack, Rule, Rulebook
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.ruletests.gathering import Bench, PackFile, gather
from healthlint.ruletests.model import Case, Survivor
from healthlint.ruletests.moving import Bound, bounds, put
from healthlint.ruletests.running import CaseFile, compare
from healthlint.ruletests.synthetic import synthetic_log, synthetic_reference
from healthlint.ruletests.walking import lets_of
from healthlint.timeline.expression import Expression

_WORTH_A_PROCESS = 500
"""Moves below which a further process takes longer to start than it saves."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A pack with one bound moved.

    Attributes:
        pack: Position of the pack among those under test.
        bound: The bound.
        to: The value it was moved to.
    """

    pack: int
    bound: Bound
    to: object


@dataclass(frozen=True, slots=True)
class Mutation:
    """What moving every bound came to.

    Attributes:
        moved: How many moves were tried.
        unnoticed: Moves that no test noticed and no entry of ``survivors:`` names.
        named: Those that an entry names.
        stale: Entries that name no bound, or one whose moves the tests notice.
    """

    moved: int
    unnoticed: Sequence[Mutant]
    named: Sequence[Mutant]
    stale: Sequence[PackProblem]


def mutants(bench: Bench) -> Iterator[Mutant]:
    """Yield every move of every bound of the packs under test."""
    for i, file in enumerate(bench.packs):
        for bound in bounds(file.pack, file.document):
            yield from (Mutant(i, bound, to) for to in bound.moved())


def mutate(bench: Bench, paths: Sequence[str], rules: Sequence[str], jobs: int = 0) -> Mutation:
    """Return which moves no test noticed.

    Args:
        bench: What is under test.
        paths: What it was gathered from; further processes gather it anew.
        rules: The packs beside it, likewise.
        jobs: Most processes at once; 0 for as many as are worth it.
    """
    everything = list(mutants(bench))
    noticed = _noticed(bench, everything, paths, rules, jobs)
    tried = [(mutant, is_noticed) for mutant, is_noticed in noticed if is_noticed is not None]
    alive = [mutant for mutant, is_noticed in tried if not is_noticed]
    entries = [
        (suite, i, entry) for suite in bench.suites for i, entry in enumerate(suite.suite.survivors)
    ]
    named = [mutant for mutant in alive if any(_names(entry, mutant) for *_, entry in entries)]
    stale = [
        _stale(suite, i, bench)
        for suite, i, entry in entries
        if not any(_names(entry, mutant) for mutant in alive)
    ]
    unnoticed = [mutant for mutant in alive if mutant not in named]
    return Mutation(len(tried), unnoticed, named, stale)


def _noticed(
    bench: Bench,
    everything: Sequence[Mutant],
    paths: Sequence[str],
    rules: Sequence[str],
    jobs: int,
) -> list[tuple[Mutant, bool | None]]:
    """Return each move with whether a test noticed it, None where it is no pack."""
    import os

    worth = len(everything) // _WORTH_A_PROCESS
    processes = jobs or max(1, min(os.cpu_count() or 1, worth))
    if processes == 1:
        trial = _Trial(bench)
        return [(mutant, trial.is_noticed(mutant)) for mutant in everything]
    with ProcessPoolExecutor(
        processes,
        get_context("spawn"),
        initializer=_start,
        initargs=(list(paths), list(rules), packages()),
    ) as pool:
        chunk = max(1, len(everything) // (4 * processes))
        verdicts = pool.map(_try, range(len(everything)), chunksize=chunk)
        return list(zip(everything, verdicts, strict=True))


_OF_PROCESS: dict[str, Any] = {}


def _start(paths: Sequence[str], rules: Sequence[str], kinds: Sequence[str]) -> None:
    add(kinds)
    bench = gather(paths, rules)
    _OF_PROCESS["trial"], _OF_PROCESS["mutants"] = _Trial(bench), list(mutants(bench))


def _try(position: int) -> bool | None:
    noticed: bool | None = _OF_PROCESS["trial"].is_noticed(_OF_PROCESS["mutants"][position])
    return noticed


class _Trial:
    """Judges the tests of a bench by packs with one bound moved."""

    def __init__(self, bench: Bench) -> None:
        self._packs = bench.packs
        cases = [case for suite in bench.suites for case in suite.suite.tests]
        # tests of one rule tell most: they come first
        cases.sort(key=lambda case: len(case.only) or len(cases))
        # all moves share the log of a test
        self._cases = [(case, synthetic_log(case), synthetic_reference(case)) for case in cases]

    def is_noticed(self, mutant: Mutant) -> bool | None:
        """Return whether any test comes to something else, None where the move is no pack."""
        file = self._packs[mutant.pack]
        moved = _moved(file, mutant)
        if moved is None:
            return None
        book, concerned = Rulebook((moved,)), {rule.id for rule in moved.rules}
        for i, (whole, log, reference) in enumerate(self._cases):
            if case := narrowed(whole, concerned):
                wanted = frozenset(case.only or concerned)
                book = replace(book, selected=wanted, reference=reference)
                if compare(case, judge(log, book)):
                    # it is as likely to notice the next move of the rule
                    self._cases.insert(0, self._cases.pop(i))
                    return True
        return False


def narrowed(case: Case, rules: set[str]) -> Case | None:
    """Return what a test says of some rules, None where it does not concern them."""
    if case.only and rules.isdisjoint(case.only):
        return None
    kept: dict[str, Any] = {
        field: tuple(name for name in getattr(case, field) if name in rules)
        for field in ("only", "expect", "pending", "not_judged", "not_applicable", "softened")
    }
    kept["at"] = {rule: epoch for rule, epoch in case.at.items() if rule in rules}
    return replace(case, **kept)


def _moved(file: PackFile, mutant: Mutant) -> Pack | None:
    """Return the pack with the bound moved and with the rules it concerns alone."""
    path = mutant.bound.path
    document = Document(file.document.path, data=put(file.document.data, path, mutant.to))
    try:
        if path[0] in ("let", "params"):
            return _number_moved(file.pack, str(path[0]), str(path[1]), mutant.to, document)
        rule = build(Rule, document.data["rules"][path[1]], document, path[:2])  # type: ignore[index]
    except Broken:
        return None
    return replace(file.pack, rules=(rule,), standing=())


def _number_moved(pack: Pack, field: str, name: str, to: object, document: Document) -> Pack:
    """Return a pack with one of its params, or one of its named expressions, moved."""
    kind = Expression if field == "let" else float
    value = build(kind, to, document, (field, name))
    concerned = tuple(rule for rule in pack.rules if name in lets_of(rule, pack.let or {}))
    changed: dict[str, Any] = {field: {**(getattr(pack, field) or {}), name: value}}
    return replace(pack, **changed, rules=concerned, standing=())


def _names(entry: Survivor, mutant: Mutant) -> bool:
    return entry.bound == mutant.bound.name and entry.to in (None, str(mutant.to))


def _stale(suite: CaseFile, position: int, bench: Bench) -> PackProblem:
    entry = suite.suite.survivors[position]
    path: Path = ("survivors", position, "bound")
    known = {mutant.bound.name: mutant for mutant in mutants(bench)}
    if entry.bound not in known:
        hint = did_you_mean(entry.bound, known, "see the names that --mutate prints")
        return suite.document.locate(path, f"no bound `{entry.bound}`", hint, word=entry.bound)
    moves = [str(mutant.to) for mutant in mutants(bench) if mutant.bound.name == entry.bound]
    if entry.to and entry.to not in moves:
        to = ("survivors", position, "to")
        return suite.document.locate(to, f"it is not moved to `{entry.to}`: {', '.join(moves)}")
    text = f"`{entry.bound}` is noticed by the tests now; take this entry out"
    return suite.document.locate(path, text, word=entry.bound)
