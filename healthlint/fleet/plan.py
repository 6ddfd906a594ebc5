"""How a fleet is judged: plain data that travels to where the logs are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healthlint import __version__
from healthlint.checking import Bench, prepared
from healthlint.fleet.row import SCHEMA

if TYPE_CHECKING:  # only where something is suppressed
    from healthlint.acceptance.suppression import Suppression


_OF_FLEET = ("seconds", "series")
"""What of a plan is no business of whoever judges one log."""
_benches: dict[str, Bench] = {}
"""What logs are judged by, by the text of the plan."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How each log of a fleet is judged.

    Attributes:
        kinds: Installed packages that bring further kinds of conditions.
        rules: Files or folders of packs beside the shipped ones.
        select: Patterns of rules to judge.
        ignore: Patterns of rules not to judge.
        profile: ``default`` or ``all``.
        facts: What the logs do not say.
        params: Values of params by pack and name.
        run: Which run of a log; ``auto`` is all runs of a store of many, else the last.
        require: Rules without whose verdict there is none.
        reference: Good runs that rules compare with.
        suppress: Findings that are suppressed.
        seconds: How long one log may take; 0 for ever.
        series: Folder that the judged series go to, empty where nobody wants them.
    """

    kinds: Sequence[str] = ()
    rules: Sequence[str] = ()
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    profile: str = "default"
    facts: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    run: str = "auto"
    require: Sequence[str] = ()
    reference: Sequence[str] = ()
    suppress: Sequence[Suppression] = ()
    seconds: float = 60.0
    series: str = ""

    def bench(self) -> Bench:
        """Return what logs are judged by: once in each process.

        Raises:
            RulebookError: A pack is wrong.
            SelectionError: Something is named that is not there.
        """
        text = self._text()
        bench = _benches.get(text)
        if bench is None:
            own = {name: value for name, value in vars(self).items() if name not in _OF_FLEET}
            bench = prepared(**own | ({"run": "last"} if self.run == "auto" else {}))
            _benches.clear()  # one fleet is judged at a time, though maybe by several threads
            _benches[text] = bench
        return bench

    def digest(self) -> str:
        """Return 16 hex digits of all that rows depend on beside the logs themselves.

        The rules count as they are now, whatever their files are called.
        """
        bench = self.bench()
        made = hashlib.sha256(f"{SCHEMA} {__version__} {_source()}".encode())
        made.update(self._text().encode())
        for pack in bench.rulebook.packs:
            made.update(_spelled(pack).encode())
        for path in self.reference:
            with suppress(OSError, ValueError):
                stamp = Path(path).stat()
                made.update(f"{path} {stamp.st_mtime} {stamp.st_size}".encode())
        if self.suppress:  # they end on a day
            made.update(date.today().isoformat().encode())
        return made.hexdigest()[:16]

    def _text(self) -> str:
        """Return it as text, without what changes no row."""
        return _spelled(replace(self, series="", seconds=0))


def _spelled(value: Any) -> str:
    """Return what a pack or plan says, alike in every process: sets in order, functions by name."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = [f"{field.name}={_spelled(getattr(value, field.name))}" for field in fields(value)]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_spelled(k)}:{_spelled(v)}' for k, v in value.items()))}}}"
    if isinstance(value, (set, frozenset)):
        return f"{{{','.join(sorted(map(_spelled, value)))}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_spelled, value))}]"
    return str(getattr(value, "__qualname__", None) or repr(value))


@lru_cache(maxsize=1)
def _source() -> str:
    """Return the newest change of healthlint itself: in a checkout the version stays the same."""
    root = Path(__file__).parent.parent
    newest = max(path.stat().st_mtime_ns for path in root.rglob("*.py"))
    return str(newest)
