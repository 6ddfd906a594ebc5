"""What a kind of condition is: one object, checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a condition has a kind, and a kind is given what conditions are
    from healthlint.timeline.evaluation import Context, Outcome


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kind:
    """One kind of condition.

    Kinds are given losses without their exact zeros and cut where a loss wakes up
    (``timeline.waking``); those that say ``as_logged`` cut for themselves or need not.

    Attributes:
        doc: Four parts: the first line says where it is true, then *Why it matters*, *What to do*
            and *When it is wrong to fire*.
        params: A frozen dataclass; its fields, types and defaults say what a pack may write.
        evaluate: Returns what it came to on one timeline. It is called with NumPy's warnings off,
            as are explanations: what overflows is not finite, so unknown.
        words: Returns it in words, ``mel falls by 2% or more over 5 epochs``.
        examples: Conditions of it as a pack writes them, on ``loss``, ``other``, ``mel`` and the
            group ``losses``, with which the tests show that it looks at nothing but the past.
        offers: Placeholders that it gives to messages, with their dots: ``window.first``.
        of_metric: Those that it gives under the name of each of its metrics: ``{mel.change}``.
        sole: The parameter that is all there is to write (``conditions`` of ``all``), else empty.
        as_logged: It looks at values as they were logged.
        logged_only: And a metric that was worked out means nothing to it.
        has_scale: Its bounds are values of the metric, so they hold on one scale only.
        uses_reference: It compares with good runs, so these are read where a rule uses it.
        quieter: Parameters that runs can say something about: +1 where a larger value is true less
            often, -1 where a smaller one is.
        template: What a new rule of it looks like, as YAML; empty where none can be begun so, and
            of the kinds that come with healthlint, whose templates are files.
    """

    doc: str | None
    params: type
    evaluate: Callable[[Any, Context], Outcome]
    words: Callable[[Any], str]
    examples: tuple[str, ...]
    offers: frozenset[str] = frozenset()
    of_metric: frozenset[str] = frozenset()
    sole: str = ""
    as_logged: bool = False
    logged_only: bool = False
    has_scale: bool = False
    uses_reference: bool = False
    quieter: Mapping[str, int] = field(default_factory=dict)
    template: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no kind.

        Raises:
            ValueError: It lacks something; the message completes "the kind has".
        """
        if lacking := next(_lacking(self), ""):
            raise ValueError(f"the kind has {lacking}")

    @property
    def summary(self) -> str:
        """Return where it is true: the first line of what it says of itself."""
        return (self.doc or "").strip().partition("\n")[0]


def refuse_outside(
    params: object, name: str, low: int, high: int, what: str = "a number of values"
) -> None:
    """Refuse parameters of which a number is out of range.

    Raises:
        ValueError: It is.
    """
    if not low <= getattr(params, name) <= high:
        raise ValueError(f"`{name}` is {what} between {low} and {high}")


def _lacking(kind: Kind) -> Iterator[str]:
    """Yield what is wrong with a kind, in words."""
    if not kind.summary:
        yield "no docstring"
    if not (isinstance(kind.params, type) and is_dataclass(kind.params)):
        yield "no dataclass `params`"
        return
    for name in ("evaluate", "words"):
        if not callable(getattr(kind, name)):
            yield f"no function `{name}`"
    for name in ("offers", "of_metric"):
        if not isinstance(getattr(kind, name), frozenset):
            yield f"`{name}`, which is no frozenset of placeholders"
    yield from _inconsistent(kind)


def _inconsistent(kind: Kind) -> Iterator[str]:
    """Yield what does not fit its parameters, or each other."""
    known = {field.name for field in fields(kind.params)}
    for name in (*([kind.sole] if kind.sole else []), *kind.quieter):
        if name not in known:
            yield f"no parameter `{name}`"
    if not set(kind.quieter.values()) <= {1, -1}:
        yield "a direction in `quieter` that is neither 1 nor -1"
    if isinstance(kind.examples, str) or not kind.examples:
        yield "no `examples`, a tuple of conditions"
    if kind.logged_only and not kind.as_logged:
        yield "`logged_only` without `as_logged`"
