"""A survey as a pack of one's own, with its tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from textwrap import indent
from typing import Any

from healthlint.calibration.survey import Proposal, Rate, Survey
from healthlint.rulebook.checking import metrics_of
from healthlint.rulebook.groups import named
from healthlint.rulebook.model import Rulebook
from healthlint.rulebook.packing import build_pack
from healthlint.rulebook.yaml12 import parse
from healthlint.ruletests.model import Case
from healthlint.ruletests.running import CaseFile, run_case
from healthlint.ruletests.walking import lets_of, lets_of_names

_WIDTH = 100
_STATES = ("pending", "not_judged", "not_applicable", "softened")
_NEEDED = ("name", "series", "expect")


class Unwritable(ValueError):
    """The proposed rules do not fit into one pack."""


def write(survey: Survey, name: str) -> tuple[str, str]:
    """Return the proposed rules as the text of a pack of a name, and that of their tests.

    Raises:
        Unwritable: The rules come from packs that mean different things by one word.
    """
    proved = [proposal for proposal in survey.proposals if proposal.tests]
    ids = _ids(proved, name)
    pack = "".join(_pack(survey, proved, ids, name))
    tests = "".join(_tests(proved, ids))
    _verify(pack, tests, name)
    return pack, tests


def _verify(pack: str, tests: str, name: str) -> None:
    """Refuse to hand out a pack that does not load, or tests that fail: nobody could use it."""
    document = parse(pack, f"{name}.yaml")
    built = build_pack(document)
    if built is None or document.problems:
        raise Unwritable("; ".join(str(problem) for problem in document.problems))
    cases = CaseFile.of(parse(tests, f"tests/{name}.yaml")).suite.tests
    book = Rulebook((built,))
    if failed := [line for case in cases for line in run_case(case, book)]:
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
    used = [_used(proposal) for proposal in proposals]
    for section in ("metrics", "params", "let", "derived"):
        merged = _merged([sections[section] for sections in used])
        if merged or section == "metrics":
            head[section] = merged
    yield _yaml(head)
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


def _used(proposal: Proposal) -> dict[str, dict[str, object]]:
    """Return what a fitted rule still goes through of each section of its pack, as written.

    Of metrics also those that its tests name.
    """
    pack, rule = proposal.fitter.file.pack, proposal.fitter.built(proposal.fitted.data)
    conditions = filter(None, (rule.when, rule.except_))
    metrics = {name.rpartition("/")[2] for each in conditions for name in metrics_of(each)}
    derived = {name: formula for name, formula in pack.derived.items() if name in metrics}
    names = lets_of(rule, pack.names)
    for formula in derived.values():
        metrics |= {each.metric.rpartition("/")[2] for each in formula.metrics(pack.metrics)}
        names |= lets_of_names(formula.names, pack.names)
    tried = {key.rpartition("/")[2] for case in proposal.tests for key in case.series}
    metrics |= {name for name, said in pack.metrics.items() if _are_any(tried, said)}
    sections: dict[str, Mapping[str, object]] = {
        "metrics": pack.metrics,
        "params": pack.params,
        "let": {name: e.text for name, e in pack.names.items() if name not in pack.params},
        "derived": {name: formula.text for name, formula in derived.items()},
    }
    kept = {"metrics": metrics, "params": names, "let": names, "derived": metrics}
    return {
        section: {name: said for name, said in values.items() if name in kept[section]}
        for section, values in sections.items()
    }


def _are_any(metrics: Iterable[str], patterns: str) -> bool:
    """Return whether a metric is one of those that a pack calls by one name."""
    return any(fnmatchcase(metric, pattern) for metric in metrics for pattern in named(patterns))


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
    epochs = [int(epoch) if epoch == int(epoch) else epoch for epoch in case.at.values()]
    written: dict[str, object] = {
        "name": case.name,
        "only": [rule],
        "facts": dict(case.facts),
        "every": case.every and case.every.text,
        "series": _texts(case.series),
        "reference": [_texts(run) for run in case.reference],
        "expect": [rule] if case.expect else [],
        **{state: [rule] for state in _STATES if getattr(case, state)},
        "at": {rule: epochs[0]} if epochs else {},
    }
    said = {name: value for name, value in written.items() if value or name in _NEEDED}
    return said if case.ended else {**said, "ended": False}


def _texts(series: Mapping[str, str]) -> dict[str, str]:
    return {key: str(text) for key, text in series.items()}


def _item(data: Mapping[str, Any]) -> str:
    """Return a mapping as an item of a list."""
    return "  - " + indent(_yaml(data), "    ")[4:]


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
