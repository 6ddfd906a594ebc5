"""Facts of a run from the config of its trainer, whatever that calls them."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.logs.facts import NUMBERS

_NAMES: Mapping[str, tuple[str, ...]] = {
    "planned_epochs": ("num_epochs", "max_epochs", "epochs"),
    "batch_size": ("batch_size",),
    "sample_rate": ("sample_rate", "sampling_rate"),
    "hop_length": ("hop_length", "hop_size"),
    "device": ("device",),
    "precision": ("precision",),
}
"""Facts, and what trainers call them in a config."""
_MIXED = ("use_mixed_precision", "mixed_precision", "fp16_run", "fp16", "bf16")
_INSIDE = ("", "train", "training", "data", "audio", "trainer")
"""Sections of a config that are looked into; the first that has a name is taken."""


def facts_of(config: Mapping[object, object]) -> dict[str, object]:
    """Return the facts that a trainer's config says, where they have the right type.

    >>> facts_of({"num_epochs": 16, "train": {"fp16_run": False}, "device": "mps"})
    {'planned_epochs': 16, 'device': 'mps', 'precision': 'fp32'}
    """
    sections = [config if not name else config.get(name) for name in _INSIDE]
    flat: dict[str, object] = {}
    for section in reversed([part for part in sections if isinstance(part, Mapping)]):
        flat |= {str(name): value for name, value in section.items()}
    facts = {
        fact: next(flat[name] for name in names if name in flat)
        for fact, names in _NAMES.items()
        if any(name in flat for name in names)
    }
    for name in _MIXED:
        if isinstance(flat.get(name), bool):
            facts.setdefault("precision", "mixed" if flat[name] else "fp32")
    return {name: value for name, value in facts.items() if _is_fit(name, value)}


def _is_fit(name: str, value: object) -> bool:
    if name in NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9
    return isinstance(value, str) and 0 < len(value) <= 40
