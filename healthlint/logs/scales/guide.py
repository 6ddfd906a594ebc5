"""Whether the guide's bounds hold for a series, hold once converted, or say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from healthlint.logs.families import Standing
from healthlint.logs.model import Series
from healthlint.logs.scales.conversion import Conversion, NotConvertible, conversion
from healthlint.logs.scales.declaration import Scale, kind_in_words
from healthlint.logs.scales.evidence import contradiction
from healthlint.logs.scales.presets import GUIDE, find_preset
from healthlint.logs.scales.resolution import Resolved, resolve, trainer_hint

_MELS = ("val/mel_loss", "train/mel_loss", "mel_loss")
SAME = 0.01
"""Largest relative difference of two scales that count as one."""


class ScaleCheck(NamedTuple):
    """Whether the guide's bounds hold for a series.

    Attributes:
        holds: True where absolute bounds may be used as they stand.
        scale: Its scale.
        conversion: What the guide's bounds are multiplied by to be shown, None where they say
            nothing on this scale; 1 where they hold.
        reason: Why absolute bounds are not judged, empty where they are.
        assumed: What of the scale nothing told (``guide scale``, ``L1``), empty where all is known.
        hint: What to do about what is assumed, empty where nothing.
    """

    holds: bool
    scale: Scale
    conversion: Conversion | None
    reason: str = ""
    assumed: str = ""
    hint: str = ""


def check_guide(
    series: Series, facts: Mapping[str, object], siblings: Sequence[Series] = ()
) -> ScaleCheck:
    """Return whether the guide's bounds hold for a series.

    Args:
        series: The series.
        facts: Facts of its run.
        siblings: Series of the same metric in other splits; where they are on the same scale, what
            their values say counts too.
    """
    resolved = resolve(series, facts)
    guide = GUIDE.get(series.metric)
    if guide is None:
        return ScaleCheck(holds=True, scale=resolved.scale, conversion=Conversion(1.0))
    refused = ScaleCheck(holds=False, scale=resolved.scale, conversion=None)
    if resolved.mistakes:
        return refused._replace(reason=resolved.mistakes[0])
    if resolved.trainer and resolved.source != "declared" and _is_foreign(facts):
        reason = f"its bounds are the guide's, and this is a log of {resolved.trainer}"
        return refused._replace(reason=reason)
    same = [sibling for sibling in siblings if resolve(sibling, facts).scale == resolved.scale]
    for one in (series, *same):
        if said := contradiction(one, resolved.scale, is_assumed=bool(resolved.assumed)):
            return refused._replace(reason=f"{said}; {_declare(series, resolved)}")
    hint = trainer_hint(facts) if resolved.assumed else ""
    assumed = refused._replace(assumed=_assumed(resolved), hint=hint)
    told = f"{series.metric} is {resolved.scale} ({_source(resolved)})"
    return _compared(assumed, guide, told)


def standing(facts: Mapping[str, object], series: Mapping[str, Series]) -> Standing:
    """Return what the guide's phases, budget and sounds are worth in a run.

    The guide's own trainer has its standing whatever it multiplies a loss by. Of any other, its mel
    loss decides: as assumed, declared, or contradicted.

    Args:
        facts: Facts of the run.
        series: Its series by key.
    """
    preset = find_preset(facts.get("trainer"))
    mels = [series[key] for key in _MELS if key in series]
    if not mels or (preset is not None and preset.standing == "guide"):
        return preset.standing if preset else "none"
    check = check_guide(mels[0], facts, mels[1:])
    if check.holds:
        return "guide"
    return "converted" if check.conversion else "none"


def _is_foreign(facts: Mapping[str, object]) -> bool:
    preset = find_preset(facts.get("trainer"))
    return preset is not None and preset.standing == "none"


def _declare(series: Series, resolved: Resolved) -> str:
    if resolved.assumed:
        return f"declare its scale (`--fact metrics.{series.metric}.space=...`)"
    return f"its scale cannot be that ({_source(resolved)})"


def _compared(check: ScaleCheck, guide: Scale, told: str) -> ScaleCheck:
    try:
        converted = conversion(guide, check.scale)
    except NotConvertible as error:
        return check._replace(reason=f"its bounds are for {guide}, {told}: {error}")
    if abs(converted.factor - 1) <= SAME:
        return check._replace(holds=True, conversion=Conversion(1.0))
    reason = (
        f"its bounds are the guide's, for {guide}; {told}: shown as standing with converted bounds"
    )
    return check._replace(conversion=converted, reason=reason)


def _assumed(resolved: Resolved) -> str:
    """Return what was taken from the guide, in words."""
    if resolved.assumed == ("kind",):
        return kind_in_words(resolved.scale.kind)
    if resolved.assumed == ("space",):
        return str(resolved.scale.space)
    return "guide scale" if resolved.assumed else ""


def _source(resolved: Resolved) -> str:
    """Return where the scale comes from, in words."""
    if resolved.source == "assumed" and resolved.trainer:
        return f"{resolved.trainer} leaves it open; declare it"
    return {
        "declared": "as declared",
        "trainer": f"as {resolved.trainer} logs it",
        "name": "by its name",
        "assumed": "as assumed",
    }[resolved.source]
