"""Settings whose distribution differs between failed and healthy runs: never "because".

Each setting is tested by an exact test: a value against all others by Fisher's, where a setting has
few values; ranks by a permutation test, where it has many numbers. All tests of a fleet, of every
cause, are corrected together by Holm's procedure, so the chance to name anything where nothing
differs is at most ``ALPHA``. Settings that divide the runs alike are one setting with two names.

The runs of one cause must differ from the healthy ones and from all others: a setting that makes
runs fail otherwise is rare among the healthy ones, and common among the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from healthlint.fleet.exact import fisher, holm, rank_permutation, ranks
from healthlint.fleet.row import Row, Value, is_number

ALPHA = 0.05
"""Chance to name a setting where none makes a difference."""
FEWEST = 5
"""Runs on each side, and runs with a value, from which on they are compared."""
MOST_CAUSES = 6
"""Causes that are compared with the healthy runs each by itself, the most frequent ones."""
MOST_VALUES = 8
"""Values of a setting that are tested one by one; of more numbers their ranks are."""
PER_TEST = 40
"""Permutations for each test, so that the smallest chance is well below what Holm asks for."""
LEAST_DRAWS, MOST_DRAWS = 9_999, 99_999

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that is distributed otherwise among failed runs than among healthy ones.

    Attributes:
        cause: The rule that the failed runs have in common, empty for all failed runs.
        setting: Its name.
        also: Other names that divide the runs alike.
        value: The value that failed runs have more often; None where the ranks of numbers differ.
        failed_with: Failed runs with this value.
        failed: Failed runs of which the setting is known.
        healthy_with: Healthy runs with this value.
        healthy: Healthy runs of which the setting is known.
        p: Chance of as much or more where nothing differs; corrected for all tests.
        medians: Median among failed and among healthy runs, None where a value is named.
        larger: Chance that a failed run has the larger number, drawn together with a healthy one;
            None where a value is named.
    """

    cause: str
    setting: str
    also: Sequence[str]
    value: Value = None
    failed_with: int = 0
    failed: int
    healthy_with: int = 0
    healthy: int
    p: float
    medians: tuple[float, float] | None = None
    larger: float | None = None

    @property
    def effect(self) -> float:
        """Return how large the difference is: of two shares, or of a chance from one half."""
        if self.larger is not None:
            return 2 * abs(self.larger - 0.5)
        return self.failed_with / self.failed - self.healthy_with / self.healthy


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was compared.

    Attributes:
        differences: What differs, the least likely first, then by effect.
        failed: How many runs failed.
        healthy: How many did not.
        settings: Settings that vary, names of one counted once.
        tests: How many tests were made.
    """

    differences: Sequence[Difference] = ()
    failed: int
    healthy: int
    settings: int = 0
    tests: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """One setting of the runs that are compared.

    Attributes:
        name: Its name.
        also: Other names that divide the runs alike.
        values: The values that it has.
        codes: Which of them each run has, -1 where a run lacks it, shape ``(runs,)``.
    """

    name: str
    also: Sequence[str]
    values: Sequence[Value]
    codes: NDArray[np.int64]

    @property
    def is_ranked(self) -> bool:
        """Return whether its ranks are tested: many numbers, and nothing else."""
        return len(self.values) > MOST_VALUES and all(map(is_number, self.values))


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Which runs are compared: those that failed by one cause, and the healthy ones."""

    cause: str
    failed: Bools
    healthy: Bools


def compare(failed: Mapping[str, Sequence[Row]], healthy: Sequence[Row]) -> Compared:
    """Return which settings differ between failed runs and healthy ones.

    Args:
        failed: The failed runs by their cause.
        healthy: The healthy runs.
    """
    rows = [*(row for rows in failed.values() for row in rows), *healthy]
    sick = len(rows) - len(healthy)
    if min(sick, len(healthy)) < FEWEST:
        return Compared(failed=sick, healthy=len(healthy))
    settings, groups = list(_settings(rows)), list(_groups(failed, len(healthy)))
    pairs = [(sides, setting) for sides in groups for setting in settings]
    ranked = [pair for pair in pairs if pair[1].is_ranked]
    tests = [test for pair in pairs if not pair[1].is_ranked for test in _by_value(*pair)]
    draws = min(MOST_DRAWS, max(LEAST_DRAWS, PER_TEST * (len(tests) + len(ranked))))
    tests += [test for pair in ranked for test in _by_rank(*pair, draws)]
    chances = holm([test.p for test in tests])
    named = [replace(test, p=p) for test, p in zip(tests, chances, strict=True) if p <= ALPHA]
    return Compared(
        differences=_telling(named),
        failed=sick,
        healthy=len(healthy),
        settings=len(settings),
        tests=len(tests),
    )


