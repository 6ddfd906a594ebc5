"""What good runs say of rules, for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import isfinite, nan
from pathlib import Path

from healthlint.calibration.fitting import Change
from healthlint.calibration.survey import Proposal, Rate, Survey
from healthlint.calibration.writing import rate_text
from healthlint.logs import Run
from healthlint.terminal.numbers import ordinal, plural
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import visible, wrapped


def survey_text(survey: Survey, style: Style) -> str:
    """Return the fitted rules with their rates, then those kept and those left out."""
    lines = [style.paint(_runs(survey), "bold"), ""]
    for proposal in survey.proposals:
        lines += [*_proposal(proposal, style), ""]
    lines += _kept(survey, style)
    lines += _without(survey, style)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _runs(survey: Survey) -> str:
    """Return how many runs there are and how long they are."""
    for unit in ("epochs", "steps"):
        ends = [_end(run, unit) for _, run in survey.runs]
        if all(isfinite(end) for end in ends):
            low, high = ordinal(min(ends)), ordinal(max(ends))
            length = low if low == high else f"{low}-{high}"
            return f"{plural(len(survey.runs), 'good run')}, {length} {unit}"
    return plural(len(survey.runs), "good run")


def _end(run: Run, unit: str) -> float:
    """Return where a run ends, NaN where it has no such position."""
    ends = [float(getattr(series, unit)[-1]) for series in run.series.values() if len(series)]
    return max((end for end in ends if isfinite(end)), default=nan)


def _proposal(proposal: Proposal, style: Style) -> Iterator[str]:
    rule = proposal.fitter.rule
    name = style.paint(rule.id, *SEVERITY_INKS[rule.severity])
    yield f"{name}   {visible(rule.summary)}"
    for change in proposal.fitted.changes:
        yield from _change(change, style)
    before = proposal.before
    if before.runs:
        yield f"    as it is: alarms on {before.alarms} of {plural(before.runs, 'judged run')}"
    else:
        reason = proposal.fitter.verdict(proposal.fitter.data, 0).reason
        yield from _remark(f"as it is: not judged ({reason})", style)
    if proposal.left_out is None:
        yield "    false alarms: one run says nothing of them; give more"
    else:
        yield f"    fitted without each run in turn: {rate_text(proposal.left_out)}"
    if not proposal.tests:
        words = "not written: it has no test from which a firing example could be made"
        yield f"    {style.paint(words, 'yellow')}"


def _change(change: Change, style: Style) -> Iterator[str]:
    arrow = style.glyph("→", "->")
    if isinstance(change.after, list):
        reached = [f"{milestone['below']:g} by {milestone['by']}" for milestone in change.after]
        yield from _remark(f"{change.label}: below {', '.join(reached)}", style)
    else:
        yield from _remark(f"{change.label}: {change.before} {arrow} {change.after}", style)


def _remark(words: str, style: Style) -> Iterator[str]:
    for line in wrapped(visible(words), style.width - 4):
        yield f"    {line}"


def _kept(survey: Survey, style: Style) -> Iterator[str]:
    """Yield the rules that fit as they are, by the number of runs that say so."""
    ordered = sorted(survey.kept, key=lambda entry: -entry[1].runs)
    for runs, group in groupby(ordered, key=lambda entry: entry[1].runs):
        names = ", ".join(rule for rule, _ in group)
        text = f"Quiet as they are ({rate_text(Rate(0, runs))}): {names}."
        yield from wrapped(text, style.width)


def _without(survey: Survey, style: Style) -> Iterator[str]:
    if survey.without:
        yield "Nothing proposed for:"
    for rule, reason in survey.without:
        yield from _remark(f"{rule}: {reason}", style)


def written_text(survey: Survey, targets: tuple[Path, Path] | None, style: Style) -> str:
    """Return where the pack went and how it is used, or how it is written."""
    if targets is None:
        return "\nNothing is written; -o mine.yaml writes these rules with their tests.\n"
    pack, tests = targets
    proved = [proposal.id for proposal in survey.proposals if proposal.tests]
    rules = ",".join(proved)
    lines = [
        "",
        f"Written: {pack} ({plural(len(proved), 'rule')}) and {tests}. Next:",
        f"  healthlint test {pack}",
        f"  healthlint check --rules {pack} --ignore {rules} LOG",
    ]
    shown = map(visible, lines)
    return "".join(f"{line if '  ' in line else style.paint(line, 'bold')}\n" for line in shown)
