"""A new rule of a kind, with a test in which it fires and one in which it is quiet.

What a rule of a kind may look like is its template, which the kind brings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from healthlint import conditions
from healthlint.authoring.editing import with_entry, with_item
from healthlint.logs import recognise
from healthlint.logs.nearest import did_you_mean
from healthlint.rulebook import RulebookError, load
from healthlint.rulebook.checking import ID
from healthlint.rulebook.yaml12 import Document, parse
from healthlint.ruletests.running import CaseFile, run_case

_RULE = """\
id: $id
severity: warning
summary: $summary
when:
$when
message: "$message"
help: "TODO: what to do first when it fires."
why: "TODO: why it is trouble."
"""
_TEST = """\
name: $id $does
only: [$id]
series: {$series}
${events}${reference}expect: [$expect]
"""
_PACK = """\
# Rules of this team. The format: healthlint schema pack
schema: healthlint.rules/1
pack: $pack
"""
_TESTS = """\
# One value of a series is one epoch; `a..b xN` is N values from a to b.
schema: healthlint.tests/1
"""


class CannotWrite(ValueError):
    """No such rule can be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule and its tests, not written yet.

    Attributes:
        pack: Path of the pack.
        tests: Path of its tests.
        texts: The text of each of the two files.
        is_new: Whether the pack is a new file.
    """

    pack: str
    tests: str
    texts: Mapping[str, str]
    is_new: bool


def kinds() -> tuple[str, ...]:
    """Return the kinds that a new rule can be of."""
    return tuple(name for name in conditions.names() if conditions.template(name))


def draft(rule: str, kind: str, pack: str, metric: str = "", start: str = "") -> Draft:
    """Return a rule of a kind, added to its pack, with two tests that have passed.

    Args:
        rule: Its id, ``pack/kebab-case``.
        kind: The kind of its condition.
        pack: Path of the pack; made where it is not there.
        metric: The metric it is about, that of the kind's template where empty.
        start: Text of the pack where it is not there yet; one without rules where empty.

    Raises:
        CannotWrite: The id, the kind or the pack is wrong.
        CannotAdd: The pack or its tests are written in a way that nothing can be added to.
        RulebookError: The pack has mistakes.
    """
    if not ID.match(rule):
        raise CannotWrite(f"`{rule}` is not an id such as `team/mel-stands`")
    data = _template(kind)
    path = Path(pack)
    document = _read(path, start or head(rule.partition("/")[0]))
    _refuse_other(document, rule, pack)
    known = document.data_at(("metrics",))
    declared = known if isinstance(known, Mapping) else {}
    names = _names(declared, data, metric)
    text = "\n".join(document.lines)
    for name, canonical in dict(names.values()).items():
        if name not in declared:
            text = with_entry(text, "metrics", name, quoted(canonical), "rules")
    text = with_item(text, "rules", _rule(rule, data, names))
    tests = path.parent / "tests" / path.name
    cases = "\n".join(_read(tests, _TESTS).lines)
    for does in ("fires", "quiet"):
        cases = with_item(cases, "tests", _test(rule, does, data, names))
    draft = Draft(pack, str(tests), {pack: text, str(tests): cases}, not path.exists())
    _refuse_failing(draft, rule)
    return draft


def head(pack: str, metrics: Sequence[str] = ()) -> str:
    """Return the beginning of a pack, with a name for each of some canonical metrics."""
    text = Template(_PACK).substitute(pack=pack)
    named = {short_name(metric): metric for metric in metrics}
    rows = "".join(f"  {name}: {quoted(metric)}\n" for name, metric in named.items())
    return f"{text}metrics:\n{rows}" if rows else text


def short_name(canonical: str) -> str:
    """Return what packs call a metric.

    >>> short_name("mel_loss"), short_name("spectral_convergence"), short_name("2nd.Loss")
    ('mel', 'spectral_convergence', 'm_2nd')
    """
    name = re.sub(r"[^a-z0-9]+", "_", canonical.lower()).strip("_").removesuffix("_loss")
    return name if name[:1].isalpha() else f"m_{name}"


def _template(kind: str) -> dict[str, Any]:
    if kind not in kinds():
        hint = did_you_mean(kind, kinds(), f"kinds are {', '.join(kinds())}")
        raise CannotWrite(f"no kind `{kind}`; {hint}")
    data = parse(conditions.template(kind), kind).data
    assert isinstance(data, dict)
    return data


def _read(path: Path, otherwise: str) -> Document:
    text = path.read_text(encoding="utf-8") if path.exists() else otherwise
    document = parse(text, str(path))
    if document.problems or not isinstance(document.data, Mapping):
        raise RulebookError(document.problems)
    return document


def _refuse_other(document: Document, rule: str, pack: str) -> None:
    """Refuse an id of another pack, and one that is there already."""
    assert isinstance(document.data, Mapping)
    name = document.data.get("pack")
    if name != rule.partition("/")[0]:
        raise CannotWrite(f"{pack} is the pack `{name}`: its ids begin with `{name}/`")
    rules = document.data.get("rules")
    for entry in rules if isinstance(rules, list) else []:
        if isinstance(entry, Mapping) and entry.get("id") == rule:
            raise CannotWrite(f"{pack} has a rule `{rule}` already")


def _names(
    declared: Mapping[str, object], data: Mapping[str, Any], metric: str
) -> dict[str, tuple[str, str]]:
    """Return name and canonical metric of each metric of a template, as the pack calls them."""
    wanted = {"metric": recognise(metric).metric if metric else str(data["metric"])}
    if "other" in data:
        rivals = [str(data["other"]), "total_loss", "mel_loss"]
        wanted["other"] = next(rival for rival in rivals if rival != wanted["metric"])
    own = {str(value): str(key) for key, value in declared.items()}
    return {role: (own.get(one) or short_name(one), one) for role, one in wanted.items()}


def quoted(text: str) -> str:
    """Return a text as a YAML scalar, in quotes unless it is a plain word.

    >>> quoted("mel_loss"), quoted("it's")
    ('mel_loss', "'it''s'")
    """
    if re.fullmatch(r"[a-z][a-z0-9_]*", text):
        return text
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _filled(text: str, names: Mapping[str, tuple[str, str]]) -> str:
    words = {role: name for role, (name, _) in names.items()}
    words |= {f"{role}_series": canonical for role, (_, canonical) in names.items()}
    return Template(text).substitute(words)


def _rule(rule: str, data: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> str:
    when = "\n".join(f"  {line}" for line in str(data["when"]).rstrip("\n").split("\n"))
    parts = {"when": when, "summary": str(data["summary"]), "message": str(data["message"])}
    return Template(_RULE).substitute(id=rule, **{k: _filled(v, names) for k, v in parts.items()})


def _test(
    rule: str, does: str, data: Mapping[str, Any], names: Mapping[str, tuple[str, str]]
) -> str:
    runs = [_series(run, names) for run in data.get("reference", ())]
    reference = "".join(f"  - {{{run}}}\n" for run in runs)
    fires = does == "fires"
    heard = ", ".join(
        f'{kind}: "{text}"' for kind, text in data.get("events", {}).get(does, {}).items()
    )
    return Template(_TEST).substitute(
        id=rule,
        does="fires" if fires else "stays quiet",
        series=_series(data[does], names),
        reference=f"reference:\n{reference}" if runs else "",
        events=f"events: {{{heard}}}\n" if heard else "",
        expect=rule if fires else "",
    )


def _series(data: Mapping[str, str], names: Mapping[str, tuple[str, str]]) -> str:
    """Return the series of a template, as the inside of a YAML mapping."""
    filled = {_filled(str(key), names): value for key, value in data.items()}
    return ", ".join(f'{quoted(key)}: "{value}"' for key, value in filled.items())


def _refuse_failing(draft: Draft, rule: str) -> None:
    """Refuse a draft that does not load or whose tests fail: nothing wrong is ever written."""
    book = load(unsaved={draft.pack: draft.texts[draft.pack]})
    for case in CaseFile.of(parse(draft.texts[draft.tests], draft.tests)).suite.tests:
        if rule in case.only and (differences := run_case(case, book)):
            raise CannotWrite(f"its test `{case.name}` fails here: {'; '.join(differences)}")
