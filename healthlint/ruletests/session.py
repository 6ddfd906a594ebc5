"""One call of ``healthlint test``: what was tried, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from healthlint.rulebook import PackProblem
from healthlint.ruletests.coverage import gaps
from healthlint.ruletests.gathering import Bench
from healthlint.ruletests.model import Case
from healthlint.ruletests.mutation import Mutant, Mutation, mutate
from healthlint.ruletests.running import Difference, differences


@dataclass(frozen=True, slots=True)
class Tried:
    """One test that was run.

    Attributes:
        case: The test.
        differences: What differs, each with its place; empty where it passed.
    """

    case: Case
    differences: Sequence[tuple[Difference, PackProblem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a call came to.

    Attributes:
        bench: What was under test.
        files: The tests of each file, by its path as shown.
        skipped: How many tests ``-k`` left out.
        gaps: What no test tries; None where nobody asked.
        mutation: What moving every bound came to; None where nobody asked, or a test failed.
        is_cut: Whether coverage or moves were asked for and not looked at because a test failed.
    """

    bench: Bench
    files: Sequence[tuple[str, Sequence[Tried]]]
    skipped: int
    gaps: Sequence[PackProblem] | None = None
    mutation: Mutation | None = None
    is_cut: bool = False

    @property
    def tried(self) -> Sequence[Tried]:
        """Return all tests that were run."""
        return [tried for _, file in self.files for tried in file]

    @property
    def failed(self) -> Sequence[Tried]:
        """Return the tests that failed."""
        return [tried for tried in self.tried if tried.differences]

    @property
    def has_passed(self) -> bool:
        """Return whether nothing is wrong."""
        mutation = self.mutation
        is_alive = mutation is not None and (mutation.unnoticed or mutation.stale)
        return not (self.failed or self.bench.untested or self.gaps or is_alive)

    def place(self, mutant: Mutant) -> PackProblem:
        """Return a move with its place in the pack."""
        document = self.bench.packs[mutant.pack].document
        bound = mutant.bound
        return document.locate(bound.path, f"{bound.name}: {bound.written} -> {mutant.to}")


def run(
    bench: Bench,
    paths: Sequence[str] = (),
    rules: Sequence[str] = (),
    *,
    is_chosen: Callable[[str], bool] = lambda _: True,
    coverage: bool = False,
    mutants: bool = False,
    jobs: int = 0,
) -> Session:
    """Return what the tests of a bench came to.

    Args:
        bench: What is under test.
        paths: What it was gathered from.
        rules: The packs beside it.
        is_chosen: Whether a test with these words is run.
        coverage: Whether to look for what no test tries.
        mutants: Whether to move every bound; only done where all tests pass.
        jobs: Most processes for the moves, 0 for as many as are worth it.
    """
    files, skipped = [], 0
    for suite in bench.suites:
        tried = []
        for i, case in enumerate(suite.suite.tests):
            if not is_chosen(_words(case)):
                skipped += 1
                continue
            differing = differences(case, bench.rulebook)
            tried.append(Tried(case, [(d, suite.problem(i, d)) for d in differing]))
        files.append((suite.document.path, tried))
    session = Session(bench=bench, files=files, skipped=skipped)
    if session.failed or not (coverage or mutants):
        return replace(session, is_cut=coverage or mutants)
    untried = list(gaps(bench)) if coverage else None
    mutation = mutate(bench, paths, rules, jobs) if mutants else None
    return replace(session, gaps=untried, mutation=mutation)


def _words(case: Case) -> str:
    """Return what ``-k`` looks at: the name of a test and the rules it names."""
    quiet = (*case.pending, *case.not_judged, *case.not_applicable)
    return " ".join([case.name, *case.only, *case.expect, *quiet])
