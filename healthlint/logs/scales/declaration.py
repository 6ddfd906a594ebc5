"""Declarations of scales, as headers and the command line hold them.

``{"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45}`` says what a logged loss is. A field
that is not declared is None, so that a lesser source may fill it in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self

from healthlint.logs.nearest import did_you_mean
from healthlint.logs.scales.spaces import SPACES, space_name
from healthlint.logs.vocabulary import recognise

_KINDS = {f"{kind}-loss": kind for kind in ("l1", "mse", "huber", "smooth-l1")}
_KINDS |= {"mae": "l1", "l2": "mse", "l2-loss": "mse"}
_SHOWN = {"l1": "L1", "mse": "MSE", "huber": "Huber"}


class ScaleError(ValueError):
    """A declaration is wrong; the message lists every mistake of it."""


class Scale(NamedTuple):
    """What one logged loss is: the kind of error, of what, and times what.

    Attributes:
        kind: ``l1``, ``mse``, ``huber``, or another name, which is kept and never converted.
        space: Representation in which the error is taken (``ln-power-mel``); an unknown one is kept
            and not converted.
        logged_factor: What the error was multiplied by before it was logged, above 0.
        total_weight: Its weight in the total loss; has no part in conversions.
        delta: Where a Huber loss turns from a parabola to a line, in units of the space.
        floor: Smallest value before the logarithm, where it is not the usual one of the space.
        mean: What was subtracted of the representation; has no part in conversions.
        std: What the representation was divided by.
    """

    kind: str | None = None
    space: str | None = None
    logged_factor: float | None = None
    total_weight: float | None = None
    delta: float | None = None
    floor: float | None = None
    mean: float | None = None
    std: float | None = None

    @classmethod
    def parse(cls, declared: object) -> Self:
        """Return the scale of a declaration.

        Raises:
            ScaleError: A field is unknown or has a wrong type, or it is no mapping.
        """
        if not isinstance(declared, Mapping):
            raise ScaleError(f"expected fields such as `space`, not {declared!r:.40}")
        kept, mistakes = checked(declared)
        if mistakes:
            raise ScaleError("; ".join(mistakes))
        return cls(**kept)  # type: ignore[arg-type]

    @property
    def factor(self) -> float:
        """Return what the error was multiplied by, 1 where nothing is declared."""
        return 1.0 if self.logged_factor is None else self.logged_factor

    @property
    def turn(self) -> float:
        """Return the delta of a Huber loss, 1 where nothing is declared, as in PyTorch."""
        return 1.0 if self.delta is None else self.delta

    def over(self, other: Scale) -> Scale:
        """Return this scale, with what it leaves out taken from another."""
        own = {name: value for name, value in self._asdict().items() if value is not None}
        return other._replace(**own)

    def __str__(self) -> str:
        """Return it in words: ``45 x L1 of ln-amp-mel``."""
        kind = _SHOWN.get(self.kind or "", self.kind or "an error of unknown kind")
        kind += f"({self.turn:g})" if self.kind == "huber" else ""
        factor = f"{self.factor:g} x " if self.factor != 1 else ""
        std = f" / {self.std:g}" if self.std not in (None, 1.0) else ""
        return f"{factor}{kind} of {self.space or 'an unknown space'}{std}"


def kind_in_words(kind: str | None) -> str:
    """Return a kind as people write it: ``L1``, ``MSE``, ``Huber``, or its own name."""
    return _SHOWN.get(kind or "", kind or "unknown")


def checked(declared: Mapping[Any, object]) -> tuple[dict[str, str | float], list[str]]:
    """Return the fields of a declaration that are right, typed, and what is wrong with the others.

    >>> checked({"kind": "MAE", "spcae": "ln-amp-mel"})
    ({'kind': 'l1'}, ['unknown field `spcae`, did you mean `space`?'])
    """
    kept: dict[str, str | float] = {}
    mistakes: list[str] = []
    for name, value in declared.items():
        if value is None:
            continue
        try:
            kept[str(name)] = _field(str(name), value)
        except ScaleError as error:
            mistakes.append(str(error))
    return _without_smooth(kept), mistakes


def _without_smooth(kept: dict[str, str | float]) -> dict[str, str | float]:
    """Return smooth L1 as the Huber loss that it is, divided by its delta (PyTorch's beta)."""
    if kept.get("kind") != "smooth-l1":
        return kept
    delta, factor = float(kept.get("delta", 1.0)), float(kept.get("logged_factor", 1.0))
    return kept | {"kind": "huber", "delta": delta, "logged_factor": factor / delta}


def _field(name: str, value: object) -> str | float:
    """Return the value of a field in its type.

    Raises:
        ScaleError: There is no such field, or the value is none of it.
    """
    if name in ("kind", "space"):
        return _text(name, value)
    if name not in _BOUNDS:
        hint = did_you_mean(name, _NAMES, f"known are {', '.join(_NAMES)}")
        raise ScaleError(f"unknown field `{name:.40}`, {hint}")
    return _number(name, value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ScaleError(f"`{name}` is {value!r:.40}, not a name such as {_EXAMPLES[name]}")
    if name == "space":
        return space_name(value)
    word = value.strip().lower().replace("_", "-").replace(" ", "-")
    return _KINDS.get(word, word)


def _number(name: str, value: object) -> float:
    number = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            number = float(value)
    lowest, wanted = _BOUNDS[name]
    is_low = number <= lowest if wanted == "a number above 0" else number < lowest
    if not math.isfinite(number) or is_low:
        raise ScaleError(f"`{name}` is {value!r:.40}, not {wanted}")
    return number


_NAMES = Scale._fields
_EXAMPLES = {"kind": "`l1`", "space": f"`{next(iter(SPACES))}`"}
_BOUNDS = {
    "logged_factor": (0.0, "a number above 0"),
    "total_weight": (0.0, "a number of at least 0"),
    "delta": (0.0, "a number above 0"),
    "floor": (0.0, "a number of at least 0"),
    "mean": (-math.inf, "a number"),
    "std": (0.0, "a number above 0"),
}


def declarations(metrics: object) -> tuple[dict[str, dict[str, object]], list[str]]:
    """Return the declared fields by canonical metric, and what is wrong with some of them.

    Right fields are typed, wrong ones kept as they came: what cannot be read was still declared, so
    nothing may be assumed in its place.

    Names may be nested or dotted, canonical or as logged: ``{"loss/g/mel": {"std": 2}}`` and
    ``{"mel_loss.std": 2}`` say the same. A name with a split (``val/mel_loss``) keeps it.

    Args:
        metrics: The fact ``metrics`` as it arrives.
    """
    if not isinstance(metrics, Mapping):
        return {}, [f"`metrics` is {metrics!r:.40}, not an object of scales"]
    raw: dict[str, dict[object, object]] = {}
    mistakes: list[str] = []
    for path, value in _leaves(metrics):
        metric, dot, field = path.rpartition(".")
        if not dot:
            mistakes.append(f"`metrics.{path:.40}` is {value!r:.40}, not an object of scales")
            continue
        raw.setdefault(_canonical(metric), {})[field] = value
    declared: dict[str, dict[str, object]] = {}
    for metric, fields in raw.items():
        kept, wrong = checked(fields)
        declared[metric] = {str(name): value for name, value in fields.items() if value is not None}
        declared[metric] |= kept
        mistakes += [f"`metrics.{metric:.40}`: {mistake}" for mistake in wrong]
    return declared, mistakes


def _leaves(node: Mapping[object, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the dotted path and value of every field, not deeper than 8."""
    for name, value in node.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value and prefix.count(".") < 8:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _canonical(name: str) -> str:
    meaning = recognise(name)
    return f"{meaning.split}/{meaning.metric}" if meaning.split else meaning.metric
