"""From numbers to a verdict: against a reference set, against a run's own history, or alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from healthlint.spectrogram.score import LEAST_SECONDS, Sharpness

Name = Literal["sharp", "blurred", "static", "noisy", "silent", "cannot tell"]
Axis = Literal["time", "frequency", "both", ""]
Against = Literal["reference", "history", "alone"]

SPREADS = {
    "total_db": 0.55,
    "time_db": 0.30,
    "frequency_db": 0.45,
    "fast_db": 0.25,
    "detail_db": 0.55,
    "noise_db": 0.25,
    "static_db": 0.09,
}
"""Standard deviation of utterances of one speaker in one recording, in dB (28 groups)."""
_PRIOR_WEIGHT = 8
_BLURRED = 2.75
"""Standard deviations below the reference at which one recording in a hundred lies."""
_SHARP = 0.25
"""Standard deviations below it within which less than three blurred ones in a hundred lie."""
_GROUP_BLURRED, _GROUP_SHARP = 2.33, 1.0
_SEEN = 1.64
"""Standard deviations beyond a bound at which 19 of 20 pass it."""
_SHORT_DB, _SHORT_SECONDS = 0.3, 3.0
STATIC_DB, _STATIC_OVER_DB = 0.15, 0.45
"""Static above which the verdict is `static`: in dB, and over the reference where there is one."""
_NOISY_DB = -2.2
_NOISIER = 4.0
_ALONE_DB, _ALONE_SPREAD_DB = 2.0, 0.85
_ALONE_SURE = 4.0
_LEAST_REACH_HZ = 3500.0
_REACH_HZ, _REACH_RATIO = 7500.0, 1.25
"""Where detail is no longer looked at, and how much earlier than another sound may end."""
_TIME_OF_DETAIL, _FREQUENCY_OF_TIME = 0.20, 0.53
_AXIS_SURE = 2.33
_FALL_IN_TIME, _FALL_IN_STATIC, _FALL_IN_FREQUENCY = 1.65, 0.49, 3.2
"""What Gaussian blur of one frame takes from `fast_db` and `static_db`, of one band from
`frequency_db`."""
_MINOR = 0.28
"""Share of the stronger blur below which the weaker is taken for its trace."""
_OF_BLUR = ("sharp", "blurred", "cannot tell")
_FEWEST_OF_A_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a reference set, or the best of a run's own past, looks like.

    Attributes:
        middles: Median of each number.
        spreads: Standard deviation of each number, drawn towards that of other speakers.
        count: How many spectrograms it is made of.
        against: What it is.
        bands: How many bands they have; 0 where unknown.
        reach_hz: Where they end; 0 where unknown.
        scale: The scale in which arrays were read; empty for sound, or where unknown.
    """

    middles: dict[str, float]
    spreads: dict[str, float]
    count: int
    against: Against = "reference"
    bands: int = 0
    reach_hz: float = 0.0
    scale: str = ""

    @property
    def bound_db(self) -> float:
        """Return how far below it one spectrogram of some seconds is called blurred."""
        return _BLURRED * self._spread_of_one

    @property
    def seen_db(self) -> float:
        """Return the fall of one spectrogram that is called blurred in 19 of 20."""
        return (_BLURRED + _SEEN) * self._spread_of_one

    @property
    def _spread_of_one(self) -> float:
        return self.spreads["total_db"] * float(np.sqrt(1 + 1.5 / self.count))


@dataclass(frozen=True, slots=True, kw_only=True)
class BlurVerdict:
    """What can be said of one spectrogram.

    Attributes:
        name: The verdict.
        axis: Where detail is lost, empty where it is not blurred or the axis is unclear.
        against: What it was compared with.
        deficit_db: Total below the reference, NaN without one.
        uncertainty_db: One standard deviation of that, or of the total where there is none.
        reason: Why, in a few words.
    """

    name: Name
    axis: Axis = ""
    against: Against
    deficit_db: float = float("nan")
    uncertainty_db: float = float("nan")
    reason: str

    def __str__(self) -> str:
        """Return the verdict with its axis."""
        return f"{self.name} ({self.axis})" if self.axis else self.name


def baseline(given: Sequence[Sharpness], against: Against = "reference") -> Baseline | None:
    """Return what some spectrograms look like, None where none of them has numbers.

    Of spectrograms with different numbers of bands those with the most usual one count.
    """
    usable = [sharpness for sharpness in given if np.isfinite(sharpness.total_db)]
    if not usable:
        return None
    bands = Counter(len(sharpness.by_band) for sharpness in usable).most_common(1)[0][0]
    usable = [sharpness for sharpness in usable if len(sharpness.by_band) == bands]
    middles, spreads = {}, {}
    for name, prior in SPREADS.items():
        values = np.array([getattr(sharpness, name) for sharpness in usable])
        values = values[np.isfinite(values)]
        middle = float(np.median(values)) if len(values) else float("nan")
        squares = float(np.sum((values - middle) ** 2))
        weight = _PRIOR_WEIGHT + max(0, len(values) - 1)
        middles[name] = middle
        spreads[name] = float(np.sqrt((_PRIOR_WEIGHT * prior**2 + squares) / weight))
    reach = float(np.median([sharpness.reach_hz for sharpness in usable]))
    return Baseline(
        middles=middles,
        spreads=spreads,
        count=len(usable),
        against=against,
        bands=bands,
        reach_hz=reach,
    )


