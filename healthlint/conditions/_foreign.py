"""Kinds that installed packages bring by the entry-point group ``healthlint.kinds``.

The name of an entry point is the name of the kind, its value a module with a ``KIND`` like those of
this folder.
Nothing of a package is imported before a rule uses one of its kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from io import StringIO
from typing import Any

from healthlint.logs.nearest import did_you_mean
from healthlint.timeline.evaluation import Context, Explanation, Missing, Outcome
from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.kind import Kind

GROUP = "healthlint.kinds"
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


class NoKinds(ValueError):
    """A package does not bring kinds that can be added.

    Attributes:
        package: What was named.
    """

    def __init__(self, package: str, message: str) -> None:
        super().__init__(message)
        self.package = package


class BrokenKind(ValueError):
    """A kind of a package cannot be used; the message says why."""


def found(packages: Iterable[str], taken: Sequence[str]) -> Mapping[str, Foreign]:
    """Return the kinds of packages by name.

    Args:
        packages: Names of packages as they are installed.
        taken: Names that kinds have already.

    Raises:
        NoKinds: A package is not installed, brings no kind, or one whose name is taken.
    """
    points = list(entry_points(group=GROUP))
    known = {_normal(_package(point)): point for point in points}
    kinds: dict[str, Foreign] = {}
    for package in packages:
        own = [point for point in points if _normal(_package(point)) == _normal(package)]
        if not own:
            hint = did_you_mean(_normal(package), known, "is it installed here?")
            raise NoKinds(package, f"no package `{package}` brings kinds; {hint}")
        for point in own:
            _refuse_name(package, point.name, (*taken, *kinds))
            kinds[point.name] = Foreign(point, package)
    return kinds


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _refuse_name(package: str, name: str, taken: Sequence[str]) -> None:
    if name in taken:
        raise NoKinds(package, f"`{package}` brings a kind `{name}`, and there is one already")
    if not _NAME.match(name) or name in ("for", "after", "until"):
        raise NoKinds(package, f"`{package}` brings a kind `{name}`, which is no name of a kind")


class Foreign:
    """A kind of a package; what it gets wrong becomes an error of the rule, never a crash.

    Attributes:
        package: The package, as the config names it.
    """

    def __init__(self, point: EntryPoint, package: str) -> None:
        self.package = package
        self._point = point
        self._kind: Kind | None = None

    def loaded(self) -> Kind:
        """Return the kind, imported.

        Raises:
            BrokenKind: It cannot be imported, or is no kind.
        """
        if self._kind is None:
            kind = getattr(self._imported(), "KIND", None)
            if not isinstance(kind, Kind):
                raise BrokenKind(f"{self._called} has no `KIND`, a `healthlint.timeline.kind.Kind`")
            self._kind = replace(kind, evaluate=self._guarding(kind), words=self._saying(kind))
        return self._kind

    def _imported(self) -> Any:
        said = StringIO()
        try:
            with redirect_stdout(said), redirect_stderr(said):
                module = self._point.load()
        except (Exception, SystemExit) as error:  # a package may raise anything
            reason = _told(error).rstrip(": ")
            raise BrokenKind(f"{self._called} cannot be imported: {reason}") from error
        if first := said.getvalue().strip().partition("\n")[0]:
            raise BrokenKind(f"{self._called} prints when it is imported: {first[:80]}")
        return module

    @property
    def _called(self) -> str:
        return f"kind `{self._point.name}` of {self.package}"

    def _guarding(self, kind: Kind) -> Callable[[Any, Context], Outcome]:
        """Return its evaluation; where it breaks, that is an error of the rule."""

        def evaluate(params: Any, context: Context) -> Outcome:
            outcome = self._guarded(lambda: kind.evaluate(params, context))
            if not isinstance(outcome, Outcome):
                what = type(outcome).__name__
                raise ExpressionError(f"{self._called} returned {what}, no outcome")

            def explain(record: int) -> Explanation:
                told: Explanation = self._guarded(lambda: outcome.explain(record))
                return told

            return replace(outcome, explain=explain)

        return evaluate

    def _saying(self, kind: Kind) -> Callable[[Any], str]:
        """Return its words; where they break, its first line."""

        def words(params: Any) -> str:
            try:
                return str(kind.words(params))
            except Exception:  # a page that cannot be shown helps nobody
                return kind.summary.rstrip(".")

        return words

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (Missing, MissingFact, ExpressionError):
            raise
        except (Exception, SystemExit) as error:  # a package may raise anything
            raise ExpressionError(f"{self._called} broke: {_told(error)}") from error


def _told(error: BaseException) -> str:
    """Return an error on one line."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
