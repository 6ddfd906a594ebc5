"""The scale of a series: declared, else of its trainer, else as its name says, else assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from healthlint.logs.families import nearest_family
from healthlint.logs.model import Series
from healthlint.logs.naming import meaning_of
from healthlint.logs.scales.declaration import Scale, checked
from healthlint.logs.scales.presets import GUIDE, Preset, find_preset

Source = Literal["declared", "trainer", "name", "assumed"]


class Resolved(NamedTuple):
    """The scale of a series and where it comes from.

    Attributes:
        scale: The scale; what nothing says is the guide's, or None where a known trainer leaves it
            open.
        source: The first source that said something of it.
        assumed: Fields of ``scale`` that were taken from the guide because nothing said them.
        trainer: Name of the trainer's preset that was used, empty where none was.
        mistakes: What is wrong with its declaration.
    """

    scale: Scale
    source: Source
    assumed: tuple[str, ...] = ()
    trainer: str = ""
    mistakes: tuple[str, ...] = ()


def resolve(series: Series, facts: Mapping[str, object]) -> Resolved:
    """Return the scale of a series of a run.

    A field that the first source leaves out is taken from the next: a header that only says
    ``logged_factor: 1`` corrects that one field of the trainer's preset.

    Args:
        series: The series.
        facts: Facts of its run, with ``metrics`` and ``trainer`` where they are known.
    """
    declared, mistakes = _declared(series, facts)
    trainer = facts.get("trainer")
    meaning, is_its_own = meaning_of(series.name, trainer)
    hint = Scale.parse(meaning.scale) if meaning.scale else Scale()
    preset = find_preset(trainer)
    of_trainer = _of_trainer(series, preset, hint)
    named, known = (Scale(), hint.over(of_trainer)) if is_its_own else (hint, of_trainer)
    said: dict[Source, Scale] = {"declared": declared, "trainer": known, "name": named}
    source: Source = next((name for name, scale in said.items() if scale != Scale()), "assumed")
    whole = declared.over(known.over(named))
    if preset is not None:  # what a known trainer leaves open is not the guide's
        return Resolved(scale=whole, source=source, trainer=preset.name, mistakes=mistakes)
    whole, assumed = _with_guide(series, whole)
    return Resolved(scale=whole, source=source, assumed=assumed, mistakes=mistakes)


def _with_guide(series: Series, scale: Scale) -> tuple[Scale, tuple[str, ...]]:
    """Return the scale with the guide's kind and space where nothing said them, and which."""
    guide = GUIDE.get(series.metric)
    if guide is None:
        return scale, ()
    assumed = tuple(name for name in ("kind", "space") if getattr(scale, name) is None)
    whole = scale.over(Scale(kind=guide.kind, space=guide.space))
    if whole.kind == "huber" and whole.space == guide.space:
        whole = whole.over(Scale(delta=guide.delta))
    return whole, assumed


def _declared(series: Series, facts: Mapping[str, object]) -> tuple[Scale, tuple[str, ...]]:
    """Return what was declared for the series itself, over what was for its metric."""
    declared = facts.get("metrics")  # by canonical metric, as facts are taken in
    if not isinstance(declared, Mapping):
        return Scale(), ()
    kept, wrong = checked(declared.get(series.metric, {}) | declared.get(series.key, {}))
    mistakes = tuple(f"its declaration `metrics.{series.metric}`: {mistake}" for mistake in wrong)
    return Scale(**kept), mistakes  # type: ignore[arg-type]


def _of_trainer(series: Series, preset: Preset | None, named: Scale) -> Scale:
    """Return what the preset says, nothing where the name of the series tells another kind."""
    scale = preset.metrics.get(series.metric, Scale()) if preset else Scale()
    return Scale() if named.kind and scale.kind and named.kind != scale.kind else scale


def trainer_hint(facts: Mapping[str, object]) -> str:
    """Return a question where the trainer has no preset but a name like one, else nothing."""
    trainer = facts.get("trainer")
    if not isinstance(trainer, str) or find_preset(trainer):
        return ""
    near = nearest_family(trainer)
    return f"trainer `{trainer:.40}` has no preset; did you mean `{near}`?" if near else ""