def _groups(failed: Mapping[str, Sequence[Row]], healthy: int) -> Iterator[_Sides]:
    """Yield all failed runs, and those of each frequent cause, beside the healthy ones."""
    starts = np.cumsum([0, *map(len, failed.values())]).tolist()
    place = np.arange(starts[-1] + healthy)
    is_healthy = place >= starts[-1]
    if len(failed) > 1:
        yield _Sides("", ~is_healthy, is_healthy)
    spans = zip(failed, starts, starts[1:], strict=False)
    frequent = sorted(spans, key=lambda span: (span[1] - span[2], span[0]))[:MOST_CAUSES]
    for cause, start, stop in frequent:
        if stop - start >= FEWEST:
            yield _Sides(cause, (place >= start) & (place < stop), is_healthy)


def _settings(rows: Sequence[Row]) -> Iterator[_Setting]:
    """Yield each setting that varies, those that divide the runs alike as one.

    What is another word in nearly every run, such as a folder, tells runs apart and sets nothing.
    """
    alike: dict[bytes, list[_Setting]] = {}
    for name in sorted({name for row in rows for name in row.settings}):
        known: dict[Value, int] = {None: -1}
        column = (_distinct(row.settings.get(name)) for row in rows)
        codes = np.array([known.setdefault(value, len(known) - 1) for value in column])
        values = [value for value in known if value is not None]
        is_setting = len(values) <= max(MOST_VALUES, len(rows) // 2)
        if len(values) > 1 and (is_setting or all(map(is_number, values))):
            alike.setdefault(codes.tobytes(), []).append(_Setting(name, (), values, codes))
    for group in alike.values():
        first, *others = sorted(group, key=lambda setting: (len(setting.name), setting.name))
        yield replace(first, also=[other.name for other in others])


def _distinct(value: Value) -> Value:
    """Return a value so that true is not 1, and 1 is 1.0."""
    return str(value).lower() if isinstance(value, bool) else value


def _by_value(sides: _Sides, setting: _Setting) -> list[Difference]:
    """Return the test of each value that enough runs have; of two values there is one test."""
    known = setting.codes >= 0
    differences = []
    for code, value in enumerate(setting.values):
        has = setting.codes == code
        first, failed = _count(has, known & sides.failed)
        second, healthy = _count(has, known & sides.healthy)
        if min(failed, healthy) and FEWEST <= first + second <= failed + healthy - FEWEST:
            third, rest = _count(has, known & ~sides.failed)
            p = max(
                fisher(first, failed, first + second, failed + healthy),
                fisher(first, failed, first + third, failed + rest),
            )
            differences.append(
                Difference(
                    cause=sides.cause,
                    setting=setting.name,
                    also=setting.also,
                    value=value,
                    failed_with=first,
                    failed=failed,
                    healthy_with=second,
                    healthy=healthy,
                    p=p,
                )
            )
    if len(differences) == 2 and len(setting.values) == 2:
        return [max(differences, key=lambda difference: difference.effect)]
    return differences


def _count(has: Bools, among: Bools) -> tuple[int, int]:
    """Return how many among some have a value, and how many these are."""
    return int((has & among).sum()), int(among.sum())


def _by_rank(sides: _Sides, setting: _Setting, draws: int) -> Iterator[Difference]:
    """Yield the test of the ranks of a setting, if enough runs have it."""
    known = setting.codes >= 0
    values = np.array([float(value or 0) for value in setting.values])[setting.codes]
    compared = known & (sides.failed | sides.healthy)
    failed, healthy = values[compared & sides.failed], values[compared & sides.healthy]
    if min(len(failed), len(healthy)) < FEWEST:
        return
    chances = [
        rank_permutation(values[among], sides.failed[among], draws, f"{sides.cause} {setting.name}")
        for among in ((compared, known) if sides.cause else (compared,))
    ]
    own = ranks(values[compared])[sides.failed[compared]]
    above = own.sum() - len(failed) * (len(failed) + 1) / 2
    yield Difference(
        cause=sides.cause,
        setting=setting.name,
        also=setting.also,
        failed=len(failed),
        healthy=len(healthy),
        p=max(chances),
        medians=(float(np.median(failed)), float(np.median(healthy))),
        larger=float(above / (len(failed) * len(healthy))),
    )


def _telling(named: Sequence[Difference]) -> list[Difference]:
    """Return what to tell: of a setting the values that failed runs have more often.

    What is told of one cause is not told again of all failed runs.
    """
    causes = {(difference.setting, difference.value) for difference in named if difference.cause}
    kept = [
        difference
        for difference in named
        if difference.effect > 0
        and (difference.cause or (difference.setting, difference.value) not in causes)
    ]
    return sorted(kept, key=lambda each: (each.p, -each.effect, each.cause, each.setting))
