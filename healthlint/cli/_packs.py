"""Rules by the names that people type."""

from __future__ import annotations

from difflib import get_close_matches

from healthlint.cli._parser import UsageError
from healthlint.rulebook import Pack, Rule, Rulebook

_SHOWN = "see `healthlint rules` (packs of your own: `rules:` in the config, or --rules PATH)"


def found(book: Rulebook, name: str) -> tuple[Pack, Rule]:
    """Return the rule of an id, a former id, or the part of an id after its pack.

    Raises:
        UsageError: There is none, or several packs have one.
    """
    entries = [(pack, rule) for pack in book.packs for rule in pack.rules]
    wanted = book.resolve(name)
    named = [e for e in entries if wanted in (e[1].id, e[1].id.partition("/")[2])]
    if len(named) == 1:
        return named[0]
    if named:
        listed = " and ".join(rule.id for _, rule in named)
        raise UsageError(f"{name!r} could be {listed}")
    known = [rule.id for _, rule in entries]
    short = {rule.id.partition("/")[2]: rule.id for _, rule in entries}
    near = get_close_matches(name, [*known, *short], 1)
    hint = f"did you mean {short.get(near[0], near[0])!r}?" if near else _SHOWN
    raise UsageError(f"no rule {name!r}; {hint}")
