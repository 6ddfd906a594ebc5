"""A baseline: the findings that are known, by fingerprint.

A fingerprint is made of rule, metrics and split, so a baseline outlives the run it was written
from: the same trouble in the next training is still known. What it does not hold is new; what is
worse than it says is reported as such; what it holds and no finding has is fixed, where its rule
was judged. Known findings are marked and never dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from healthlint.files.limits import small_file
from healthlint.logs.nearest import did_you_mean
from healthlint.report import (
    SEVERITIES,
    Finding,
    Gone,
    GoneState,
    LogReport,
    Report,
    Severity,
    Since,
    unfolded,
)

SCHEMA = "healthlint.baseline/1"
MAX_BYTES = 16 << 20
"""Largest baseline, in bytes."""
_TEXTS = ("fingerprint", "rule", "severity", "split", "summary")


class BaselineError(ValueError):
    """A baseline that cannot be read; the message begins with its place."""


class Entry(NamedTuple):
    """One known finding.

    Attributes:
        fingerprint: Its fingerprint.
        rule: Its rule.
        severity: The highest severity it was seen with.
        split: Split that was judged, empty where the log does not say.
        metrics: Series that it was found on, sorted.
        summary: What the rule is about, for people who read the file.
    """

    fingerprint: str
    rule: str
    severity: Severity
    split: str
    metrics: tuple[str, ...]
    summary: str


Baseline = Mapping[str, Entry]


def load(path: str) -> Baseline:
    """Return the entries of a baseline by fingerprint.

    Raises:
        BaselineError: It cannot be read, or is none.
    """
    try:
        data = json.loads(small_file(path, MAX_BYTES).decode("utf-8-sig"))
    except FileNotFoundError as error:
        hint = "no such baseline; write it with --write-baseline"
        raise BaselineError(f"{path}: {hint} {path}") from error
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise BaselineError(f"{place}: not valid JSON: {error.msg}") from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BaselineError(f"{path}: cannot be read: {reason}") from error
    return {entry.fingerprint: entry for entry in _entries(path, data)}


def _entries(path: str, data: object) -> Iterator[Entry]:
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise BaselineError(f"{path}: not a baseline: `schema` is not `{SCHEMA}`")
    _refuse_unknown(path, "the baseline", data, ("schema", "findings"))
    findings = data.get("findings")
    if not isinstance(findings, list):
        raise BaselineError(f"{path}: `findings` is not a list")
    for number, item in enumerate(findings, 1):
        yield _entry(path, f"finding {number}", item)


def _entry(path: str, which: str, item: object) -> Entry:
    if not isinstance(item, dict):
        raise BaselineError(f"{path}: {which} is not an object")
    _refuse_unknown(path, which, item, Entry._fields)
    for name in _TEXTS:
        if not isinstance(item.get(name), str):
            raise BaselineError(f"{path}: {which}: `{name}` is missing or no text")
    if item["severity"] not in SEVERITIES:
        listed = ", ".join(SEVERITIES)
        raise BaselineError(f"{path}: {which}: `{item['severity']}` is not one of {listed}")
    metrics = item.get("metrics")
    if not isinstance(metrics, list) or not all(isinstance(metric, str) for metric in metrics):
        raise BaselineError(f"{path}: {which}: `metrics` is no list of texts")
    return Entry(**{**item, "metrics": tuple(metrics)})


def _refuse_unknown(
    path: str, which: str, item: Mapping[str, object], known: Sequence[str]
) -> None:
    for name in item:
        if name not in known:
            hint = did_you_mean(name, known, lead="; ")
            raise BaselineError(f"{path}: {which}: unknown field `{name}`{hint}")


def compare(report: Report, baseline: Baseline, path: str) -> Report:
    """Return the report with every finding marked as known, new or worse.

    Args:
        report: The report.
        baseline: What is known.
        path: Where the baseline is, as the report shall name it.
    """
    logs = [
        replace(log, findings=[_marked(each, baseline) for each in log.findings])
        for log in report.logs
    ]
    present = {each.fingerprint for each in standing(logs)}
    gone = [
        Gone(
            fingerprint=entry.fingerprint,
            rule=entry.rule,
            severity=entry.severity,
            split=entry.split,
            metrics=entry.metrics,
            state=_state(entry, logs),
        )
        for entry in sorted(baseline.values(), key=_order)
        if entry.fingerprint not in present
    ]
    return replace(report, logs=logs, baseline=path, gone=gone)


def _marked(finding: Finding, baseline: Baseline) -> Finding:
    folded = [_marked(each, baseline) for each in finding.folded]
    return replace(finding, folded=folded, baseline=_since(finding, baseline))


def _since(finding: Finding, baseline: Baseline) -> Since:
    entry = baseline.get(finding.fingerprint)
    if entry is None:
        return "new"
    return "worse" if _is_worse(finding, entry) else "known"


def _is_worse(finding: Finding, entry: Entry) -> bool:
    return SEVERITIES.index(finding.severity) < SEVERITIES.index(entry.severity)


def _state(entry: Entry, logs: Sequence[LogReport]) -> GoneState:
    """Return whether an entry is fixed: its rule was judged, on its split, on every log."""
    judged = [
        any(
            verdict.rule == entry.rule
            and verdict.split == entry.split
            and verdict.state in ("fail", "pass")
            for verdict in log.verdicts
        )
        for log in logs
    ]
    return "fixed" if judged and all(judged) else "not_judged"


def standing(logs: Iterable[LogReport]) -> Iterator[Finding]:
    """Yield the findings of logs, with those folded under others, without superseded ones."""
    for log in logs:
        yield from (finding for finding in unfolded(log.findings) if not finding.superseded)


def recorded(report: Report, before: Baseline) -> Baseline:
    """Return the baseline that makes every finding of a report known.

    Suppressed findings are left out: they are accepted already. What was known and is not fixed is
    kept: what was not looked at may still be there.

    Args:
        report: The report.
        before: The baseline that is replaced.
    """
    kept = compare(report, before, "").gone
    entries = {gone.fingerprint: before[gone.fingerprint] for gone in kept if gone.state != "fixed"}
    for finding in standing(report.logs):
        known = entries.get(finding.fingerprint)
        if not finding.suppressed and (known is None or _is_worse(finding, known)):
            entries[finding.fingerprint] = _recorded(finding)
    return entries


def _recorded(finding: Finding) -> Entry:
    return Entry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        severity=finding.severity,
        split=finding.split,
        metrics=tuple(sorted({evidence.series for evidence in finding.evidence})),
        summary=finding.summary,
    )


def text(baseline: Baseline) -> str:
    """Return the text of a baseline: sorted, so that equal findings give equal bytes."""
    findings = [entry._asdict() for entry in sorted(baseline.values(), key=_order)]
    data = {"schema": SCHEMA, "findings": findings}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _order(entry: Entry) -> tuple[str, str, str]:
    return entry.rule, entry.split, entry.fingerprint
