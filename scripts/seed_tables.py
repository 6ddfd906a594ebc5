"""What the rules say of the real trainings in ``fixtures/seeds``, as a table."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import healthlint
from healthlint.readers import read
from healthlint.report import Finding
from healthlint.timeline.robust import best_so_far, trailing_median

SEEDS = Path(__file__).parent.parent / "fixtures" / "seeds"
CAUSES = {
    "over-smoothed": ("tts/over-smoothing", 7),
    "energy-stuck": ("tts/energy-stays tts/energy-lags-duration", 2),
    "misaligned": ("tts/duration-stuck", 1),
    "overfit": ("core/overfit", None),
    "nan": ("core/non-finite", 1),
    "inf": ("core/non-finite", 1),
    "lr-jump": ("core/lr-jump", 9),
    "high-lr": ("tts/no-learning", 1),
}
"""The rules that name each fault, and the epoch of the fault; None where the log tells it."""


class Judged(NamedTuple):
    """What was said of one log.

    Attributes:
        alarms: Rules that raised warning or error, in order of their first epoch.
        found: Epoch at which the rule of the cause fired first, None where it did not.
        fault: Epoch of the fault.
    """

    alarms: Sequence[str]
    found: float | None
    fault: float


def flat(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings and those folded under them."""
    for finding in findings:
        yield finding
        yield from flat(finding.folded)


def judged(path: Path) -> Judged:
    """Return what the default profile says of a log."""
    rules, fault = CAUSES.get(path.parent.name, ("", 0))
    (report,) = healthlint.check(path).logs
    said = sorted(flat(report.findings), key=lambda one: one.first.epoch or 0.0)
    loud = [one for one in said if one.severity != "info"]
    # a small overfit is a remark, and named by it
    found = next((one.first.epoch for one in said if one.rule in rules.split()), None)
    if fault is None:
        fault = turned(path)
    return Judged(list(dict.fromkeys(one.rule for one in loud)), found, fault)


def turned(path: Path) -> float:
    """Return the epoch of the best validation mel, by the median of three."""
    series = read(str(path), {}).runs[-1].timelines[-1].series["val/mel_loss"]
    _, at = best_so_far(trailing_median(series.values, 3))
    return float(series.epochs[at[-1]])


def seeds_table() -> str:
    """Return a row for each kind of run."""
    rows = [
        "| run | seeds | named by its cause | delay in epochs: median, worst | other alarms |",
        "|---|---|---|---|---|",
    ]
    for folder in sorted(SEEDS.iterdir(), key=lambda one: (one.name in CAUSES, one.name)):
        found = [judged(path) for path in sorted(folder.glob("*.jsonl.gz"))]
        rows.append(_row(folder.name, found))
    return "\n".join([*rows, ""])


def _row(name: str, found: Sequence[Judged]) -> str:
    rules = CAUSES.get(name, ("", 0))[0].split()
    delays = [one.found - one.fault for one in found if one.found is not None]
    others = sorted({alarm for one in found for alarm in one.alarms if alarm not in rules})
    listed = ", ".join(f"`{other}`" for other in others) or "none"
    if not rules:
        return f"| {name} | {len(found)} | nothing to name | - | {listed} |"
    delay = f"{statistics.median(delays):.0f}, {max(delays):.0f}" if delays else "-"
    named = ", ".join(f"`{rule}`" for rule in rules)
    return f"| {name} | {len(found)} | {len(delays)}, {named} | {delay} | {listed} |"
