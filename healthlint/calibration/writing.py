"""A survey as a pack of one's own, with its tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from healthlint.calibration.survey import Proposal, Rate, Survey
from healthlint.rulebook.checking import metrics_of
from healthlint.rulebook.groups import named
from healthlint.rulebook.model import Rulebook
from healthlint.rulebook.packing import build_pack
from healthlint.rulebook.yaml12 import parse
from healthlint.ruletests.model import Case
from healthlint.ruletests.running import CaseFile, differences
from healthlint.ruletests.walking import lets_of, lets_of_names
from healthlint.timeline.formula import Formula

_WIDTH = 100


class Unwritable(ValueError):
    """The proposed rules do not fit into one pack."""


@dataclass(frozen=True, slots=True)
class Written:
    """A pack and its tests as texts.

    Attributes:
        pack: The pack.
        tests: Its tests.
        replaced: Ids of the rules it takes the place of.
    """

    pack: str
    tests: str
    replaced: Sequence[str]


def write(survey: Survey, name: str) -> Written:
    """Return the proposed rules as a pack of a name, and the tests of each.

    Raises:
        Unwritable: The rules come from packs that mean different things by one word.
    """
    proved = [proposal for proposal in survey.proposals if proposal.tests]
    ids = _ids(proved, name)
    pack = "".join(_pack(survey, proved, ids, name))
    tests = "".join(_tests(proved, ids))
    _verify(pack, tests, name)
    return Written(pack, tests, [proposal.id for proposal in proved])


def _verify(pack: str, tests: str, name: str) -> None:
    """Refuse to hand out a pack that does not load, or tests that fail: nobody could use it."""
    document = parse(pack, f"{name}.yaml")
    built = build_pack(document)
    if built is None or document.problems:
        raise Unwritable("; ".join(str(problem) for problem in document.problems))
    cases = CaseFile.of(parse(tests, f"tests/{name}.yaml")).suite.tests
    book = Rulebook((built,))
    if failed := [str(difference) for case in cases for difference in differences(case, book)]:
        raise Unwritable("; ".join(failed))


def _ids(proposals: Sequence[Proposal], name: str) -> dict[str, str]:
    """Return the new id of each rule; where two packs have one name, with that of its pack."""
    own = [proposal.id.partition("/")[2] for proposal in proposals]
    ids = {}
    for proposal, word in zip(proposals, own, strict=True):
        pack = proposal.id.partition("/")[0]
        ids[proposal.id] = f"{name}/{word}" if own.count(word) == 1 else f"{name}/{pack}-{word}"
    return ids


def _pack(
    survey: Survey, proposals: Sequence[Proposal], ids: Mapping[str, str], name: str
) -> Iterator[str]:
    paths = [log.path for log, _ in survey.runs]
    yield f"# Bounds that fit {len(paths)} good runs, with a margin:\n"
    yield from (f"#   {path}\n" for path in paths)
    yield "# Judge with it: healthlint check --rules THIS"
    yield f" --ignore {','.join(ids)} LOG\n" if ids else "\n"
    head: dict[str, Any] = {"schema": "healthlint.rules/1", "pack": name}
    head["metrics"] = _merged([_metrics(proposal) for proposal in proposals])
    params = _merged([_params(proposal) for proposal in proposals])
    let = _merged([_let(proposal) for proposal in proposals])
    derived = _merged(
        [{name: formula.text for name, formula in _derived(each).items()} for each in proposals]
    )
    more = {"params": params, "let": let, "derived": derived}
    yield _yaml(head | {name: said for name, said in more.items() if said})
    yield "rules:\n"
    for proposal in proposals:
        yield from _comments(proposal)
        yield _item({**proposal.fitted.data, "id": ids[proposal.id]})


def _comments(proposal: Proposal) -> Iterator[str]:
    yield f"  # from {proposal.id}\n"
    for change in proposal.fitted.changes:
        if isinstance(change.after, list):
            yield f"  # {change.label}: as far as the slowest of these runs had come\n"
        else:
            yield f"  # {change.label}: {change.after} (there {change.before})\n"
    if proposal.left_out is not None:
        yield f"  # false alarms, each run left out in turn: {rate_text(proposal.left_out)}\n"


def rate_text(rate: Rate) -> str:
    """Return alarms over runs, with what they say of the true rate.

    >>> rate_text(Rate(0, 5))
    '0 of 5 runs, so at most 45 % (95 % confidence)'
    """
    if not rate.runs:
        return "no run could be judged"
    runs = "1 run" if rate.runs == 1 else f"{rate.runs} runs"
    highest = f"{rate.highest * 100:.0f} %"
    return f"{rate.alarms} of {runs}, so at most {highest} (95 % confidence)"


def _metrics(proposal: Proposal) -> dict[str, str]:
    """Return the metrics that a fitted rule or its tests name, as its pack declares them."""
    used = _named(proposal)
    for formula in _derived(proposal).values():
        used |= {
            metric.metric.rpartition("/")[2] for metric in formula.metrics(_declared(proposal))
        }
    tried = {key.rpartition("/")[2] for case in proposal.tests for key in case.series}
    return {
        name: patterns
        for name, patterns in _declared(proposal).items()
        if name in used or any(_is_in(metric, patterns) for metric in tried)
    }


def _declared(proposal: Proposal) -> Mapping[str, str]:
    return proposal.fitter.file.pack.metrics


def _is_in(metric: str, patterns: str) -> bool:
    return any(fnmatchcase(metric, pattern) for pattern in named(patterns))


def _params(proposal: Proposal) -> dict[str, object]:
    """Return the params that a fitted rule, or what it still uses of ``let:``, goes through."""
    used = _names(proposal)
    return {name: param for name, param in proposal.fitter.file.pack.params.items() if name in used}


def _let(proposal: Proposal) -> dict[str, object]:
    """Return the ``let:`` values that a fitted rule still uses, as written."""
    pack, used = proposal.fitter.file.pack, _names(proposal)
    return {
        name: expression.text
        for name, expression in pack.names.items()
        if name in used and name not in pack.params
    }


def _names(proposal: Proposal) -> set[str]:
    """Return the names of ``params:`` and ``let:`` that a fitted rule still goes through."""
    names = proposal.fitter.file.pack.names
    used = lets_of(proposal.fitter.built(proposal.fitted.data), names)
    used |= {name for formula in _derived(proposal).values() for name in formula.names}
    return used | lets_of_names(used, names)


def _derived(proposal: Proposal) -> dict[str, Formula]:
    """Return the derived metrics that a fitted rule names."""
    derived, used = proposal.fitter.file.pack.derived, _named(proposal)
    return {name: formula for name, formula in derived.items() if name in used}


def _named(proposal: Proposal) -> set[str]:
    """Return the metrics that a fitted rule names, without their splits."""
    rule = proposal.fitter.built(proposal.fitted.data)
    conditions = [condition for condition in (rule.when, rule.except_) if condition is not None]
    return {name.rpartition("/")[2] for condition in conditions for name in metrics_of(condition)}


def _merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return mappings as one.

    Raises:
        Unwritable: Two of them say different things of one name.
    """
    merged: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if merged.setdefault(name, value) != value:
                raise Unwritable(
                    f"`{name}` means `{merged[name]}` in one pack and `{value}` in another; "
                    "choose the rules of one pack at a time (--rule)"
                )
    return merged


