"""VITS, so-vits-svc and their forks: ``train.log``, values without names.

``Train Epoch: 3 [40%]``, then ``[2.1, 3.4, 5.6, 18.9, 1.2, 1.9, 12000, 0.0002]``: discriminator,
generator, feature matching, mel (already times 45), duration, KL, step, learning rate; models
without a duration or KL loss leave theirs out. so-vits-svc writes step and rate behind the list,
RVC before a line of named losses: ``[200, 9.99e-05]``, ``loss_disc=4.0, ..., loss_mel=22.1, ...``.
Forks translate the words around.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from healthlint.logs.model import Log
from healthlint.readers.numbers import parse
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, share

FORMAT = "vits-text"
KNOWN_BY = (
    "lines `Train Epoch: 3 [40%]` over lists of five to eight numbers, or over `loss_disc=..`"
)
UNSEEN = (
    "which loss is which, where they have no names: told by the number of values; validation; "
    "what RVC cuts off: mel above 75, KL above 9",
)
_EPOCH = re.compile(
    r"Epoch\s*:\s*(\d{1,18})\s*\[\s*[\d.]+%\]|训练.{0,40}?(\d{1,18})\s*\[\s*[\d.]+%\]",
    re.IGNORECASE,
)
_LIST = re.compile(r"\[((?:\s*[-+\w.#]+\s*,){3,9}\s*[-+\w.#]+\s*)\]")
_BEHIND = re.compile(r"step:\s*(\d{1,18}),\s*lr:\s*([-+\w.]+)")
_PLACE = re.compile(r"\[(\d{1,18}), ([-+\w.]+)\]\s*$")
_NAMED = re.compile(r"\bloss_(disc|gen|fm|mel|dur|kl)=([-+\w.#]+)")
_LONG_NAMES = {"mel": "loss/g/mel", "dur": "loss/g/dur", "kl": "loss/g/kl"}
_FOUR = ("loss_disc", "loss_gen", "loss_fm", "loss/g/mel")
_NAMES: Mapping[int, tuple[str, ...]] = {
    4: _FOUR,
    5: (*_FOUR, "loss/g/kl"),
    6: (*_FOUR, "loss/g/dur", "loss/g/kl"),
}


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of VITS, from 0 to 1."""
    has_values = share(head, _LIST) or share(head, _NAMED)
    return 0.95 if has_values and share(head, _EPOCH) else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a text.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source)
    epoch: int | None = None
    place: dict[str, object] = {}
    for line in text.lines():
        if match := _EPOCH.search(line.text):
            epoch, place = int(match[1] or match[2]), {}
        elif epoch is None:
            continue
        elif match := _LIST.search(line.text):
            text.add(line, {"epoch": epoch} | _values(match, line, text))
        elif match := _PLACE.search(line.text):
            place = {"step": int(match[1]), "lr": parse(match[2])}
        elif place and (named := _NAMED.findall(line.text)):
            values = {_LONG_NAMES.get(key, f"loss_{key}"): parse(word) for key, word in named}
            text.add(line, {"epoch": epoch, **place, **values})
    return text.log(FORMAT, facts)


def _values(match: re.Match[str], line: Line, text: Text) -> dict[str, object]:
    """Return the values of a list by their names, with step and learning rate."""
    numbers = [parse(word) for word in match[1].split(",")]
    behind = _BEHIND.search(line.text, match.end())
    if behind is not None:
        axes = {"step": parse(behind[1]), "lr": parse(behind[2])}
    else:
        *numbers, step, rate = numbers
        if step is None or step != step // 1 or step < 0:
            text.problems.add("a list without a step among its values, left out", line.number)
            return {}
        axes = {"step": step, "lr": rate}
    names = _NAMES.get(len(numbers))
    if names is None:
        said = f"a list of {len(numbers)} losses, whose names are not known"
        text.problems.add(said, line.number)
        return {}
    return {**axes, **dict(zip(names, numbers, strict=True))}
