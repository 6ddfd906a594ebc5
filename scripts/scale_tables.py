"""The tables of ``docs/scales.md``, from the spaces and presets themselves."""

from __future__ import annotations

from healthlint.logs.scales import (
    GUIDE,
    SPACES,
    Conversion,
    NotConvertible,
    Scale,
    Space,
    conversion,
    presets,
)

_STD = 2.116  # Matcha-TTS on LJSpeech


def spaces_table() -> str:
    """Return the spaces with what an error and a bound of the guide are in them."""
    head = "| space | is | used by | L1 | MSE | the guide's 0.3 |"
    rows = [head, "|---|---|---|---|---|---|"]
    for space in SPACES.values():
        if space.family != "mel":
            continue
        l1, mse = _factor("l1", space), _factor("mse", space)
        std = _STD if space.needs_std else None
        bound = _shown(
            _converted(GUIDE["mel_loss"], Scale(kind="l1", space=space.name, std=std)), 0.3
        )
        name = f"`{space.name}`"
        rows.append(f"| {name} | {space.formula} | {space.used_by} | {l1} | {mse} | {bound} |")
    return "\n".join([*rows, ""])


def _factor(kind: str, space: Space) -> str:
    if space.needs_std:
        return "1 / std" if kind == "l1" else "1 / std²"
    return _shown(
        _converted(Scale(kind=kind, space="ln-amp-mel"), Scale(kind=kind, space=space.name)), 1.0
    )


def _converted(start: Scale, end: Scale) -> Conversion | None:
    try:
        return conversion(start, end)
    except NotConvertible:
        return None


def _shown(found: Conversion | None, bound: float) -> str:
    if found is None:
        return "-"
    about = "" if found.is_exact else "about "
    return f"{about}{bound * found.factor:.2g}"


def other_spaces_table() -> str:
    """Return the spaces of everything but mel."""
    rows = ["| space | is | used by |", "|---|---|---|"]
    rows += [
        f"| `{space.name}` | {space.formula} | {space.used_by or '-'} |"
        for space in SPACES.values()
        if space.family != "mel"
    ]
    return "\n".join([*rows, ""])


def trainers_table() -> str:
    """Return what each preset says."""
    rows = ["| `trainer` | mel | duration | note |", "|---|---|---|---|"]
    for preset in presets().values():
        mel, duration = (_scale(preset.metrics.get(f"{m}_loss")) for m in ("mel", "duration"))
        others = ", ".join(f"`{alias}`" for alias in preset.aliases)
        name = f"`{preset.name}`" + (f" ({others})" if others else "")
        rows.append(f"| {name} | {mel} | {duration} | {preset.note} |")
    return "\n".join([*rows, ""])


def _scale(scale: Scale | None) -> str:
    return "-" if scale is None else str(scale)