def _tests(proposals: Sequence[Proposal], ids: Mapping[str, str]) -> Iterator[str]:
    yield "# One value of a series is one epoch, unless a test says `every`.\n"
    yield "# Tests of the rules these were fitted from stand at the new level of their losses;\n"
    yield "# numbers in their names are the former ones.\n"
    yield "schema: healthlint.tests/1\ntests:\n"
    for proposal in proposals:
        yield f"  # {ids[proposal.id]}\n"
        yield from (_item(_case(case, ids[proposal.id])) for case in proposal.tests)


def _case(case: Case, rule: str) -> dict[str, object]:
    """Return a test as a file holds it, with its rule called by its new id."""
    data: dict[str, object] = {"name": case.name, "only": [rule]}
    if case.facts:
        data["facts"] = dict(case.facts)
    if case.every:
        data["every"] = case.every.text
    data["series"] = {key: str(text) for key, text in case.series.items()}
    if case.reference:
        runs = [{key: str(text) for key, text in run.items()} for run in case.reference]
        data["reference"] = runs
    data["expect"] = [rule] if case.expect else []
    for field in ("pending", "not_judged", "not_applicable", "softened"):
        if getattr(case, field):
            data[field] = [rule]
    if case.at:
        data["at"] = {rule: _plain(next(iter(case.at.values())))}
    return data if case.ended else {**data, "ended": False}


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _item(data: Mapping[str, Any]) -> str:
    """Return a mapping as an item of a list."""
    first, *rest = _yaml(data).splitlines()
    return "".join([f"  - {first}\n", *(f"    {line}\n" if line else "\n" for line in rest)])


def _yaml(data: object) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes what has no inner collections on one line, and never an alias."""

        def ignore_aliases(self, _: object) -> bool:
            return True

    text: str = yaml.dump(
        data,
        Dumper=Dumper,
        default_flow_style=None,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
    )
    return text
