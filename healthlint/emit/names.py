"""Names that a record may carry, and what a split does to them."""

from functools import lru_cache

RESERVED = frozenset({"step", "epoch", "time"})
"""Names of the record's own place; a metric may not take them."""


def problem(name: object) -> str | None:
    """Return what is wrong with a metric's or field's name, or None where nothing is."""
    if not isinstance(name, str):
        return f"a name must be text, got {type(name).__name__} {name!r:.40}"
    if not name:
        return "a name must not be empty"
    if name.startswith("_"):
        return f"the name {name!r} starts with '_', which marks what is no metric"
    if name in RESERVED:
        return f"the name {name!r} is reserved for the place of the record; choose another"
    if any("\ud800" <= character <= "\udfff" for character in name):
        return f"the name {name!r} is no valid Unicode"
    return None


def checked(name: str) -> str:
    """Return the name.

    Raises:
        ValueError: The name is empty, starts with ``_``, is reserved, or is no valid Unicode.
    """
    if trouble := problem(name):
        raise ValueError(trouble)
    return name


# A run logs the same few dozen names at every step.
@lru_cache(maxsize=4096)
def full_name(name: str, split: str | None) -> str:
    """Return the name as written: ``split/`` before a name that has no slash.

    Raises:
        ValueError: The name or the split is not allowed.

    >>> full_name("mel_loss", "val"), full_name("train/mel_loss", "val")
    ('val/mel_loss', 'train/mel_loss')
    """
    checked(name)
    if split is None:
        return name
    if not split or "/" in split or split.startswith("_"):
        raise ValueError(f"split {split!r}: a word without '/' is wanted, such as 'val'")
    return name if "/" in name else f"{split}/{name}"
