"""VITS, so-vits-svc and their forks: ``train.log``, values without names.

``Train Epoch: 3 [40%]``, then ``[2.1, 3.4, 5.6, 18.9, 1.2, 1.9, 12000, 0.0002]``: discriminator,
generator, feature matching, mel (already times 45), duration, KL, step, learning rate; models
without a duration or KL loss leave theirs out. so-vits-svc writes step and rate behind the list.
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
KNOWN_BY = "lines `Train Epoch: 3 [40%]` over lists of five to eight numbers"
UNSEEN = ("which loss is which: told by the number of values; validation",)
_EPOCH = re.compile(
    r"Epoch\s*:\s*(\d{1,18})\s*\[\s*[\d.]+%\]|训练.{0,40}?(\d{1,18})\s*\[\s*[\d.]+%\]",
    re.IGNORECASE,
)
_LIST = re.compile(r"\[((?:\s*[-+\w.#]+\s*,){3,9}\s*[-+\w.#]+\s*)\]")
_BEHIND = re.compile(r"step:\s*(\d{1,18}),\s*lr:\s*([-+\w.]+)")
_FOUR = ("loss_disc", "loss_gen", "loss_fm", "loss/g/mel")
_NAMES: Mapping[int, tuple[str, ...]] = {
    4: _FOUR,
    5: (*_FOUR, "loss/g/kl"),
    6: (*_FOUR, "loss/g/dur", "loss/g/kl"),
}


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of VITS, from 0 to 1."""
    return 0.95 if share(head, _EPOCH) and share(head, _LIST) else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a text.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source)
    epoch: int | None = None
    for line in text.lines():
        if match := _EPOCH.search(line.text):
            epoch = int(match[1] or match[2])
        elif epoch is not None and (match := _LIST.search(line.text)):
            text.add(line, {"epoch": epoch} | _values(match, line, text))
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
