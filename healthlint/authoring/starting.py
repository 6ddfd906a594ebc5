"""A first config and a first rule, from the metrics of a sample log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from healthlint.authoring.scaffold import Draft, draft, head, quoted, short_name
from healthlint.logs import Log
from healthlint.logs.families import find_family, quantities
from healthlint.logs.naming import Vocabulary

CONFIG = "healthlint.yaml"
PACK = "rules/own.yaml"
_NAME = "own"
_KIND = "rise"
_SETTINGS = """\
# Settings of healthlint for this folder and those below it; `healthlint config show` lists them.

# Packs beside those that ship: files and folders.
rules: [rules]
"""
_LOGS = """
# Logs that `healthlint check` judges where none is named: paths and patterns (runs/*/logs.jsonl).
logs: [{log}]
"""
_FACTS = """
# What the log does not say; rules that need a fact are not judged without it.
# facts:
"""
_NAMES = """
# What the log calls a metric that rules read (METRIC: NAME); these are guesses, take out what is
# wrong. Nobody reads: {unread}.
{names}"""
_EXAMPLES = {"utterances": 2200, "planned_epochs": 50}
_BEST = ("mel_loss", "total_loss", "*_loss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a first folder holds, not written yet.

    Attributes:
        config: Text of the config.
        rule: Id of the first rule.
        metrics: Canonical metrics of the sample log.
        lacking: Facts that it does not say and that rules would use.
        made: The pack and its tests.
    """

    config: str
    rule: str
    metrics: Sequence[str]
    lacking: Sequence[str]
    made: Draft


def start(log: Log | None = None) -> Start:
    """Return a config, a pack with one rule about the log's most telling metric, and its tests.

    The config names the log by its path, unless that is absolute or standard input.

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
    lacking = [name for name in _EXAMPLES if log and name not in facts]
    config = _config(log.path if log else "", lacking) + _names(log)
    return Start(config=config, rule=rule, metrics=metrics, lacking=lacking, made=made)


def _config(log: str, lacking: Sequence[str]) -> str:
    """Return the config: packs, the sample log, and facts to be filled in."""
    text = _SETTINGS
    if log not in ("", "-") and not Path(log).is_absolute():
        text += _LOGS.format(log=quoted(Path(log).as_posix()))
    if lacking:
        text += _FACTS + "".join(f"#   {name}: {_EXAMPLES[name]}\n" for name in lacking)
    return text


def _names(log: Log | None) -> str:
    """Return the names that nobody reads in a log, with the metrics that they probably mean."""
    run = log.runs[-1] if log else None
    known, series = quantities(), run.series.values() if run else ()
    words = Vocabulary(family=find_family(run.facts.get("trainer") if run else None))
    unread = [one.metric for one in series if one.metric not in known]
    unread = [name for name in dict.fromkeys(unread) if not words.name(name).is_known]
    if not unread:
        return ""
    likely = {name: words.likely(name) for name in unread}
    taken = {one.metric for one in series}
    kept = {metric: name for name, metric in likely.items() if metric and metric not in taken}
    rest = ", ".join(f"`{name}`" for name in unread if name not in kept.values()) or "nothing else"
    lines = [f"  {metric}: {quoted(name)}\n" for metric, name in kept.items()]
    block = "".join(["names:\n", *lines]) if lines else "# names:\n#   duration_loss: NAME\n"
    return _NAMES.format(unread=rest, names=block)


def _metrics(log: Log | None) -> list[str]:
    series = log.runs[-1].series.values() if log else ()
    return sorted({one.metric for one in series}) or ["mel_loss"]


def _telling(metrics: Sequence[str]) -> str:
    """Return the metric that says most of a run: its mel loss, its total, any loss, any other."""
    matching = (metric for pattern in _BEST for metric in metrics if fnmatchcase(metric, pattern))
    return next(matching, metrics[0])
