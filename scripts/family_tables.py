"""The tables of ``docs/trainers.md``, from the families themselves."""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.logs import QUANTITIES
from healthlint.logs.families import Family, families, is_higher_better, quantities

_WORTH = {"guide": "as they stand", "converted": "converted", "none": "nothing"}


def families_table() -> str:
    """Return the families: by what they are told, and what they call things."""
    rows = ["| `trainer` | told by | calls | guide's phases |", "|---|---|---|---|"]
    rows += [
        f"| `{one.name}` | {_told(one)} | {_calls(one)} | {_WORTH[one.standing]} |"
        for one in sorted(families().values(), key=lambda one: one.name)
    ]
    return "\n".join([*rows, ""])


def _told(family: Family) -> str:
    marks = family.said.get("marks", {})
    names = [_group(one) for one in marks.get("names", ())]
    console = [f"`{words}` on its console" for words in marks.get("console", ())]
    return ", ".join([*names, *console]).replace("|", "\\|") or "the fact `trainer` alone"


def _group(names: str | Sequence[str]) -> str:
    listed = [names] if isinstance(names, str) else names
    return " + ".join(f"`{name}`" for name in listed)


def _calls(family: Family) -> str:
    """Return its names for what is called otherwise elsewhere, by quantity."""
    called: dict[str, list[str]] = {}
    for name, meaning in family.names.items():
        if name.replace(" ", "_") != meaning.metric:
            called.setdefault(meaning.metric, []).append(name)
    return "; ".join(f"{metric}: {', '.join(names)}" for metric, names in called.items()) or "-"


def quantities_list() -> str:
    """Return every canonical quantity, those of which more is better marked."""
    known = sorted(quantities() - set(QUANTITIES))
    return _listed(QUANTITIES) + "\n\nand, from the files of trainers: " + _listed(known) + "\n"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`{' (higher is better)' * is_higher_better(name)}" for name in names)
