"""VITS, so-vits-svc and their forks: ``train.log``, values without names.

``Train Epoch: 3 [40%]``, then ``[2.1, 3.4, 5.6, 18.9, 1.2, 1.9, 12000, 0.0002]``: discriminator,
generator, feature matching, mel (already times 45), duration, KL, step, learning rate; models
without a duration or KL loss leave theirs out. so-vits-svc writes step and rate behind the list,
RVC before a line of named losses: ``[200, 9.99e-05]``, ``loss_disc=4.0, ..., loss_mel=22.1, ...``.
Forks translate the words around. Other models print lists too: the names are those of VITS only
where nothing speaks against them (``_speaks_against``), else the values keep their place as a name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from healthlint.readers.grammar import OF_VALIDATION, WRAPPED, Said, said_by
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, share

FORMAT = "vits-text"
KNOWN_BY = (
    "lines `Train Epoch: 3 [40%]` over lists of five to eight numbers, or over `loss_disc=..`"
)
UNSEEN = (
    "which loss is which, where they have no names: told by the number of values; validation; "
    "what RVC cuts off: mel above 75, KL above 9",
)
_EPOCH = re.compile(
    r"Epoch\s*:\s*(\d{1,18})\s*\[\s*(?:\d{1,18}/\d{1,18} \()?[\d.]+%\)?\]|"
    r"训练.{0,40}?(\d{1,18})\s*\[\s*[\d.]+%\]",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(Train|Eval) Epoch: \d.{0,60}\bLoss: ([-+\w.]{1,40})")
"""What Glow-TTS says before the list, and of an evaluation."""
_OF_GLOW = re.compile(
    r"(?::|\t|INFO )\[[-\w.()]{1,60}, [-\w.()]{1,60}, \d{1,18}, [-\w.()]{1,60}\]\s*$"
)
_LIST = re.compile(r"\[((?:\s*[-+\w.#]+\s*,){3,9}\s*[-+\w.#]+\s*)\]")
_BEHIND = re.compile(r"step:\s*(\d{1,18}),\s*lr:\s*([-+\w.]+)")
_FURTHER = re.compile(r", (\w{1,40}): ([-+\w.]+)")
_PLACE = re.compile(r"\[(\d{1,18}), ([-+\w.]+)\]\s*$")
_NAMED = re.compile(r"\bloss_(\w{1,40})=([-+\w.#]+)")
_MEASURED = re.compile(r"\b(loss/\w{1,20}/\w{1,20}) : ([-+\w.#]+)")
"""What MMVC prints of its validation."""
_LONG_NAMES = {"mel": "loss/g/mel", "dur": "loss/g/dur", "kl": "loss/g/kl"}
_FOUR = ("loss_disc", "loss_gen", "loss_fm", "loss/g/mel")
_NAMES: Mapping[int, tuple[str, ...]] = {
    2: ("loss/g/0", "loss/g/1"),  # Glow-TTS, as it calls them on its board
    4: _FOUR,
    5: (*_FOUR, "loss/g/kl"),
    6: (*_FOUR, "loss/g/dur", "loss/g/kl"),
}
_LOWEST_MEL = 2.0


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of VITS, from 0 to 1."""
    has_list = share(head, _OF_GLOW) if share(head, _TOTAL) else share(head, _LIST)
    has_values = has_list or (share(head, _NAMED) and share(head, _PLACE))
    return 0.95 if has_values and share(head, _EPOCH) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    return TextReading(text, source, FORMAT, _Console(text).take)


read = whole(begin)