def judge(
    sharpness: Sharpness, known: Baseline | None = None, *, is_guess: bool = False
) -> BlurVerdict:
    """Return what can be said of one spectrogram.

    Static, noise and silence are told without a reference; blur alone only where it is beyond what
    recording and voice explain.

    Args:
        sharpness: Its numbers.
        known: What it is compared with, None for nothing.
        is_guess: Whether its scale was recognised, not declared: nothing is said of it alone then
            but that it is silent.
    """
    verdict = _judged(sharpness, known)
    if is_guess and verdict.against == "alone" and verdict.name in ("blurred", "static", "noisy"):
        reason = f"{verdict.reason}, if it is what it was taken for: declare --scale"
        return replace(verdict, name="cannot tell", reason=reason)
    return verdict


def _judged(sharpness: Sharpness, known: Baseline | None) -> BlurVerdict:
    if known is None:
        return _odd(sharpness, None) or _alone(sharpness)
    if unlike := _unlike(sharpness, known):
        reason = f"{unlike}: not comparable"
        told = BlurVerdict(name="cannot tell", against=known.against, reason=reason)
        return _odd(sharpness, None) or told
    return _odd(sharpness, known) or _compared(sharpness, known)


def _unlike(sharpness: Sharpness, known: Baseline) -> str:
    """Return why a spectrogram is none of the reference's kind, empty where it is."""
    bands = len(sharpness.by_band)
    if 0 < bands != known.bands > 0:
        return f"{bands} bands, but the {known.against} has {known.bands}"
    own, theirs = min(sharpness.reach_hz, _REACH_HZ), min(known.reach_hz, _REACH_HZ)
    if min(own, theirs) > 0 and max(own, theirs) > _REACH_RATIO * min(own, theirs):
        reach, usual = sharpness.reach_hz / 1000, known.reach_hz / 1000
        return f"it ends at {reach:.1f} kHz, the {known.against} at {usual:.1f}"
    return ""


def _odd(sharpness: Sharpness, known: Baseline | None) -> BlurVerdict | None:
    """Return the verdicts that need no blur: silent, static, noisy, too short."""
    told = partial(BlurVerdict, against="alone" if known is None else known.against)
    if sharpness.is_silent:
        return told(name="silent", reason="nothing stands out of its own floor")
    if not np.isfinite(sharpness.total_db):
        return told(name="cannot tell", reason=_unmeasured(sharpness))
    if sharpness.static_db > _static_bound(known):
        size = f"static {sharpness.static_db:+.2f} dB"
        return told(name="static", reason=f"{size}: neighbouring frames differ as no sound's can")
    if noisy := _noisy(sharpness, known):
        return replace(_open(sharpness, known), name="noisy", reason=noisy)
    if sharpness.seconds < LEAST_SECONDS:
        reason = f"only {sharpness.seconds:.2f} s of it are loud enough"
        return replace(_open(sharpness, known), reason=reason)
    return None


def _open(sharpness: Sharpness, known: Baseline | None) -> BlurVerdict:
    """Return how far it is below what it is compared with, before anything is said of that."""
    return BlurVerdict(
        name="cannot tell",
        against="alone" if known is None else known.against,
        deficit_db=np.nan if known is None else known.middles["total_db"] - sharpness.total_db,
        uncertainty_db=_spread(sharpness, known, "total_db") if known else _ALONE_SPREAD_DB,
        reason="",
    )


def _static_bound(known: Baseline | None) -> float:
    if known is None or known.against != "reference" or np.isnan(known.middles["static_db"]):
        return STATIC_DB
    return max(STATIC_DB, known.middles["static_db"] + _STATIC_OVER_DB)


def _unmeasured(sharpness: Sharpness) -> str:
    if 0 < sharpness.reach_hz < _LEAST_REACH_HZ:
        return f"it ends at {sharpness.reach_hz / 1000:.1f} kHz: blur is seen from 3 kHz on"
    return "too few cells stand out"


def _noisy(sharpness: Sharpness, known: Baseline | None) -> str:
    """Return why it is noise, empty where it is not."""
    if sharpness.noise_db > _NOISY_DB:
        return f"noise {sharpness.noise_db:+.1f} dB: changes like noise, not like speech"
    if known is None or known.against != "reference":
        return ""
    above = sharpness.noise_db - known.middles["noise_db"]
    if above > _NOISIER * _spread(sharpness, known, "noise_db"):
        return f"noise {above:.1f} dB over the reference"
    return ""


