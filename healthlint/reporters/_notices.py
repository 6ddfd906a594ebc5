"""What a report says about its config and baseline: expired, unused, fixed, and read at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.report import Finding, Gone, LogReport, Report, SuppressionUse, unfolded
from healthlint.terminal.numbers import plural
from healthlint.terminal.words import SPLITS


def suppressed(log: LogReport) -> list[Finding]:
    """Return the suppressed findings of a log, with those folded under others."""
    return [finding for finding in unfolded(log.findings) if finding.suppressed]


def notices(report: Report) -> Iterator[tuple[str, str]]:
    """Yield place and words of each notice."""
    for use in report.suppressions:
        if words := _suppression(use):
            yield use.origin, words
    for entry in report.gone:
        if entry.state == "fixed":
            where = f" on {SPLITS[entry.split]}" if entry.split in SPLITS else ""
            yield report.baseline, f"fixed: {entry.rule}{where} is not found any more"
    if unseen := [entry for entry in report.gone if entry.state == "not_judged"]:
        yield report.baseline, _unseen(unseen)


def _suppression(use: SuppressionUse) -> str:
    """Return what is to be said of a suppression, empty where it is in use or was not tried."""
    limits = "".join(
        f" ({name} {value})" for name, value in (("log", use.log), ("metric", use.metric)) if value
    )
    what = f"suppression of {use.rule}{limits}"
    if use.state == "expired":
        again = "count again" if use.findings > 1 else "counts again"
        now = f"{plural(use.findings, 'finding')} {again}" if use.findings else "nothing needs it"
        return f"expired: {what} ended on {use.until}; {now}"
    return f"unused: {what} matches no finding" if use.state == "unused" else ""


def _unseen(entries: Sequence[Gone]) -> str:
    rules = ", ".join(dict.fromkeys(entry.rule for entry in entries))
    return f"{plural(len(entries), 'known finding')} could not be looked for: {rules}"


def config(report: Report) -> str:
    """Return which config was read and what it set, empty where there is none."""
    if not report.config:
        return ""
    keys = [setting.key for setting in report.settings if setting.origin != "command line"]
    return f"{report.config} ({', '.join(keys)})" if keys else report.config