class _Console:
    """Goes through the lines and keeps the place that they speak of."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._epoch: int | None = None
        self._place: dict[str, object] = {}
        self._total: dict[str, object] = {}
        self._lists = _Lists(text)

    def take(self, line: Line) -> None:
        """Take what a line tells."""
        if "np." in line.text:
            line = Line(line.place, WRAPPED.sub(r"\1", line.text))
        if match := _EPOCH.search(line.text):
            self._begin(int(match[1] or match[2]), line)
        elif self._epoch is None:
            self._lists.note(line.text)
        elif match := _LIST.search(line.text):
            values = self._lists.values(match, line)
            self._place = {"step": values.get("step")}
            self._text.add(line, {"epoch": self._epoch, **self._total, **values})
        elif match := _PLACE.search(line.text):
            self._place = {"step": int(match[1]), "lr": parse(match[2])}
        elif self._place and (measured := _MEASURED.findall(line.text)):
            values = {f"val/{name}": parse(word) for name, word in measured}
            self._text.add(line, {"epoch": self._epoch, "step": self._place["step"], **values})
        elif self._place and (measured_at := _evaluated(line.text)):
            self._text.add(line, {"epoch": self._epoch, **self._place, **measured_at})
        elif self._place and (named := _NAMED.findall(line.text)):
            values = {_LONG_NAMES.get(key, f"loss_{key}"): parse(word) for key, word in named}
            self._text.add(line, {"epoch": self._epoch, **self._place, **values})
            self._place.pop("lr", None)  # further lines of losses are of the same step

    def _begin(self, epoch: int, line: Line) -> None:
        """Take the line of an epoch, with the total that it may tell."""
        before, self._epoch = self._place, epoch
        self._place, self._total = {}, {}
        if total := _TOTAL.search(line.text):
            if total[1] == "Train":
                self._total = {"loss/g/total": parse(total[2])}
            elif "step" in before:
                self._place = before
                values = {"step": before["step"], "val/loss/g/total": parse(total[2])}
                self._text.add(line, {"epoch": epoch, **values})


def _evaluated(text: str) -> dict[str, object]:
    """Return what forks say of an evaluation: ``Eval step 500: mel 41.4, kl 4.5``."""
    said = said_by(text) if "val" in text.lower() else Said()
    if said.split not in OF_VALIDATION:
        return {}
    names = {name: _LONG_NAMES.get(name.removeprefix("loss_"), name) for name in said.values}
    step = {"step": said.step[0]} if said.step else {}
    return {**step, **{f"val/{names[name]}": value for name, value in said.values.items()}}


class _Lists:
    """Names the values of lists; what the first list and the lines before it say is kept."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._config = ""
        self._is_vits: bool | None = None

    def note(self, line: str) -> None:
        """Take a line before the first list: the configuration that the trainer prints."""
        if "'train'" in line or '"train"' in line:
            self._config = line

    def values(self, match: re.Match[str], line: Line) -> dict[str, object]:
        """Return the values of a list by their names, with step and learning rate."""
        numbers = [parse(word) for word in match[1].split(",")]
        behind = _BEHIND.search(line.text, match.end())
        if behind is not None:
            axes = {"step": parse(behind[1]), "lr": parse(behind[2])}
            axes |= {name: parse(word) for name, word in _FURTHER.findall(line.text, behind.end())}
        else:
            *numbers, step, rate = numbers
            if step is None or step != step // 1 or step < 0:
                said = "a list without a step among its values, left out"
                self._text.problems.add(said, line.number)
                return {}
            axes = {"step": step, "lr": rate}
        return {**axes, **dict(zip(self._names(numbers, axes["lr"]), numbers, strict=True))}

    def _names(self, numbers: list[float | None], rate: float | None) -> Sequence[str]:
        names = _NAMES.get(len(numbers), ())
        if names and "text_low_lr_rate" in self._config:  # GPT-SoVITS: a quantizer, no durations
            names = tuple("kl_ssl" if name == "loss/g/dur" else name for name in names)
        if self._is_vits is None:
            against = _speaks_against(numbers, rate, self._config)
            self._is_vits = not against
            if against:
                self._text.notes.append(f"a list without names, and not that of VITS: {against}")
        if self._is_vits and names:
            return names
        return [f"value_{at}" for at in range(1, len(numbers) + 1)]


def _speaks_against(numbers: list[float | None], rate: float | None, config: str) -> str:
    """Return what speaks against the names of VITS, in words; empty where nothing does.

    Its mel loss is 45 times an L1 of log-mels and begins above 10; duration and
    KL are no whole numbers; its configuration has a weight for mel and one for KL.
    """
    if len(numbers) not in _NAMES:
        return f"it has {len(numbers)} losses"
    if "c_mel" in config and "c_kl" not in config:
        return "the configuration that is printed has a c_mel and no c_kl"
    if rate is not None and not 0 <= rate < 0.1:
        return f"its last value, {rate:g}, is no learning rate"
    if any(x and math.isfinite(x) and x == x // 1 for x in numbers[len(_FOUR) :]):
        return "a whole number stands where duration and KL would"
    if len(numbers) < len(_FOUR):
        return ""
    mel = numbers[3]
    if mel is not None and mel < _LOWEST_MEL:
        return f"{mel:g} is too low for 45 times a mel loss"
    return ""
