"""A first config and a first rule, from the metrics of a sample log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from healthlint.authoring.scaffold import Draft, draft, head, short_name
from healthlint.logs import Log

CONFIG = "healthlint.yaml"
PACK = "rules/own.yaml"
_NAME = "own"
_KIND = "rise"
_SETTINGS = """\
# Settings of healthlint for this folder and those below it.

# Packs beside those that ship: files and folders.
rules: [rules]
"""
_BEST = ("mel_loss", "total_loss", "*_loss")
_HELPFUL = ("utterances", "planned_epochs")


@dataclass(frozen=True, slots=True)
class Start:
    """What a first folder holds, not written yet.

    Attributes:
        texts: Text by path.
        rule: Id of the first rule.
        metrics: Canonical metrics of the sample log.
        lacking: Facts that it does not say and that rules would use.
        made: The pack and its tests.
    """

    texts: Mapping[str, str]
    rule: str
    metrics: Sequence[str]
    lacking: Sequence[str]
    made: Draft


def start(log: Log | None = None) -> Start:
    """Return a config, a pack with one rule about the log's most telling metric, and its tests.

    Args:
        log: A sample of the logs that will be judged, with at least one run; a log of mel loss
            where None.

    Raises:
        CannotWrite: No rule can be written about its metrics.
    """
    metrics = _metrics(log)
    metric = _telling(metrics)
    rule = f"{_NAME}/{short_name(metric).replace('_', '-')}-rises"
    made = draft(rule, _KIND, PACK, metric, head(_NAME, metrics))
    facts = log.runs[-1].facts if log else {}
    lacking = [name for name in _HELPFUL if log and name not in facts]
    return Start({CONFIG: _SETTINGS, **made.texts}, rule, metrics, lacking, made)


def _metrics(log: Log | None) -> list[str]:
    series = log.runs[-1].series.values() if log else ()
    return sorted({one.metric for one in series}) or ["mel_loss"]


def _telling(metrics: Sequence[str]) -> str:
    """Return the metric that says most of a run: its mel loss, its total, any loss, any other."""
    found = (one for pattern in _BEST for one in metrics if fnmatchcase(one, pattern))
    return next(found, metrics[0])
