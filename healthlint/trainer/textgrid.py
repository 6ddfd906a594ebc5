"""Phone times from a Praat TextGrid, as the Montreal Forced Aligner writes them."""

from __future__ import annotations

from pathlib import Path

from healthlint.trainer.errors import TrainerError

SILENCES = frozenset({"", "sil", "sp", "spn", "<eps>", "<sil>"})
PAUSE = "_"


def read_phones(path: Path, seconds: float) -> tuple[list[str], list[float]]:
    """The phones of a TextGrid's tier ``phones`` and where each ends.

    Gaps and silences become ``_``; neighbouring ones become one.

    Args:
        path: A TextGrid, long or short form.
        seconds: Length of the recording; the last phone ends there.

    Raises:
        TrainerError: not a TextGrid, no tier of phones, or nothing in it.
    """
    from praatio import textgrid
    from praatio.utilities.errors import PraatioException

    try:
        grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True)
    except (PraatioException, ValueError, IndexError, UnicodeDecodeError) as error:
        raise TrainerError(f"{path}: not a readable TextGrid ({error})") from error
    name = next((name for name in grid.tierNames if name.split(" - ")[-1] == "phones"), None)
    if name is None:
        raise TrainerError(f"{path}: no tier 'phones'; there are: {', '.join(grid.tierNames)}")
    phones: list[str] = []
    ends: list[float] = []
    for interval in grid.getTier(name).entries:
        phone = PAUSE if interval.label.strip() in SILENCES else interval.label.strip()
        if phones and phone == phones[-1] == PAUSE:
            ends[-1] = min(interval.end, seconds)
        else:
            phones.append(phone)
            ends.append(min(interval.end, seconds))
    if not any(phone != PAUSE for phone in phones):
        raise TrainerError(f"{path}: the tier {name!r} holds no phone")
    return phones, [*ends[:-1], seconds]