def _compared(sharpness: Sharpness, known: Baseline) -> BlurVerdict:
    verdict = _open(sharpness, known)
    deficit, unsure = verdict.deficit_db, verdict.uncertainty_db
    if deficit > _BLURRED * unsure:
        reason = f"{deficit:.1f} dB below the {known.against}"
        return replace(verdict, name="blurred", axis=_axis(sharpness, known), reason=reason)
    if known.against == "history":
        reason = "no fall below its own past; whether that was sharp is not known"
        return replace(verdict, reason=reason)
    if deficit > _SHARP * unsure:
        reason = f"{deficit:.1f} dB below the reference, within what utterances differ"
        return replace(verdict, reason=reason)
    return replace(verdict, name="sharp", reason="as sharp as the reference")


def _alone(sharpness: Sharpness) -> BlurVerdict:
    if sharpness.total_db < _ALONE_DB - _ALONE_SURE * _ALONE_SPREAD_DB:
        total = f"total {sharpness.total_db:+.1f} dB"
        reason = f"{total}: below any recording seen; the axis needs a reference"
        return replace(_open(sharpness, None), name="blurred", reason=reason)
    reason = "no reference: voice and recording move the score as much as mild blur does"
    return replace(_open(sharpness, None), reason=reason)


def _axis(sharpness: Sharpness, known: Baseline) -> Axis:
    """Return on which axis detail is lost.

    Blur in frequency lowers fast change a little and blur in time fine detail; both are taken off
    (0.20 dB a dB of detail, 0.53 dB a dB of fast change; measured on blur of known width). Blur
    in time lowers ``static_db`` as well, blur in frequency does not.
    """
    fell = {name: getattr(sharpness, name) - middle for name, middle in known.middles.items()}
    time = fell["fast_db"] - _TIME_OF_DETAIL * min(0.0, fell["detail_db"])
    frequency = fell["frequency_db"] - _FREQUENCY_OF_TIME * min(0.0, time)
    is_time = -time > _AXIS_SURE * _spread(sharpness, known, "fast_db")
    is_time |= -fell["static_db"] > _AXIS_SURE * _spread(sharpness, known, "static_db")
    is_frequency = -frequency > _AXIS_SURE * _spread(sharpness, known, "frequency_db")
    in_time = max(-time / _FALL_IN_TIME, -fell["static_db"] / _FALL_IN_STATIC)
    in_frequency = -frequency / _FALL_IN_FREQUENCY
    is_even = min(in_time, in_frequency) > _MINOR * max(in_time, in_frequency)
    if is_time and is_frequency and is_even:
        return "both"
    if is_time or is_frequency:
        return "time" if not is_frequency or (is_time and in_time > in_frequency) else "frequency"
    return ""


def share(deficit_db: float) -> float:
    """Return a deficit as the share of the reference's detail that is there, 0 to 1.

    >>> share(6.0206), share(-1.0), share(float("nan"))
    (0.5, 1.0, nan)
    """
    if np.isnan(deficit_db):
        return float("nan")
    return float(round(min(1.0, 10.0 ** (-deficit_db / 20.0)), 4))


def _spread(sharpness: Sharpness, known: Baseline, name: str) -> float:
    own = known.spreads[name]
    short = _SHORT_DB * SPREADS[name] / SPREADS["total_db"]
    ratio = _SHORT_SECONDS / max(sharpness.seconds, 0.1)
    return float(np.sqrt(own**2 * (1 + 1.5 / known.count) + short**2 * max(0.0, ratio - 1.0)))


@dataclass(frozen=True, slots=True)
class Together:
    """What can be said of many spectrograms at once: far surer than what is said of any of them.

    Attributes:
        name: ``blurred``, ``sharp`` or ``cannot tell``.
        count: How many spectrograms.
        deficit_db: Mean total below the reference.
        uncertainty_db: One standard deviation of that.
    """

    name: Name
    count: int
    deficit_db: float
    uncertainty_db: float

    @property
    def is_blurred(self) -> bool:
        """Return whether the mean is below the reference beyond chance (one in a hundred)."""
        return self.name == "blurred"

    @property
    def seen_db(self) -> float:
        """Return the mean fall that is called blurred in 19 of 20."""
        return (_GROUP_BLURRED + _SEEN) * self.uncertainty_db


def together(verdicts: Sequence[BlurVerdict], known: Baseline | None) -> Together | None:
    """Return what can be said of spectrograms as a group, None for fewer than four.

    Static, noise and silence are no blur and do not count; nor is anything said without a
    reference.
    """
    deficits = np.array(
        [verdict.deficit_db for verdict in verdicts if verdict.name in _OF_BLUR], float
    )
    deficits = deficits[np.isfinite(deficits)]
    if known is None or len(deficits) < _FEWEST_OF_A_GROUP:
        return None
    spread = known.spreads["total_db"] * float(np.sqrt(1 / len(deficits) + 1.5 / known.count))
    mean = float(deficits.mean())
    name: Name = "cannot tell"
    if mean > _GROUP_BLURRED * spread:
        name = "blurred"
    elif mean < _GROUP_SHARP * spread:
        name = "sharp"
    return Together(name, len(deficits), mean, spread)
