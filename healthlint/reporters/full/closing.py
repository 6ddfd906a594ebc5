"""What stands below the findings: problems, counts, what came to nothing and why, notices."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.logs import Problem
from healthlint.report import LogReport, Report
from healthlint.reporters._counts import NAMES, Reasons, findings, reasons, rules
from healthlint.reporters._notices import config, notices, suppressed
from healthlint.reporters.full.hanging import hanging, labelled
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, left, wrapped
from healthlint.terminal.words import answers, spot

_HEADS = {"unreadable": ("error", "red"), "nothing": ("no verdict", "yellow")}


def problems(log: LogReport, style: Style) -> Iterator[str]:
    """Yield the problems of a log in the order in which they were met."""
    for problem in log.problems:
        yield from _problem(problem, log.path, style)


def _problem(problem: Problem, path: str, style: Style) -> Iterator[str]:
    head, ink = _HEADS.get(problem.kind, ("problem", "yellow"))
    more = f" (and {problem.count - 1:,} more like it)" if problem.count > 1 else ""
    words = f"{spot(path, problem.line, problem.column)}: {problem.message}{more}"
    painted = f"{style.paint(head, 'bold', ink)}{style.paint(':', 'bold')} "
    yield from hanging(painted, columns(head) + 2, words, style.width)
    for line in wrapped(problem.hint or "", style.width - 11):
        yield f"{style.paint('   =', 'blue')} {style.paint('help:', 'bold')} {line}"


def closing(log: LogReport, style: Style) -> Iterator[str]:
    """Yield what kept the log from a verdict, the counts, and the unjudged rules by reason."""
    if log.no_verdict and not any(problem.message == log.no_verdict for problem in log.problems):
        yield from labelled("no verdict", log.no_verdict, style)
    for rule, reason in sorted((log.required or {}).items()):
        yield from labelled("required", f"{rule}: {reason}", style)
    if log.run is not None:
        yield from _counts(log, style)


def _counts(log: LogReport, style: Style) -> Iterator[str]:
    """Yield the counts in one line, with the reasons in it where they are few and short."""
    why = reasons(log.verdicts)
    judged = log.findings or not log.no_verdict
    plain = f"{findings(log.findings, Style())}. " if judged else ""
    ink = style if log.findings or log.answer.is_green else Style()
    head = f"{findings(log.findings, ink)}. " if judged else ""
    inline = f"{rules(log.verdicts, why)}."
    if style.detail < 2 and "error" not in why:
        yield from _short(head, plain, f"{rules(log.verdicts, {})}.", bool(why), style)
        return
    if _is_few(why) and columns(plain + inline) <= style.width:
        yield head + inline
        return
    counts = f"{rules(log.verdicts, {})}."
    if columns(plain + counts) > style.width and plain:
        yield head.rstrip()
        head = ""
    first, *rest = wrapped(counts, style.width - columns(plain if head else ""))
    yield head + first
    yield from (f"  {line}" for line in rest)
    yield from _listed(why, style)


def _short(head: str, plain: str, counts: str, has_more: bool, style: Style) -> Iterator[str]:
    """Yield the counts alone, and how to see what was not judged and why."""
    counts += " -v says why." if has_more and style.detail else ""
    if columns(plain + counts) <= style.width:
        yield head + counts
        return
    yield from [head.rstrip()] if head else []
    yield from wrapped(counts, style.width)


def _is_few(why: Reasons) -> bool:
    """Return whether the reasons may stand in the counts: one a state, and nothing broken."""
    return "error" not in why and all(len(each) == 1 for each in why.values())


def _listed(why: Reasons, style: Style) -> Iterator[str]:
    """Yield one entry a state and reason: the reason, and the rules it holds for."""
    wide = max((len(NAMES[state]) for state in why), default=0)
    for state, by_reason in why.items():
        label = NAMES[state]
        for reason, ids in by_reason.items():
            for line in wrapped(f"{reason}: {', '.join(ids)}", style.width - wide - 4):
                yield style.paint(f"  {left(label, wide)}  {line}", "dim")
                label = ""


def total(report: Report, style: Style) -> str:
    """Return how many logs came to which answer, worst first."""
    every = [each for log in report.logs for each in log.findings]
    line = f"{plural(len(report.logs), 'log')}: {answers(report.logs)}. "
    return "\n".join(wrapped(f"{line}{findings(every, Style())}.", style.width))


def suppressions(log: LogReport, style: Style) -> Iterator[str]:
    """Yield how many findings of a log are suppressed, and why."""
    findings = suppressed(log)
    if not findings:
        return
    listed = ", ".join(
        dict.fromkeys(f"{finding.rule} ({finding.suppressed})" for finding in findings)
    )
    yield from hanging("", 2, f"{len(findings)} suppressed: {listed}", style.width)


def ending(report: Report, style: Style) -> str:
    """Return the notices of a report, and the config that was read."""
    lines = [
        line
        for place, words in notices(report)
        for line in labelled("notice", f"{place}: {words}", style)
    ]
    if words := config(report):
        lines += [style.paint(line, "dim") for line in wrapped(f"config: {words}", style.width)]
    return "\n".join(lines)
