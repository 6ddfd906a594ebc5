"""The trainer's own words: what it announces of itself beside its numbers, as events.

One table of patterns, for consoles and for text within JSON Lines alike. A line may announce
several things (a batch that failed for want of memory); of a traceback the last line counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from healthlint.logs.shipped import words

MOST = 100_000
"""Announcements of one log that are kept."""
SHOWN = 200
"""Characters that are kept of one."""
FATAL = frozenset(
    {"exception", "killed", "memory_exception", "nonfinite_exception", "nonfinite_exit"}
)
"""Kinds of announcements after which, where no record follows, a training is over."""
FIELDS = ("message", "msg", "event", "error", "exception", "exc_info", "text")
"""Fields of a JSON record that may hold words."""
_FIELD_KEYS = tuple(f'"{name}"'.encode() for name in FIELDS)

_NONFINITE = r"(?:nan|inf|infinite|infinity|non-?finite)"
_LINKED = r"[ /\w'\"()-]{0,30}"
_NO_COUNT = r"(?!e?s? {0,8}[:=] {0,8}\d)"
_NO_VALUE = r"(?![\w ]{0,6}[:=]? ?[-+.\d])"
_CLIPS = r"(?:utterances|samples|clips|files|items|examples)"
_LEFT_OUT = r"(?:filtered|skipped|removed|dropped|discarded|ignored)"
_MOST_SKIPPED = (
    r"^(?!.{0,400}\b(?:already|cached|exists?)\b).{0,400}(?:"
    r"\bskipped: ?(?P<lost>\d{1,12}), total: ?(?P<of>\d{1,12})\b|"
    rf"\b(?P<lost2>\d{{1,12}}) (?:out )?of (?P<of2>\d{{1,12}}) {_CLIPS} "
    rf"(?:(?:was|were|are|is|been) )?{_LEFT_OUT}|"
    rf"\b{_LEFT_OUT}(?: out)? (?P<lost3>\d{{1,12}})(?: ?/ ?| (?:out )?of )"
    rf"(?P<of3>\d{{1,12}}) {_CLIPS}\b)"
)
_TOLD_BY = {
    "failed_batch": r"\berror (?:in|at|on|during|processing) (?:training )?(?:batch|step|iteration)"
    r"|\b(?:batch|step|iteration) #?\d+ (?:has )?failed\b"
    r"|\bfailed (?:on|at|in|for) (?:training )?(?:batch|step|iteration)\b",
    "scaler_overflow": r"\b(?:gradient )?overflow\b.{0,80}\b(?:loss )?scale",
    "skipped_step": r"\bskipp(?:ing|ed) "
    r"(?:(?:the|this|an?|optimi[sz]er|training|whole|bad|current) ){0,3}"
    rf"(?:step|update|batch|iteration){_NO_COUNT}(?!.{{0,80}}\bloss scale)|"
    r"\b(?:optimi[sz]er step|update|batch) (?:was |is |has been |\d+ (?=skipped:))?skipped\b"
    rf"{_NO_COUNT}(?!.{{0,80}}\bloss scale)",
    # but not `see whether any batch would cause OOM`, `to avoid OOM`
    "out_of_memory": r"(?<!would cause )(?<!could cause )(?<!may cause )(?<!might cause )"
    r"(?<!avoid )(?<!prevent )(?<!against )(?<!check for )"
    r"(?:\bout of memory\b(?!.{0,200}not a failure)|\boom\b(?! ?score)|\bOutOfMemory)",
    "nonfinite_gradients": rf"\b{_NONFINITE}\b{_LINKED}\bgrad(?:ient)?s?\b{_NO_VALUE}|"
    r"\bgrad(?:ient)?s?(?: norm)? (?:is|are|became|contains?|has|have)\b"
    rf"{_LINKED}\b{_NONFINITE}\b",
    "gradient_explosion": r"\bgradient explosion\b|\bexplod(?:ing|ed) gradients?\b|"
    r"\bgradients? (?:have |has )?explod(?:ing|ed)\b",
    "nonfinite_loss": rf"\b(?:detected|found|encountered|hit) (?:an? )?{_NONFINITE}\b{_LINKED}"
    rf"\bloss|\bloss (?:is|was|became|has become|turned|went)(?: to)? {_NONFINITE}\b|"
    rf"\bnon-?finite loss\b|\b{_NONFINITE} loss (?:detected|encountered)",
    "nonfinite_exit": r"\b(?:exiting|stopping|aborting|aborted|terminating|halting|quitting|to stop"
    rf")\b.{{0,80}}(?:\b{_NONFINITE}\b|\bdiverged\b|\bexploded\b|not finite)|"
    rf"(?:\b{_NONFINITE}\b|\bdiverged\b|\bexploded\b|\bnot finite\b).{{0,80}}"
    r"\b(?:exiting|stopping|aborting|terminating|halting|stop(?:ped)? training|to stop)\b",
    "trainer_alarm": r"\b(?:instability|divergence|collapse|loss explosion|loss spike) detected\b|"
    r"\btraining (?:is |has )?(?:unstable|diverged|diverging)\b|\bloss (?:has )?exploded\b",
    "cpu_fallback": r"\bfall(?:ing)? back to (?:run on )?(?:the )?cpu\b|\busing cpu instead\b",
    "estimated_durations": r"\bdurations? (?:are |is |will be )?(?:being )?estimated\b|"
    r"\bestimat(?:ing|ed) (?:phoneme |phone )?durations?\b",
    # as a shell says it, in the languages of `languages.py` too
    "killed": r"^\S{0,80}: \w{2,8} \d{1,6}: +\d{1,10} (?:killed|getötet|processus arrêté|"
    r"terminado \(killed|ucciso|morto|убито|已杀死|強制終了)|"
    r"\b(?:code|código|codice|код)\b.{0,20}\b137$|^killed\W*$|\boom[-_ ]kill(?:er|ed)? event|"
    r"\bkilled by signal 9\b|\bSIGKILL\b|\bexit 137\b|"
    r"\bexit(?:ed)?(?: with)?(?: (?:code|status):?)? ?-?(?:137|9)$",
    # as trainers of the VITS family and so-vits-svc say it, a line a key
    "weights_missing": r"^\W{0,4}(?!.{0,200}\bspeaker).{0,200}\bis not in the checkpoint\b|"
    r"\blayer missing in the checkpoint\b|\bmissing key:? [\w.]+\.(?:weight|bias)",
    "rate_mismatch": r"(?<!no )\b(?:sampl(?:e|ing)[ _-]?rates?|SR)\b(?!.{0,200}\bresampl).{0,60}"
    r"(?:\bdoes(?:n['’]?t| not) match\b|\bmismatch(?!es)|\bdiffers? from\b|!=)|"
    r"\b(?:mismatched|wrong|unexpected) sampl(?:e|ing)[ _-]?rate",
    "data_skipped": _MOST_SKIPPED,
    "early_stopping": r"(?<!\bno )(?<!\bnot )\bearly stopping triggered\b",
}
PATTERNS: Sequence[tuple[str, str]] = tuple(_TOLD_BY.items())
"""What each event is told by, whatever the case of its letters."""
_HINTS: Sequence[str] = words(Path(__file__).parent)["last words"]
"""One of them is in each line that counts; bytes are lowered in ASCII alone."""
_HINT_BYTES = tuple(hint.encode() for hint in _HINTS)
_RAISED = re.compile(
    r"^(?:\[?rank ?\d+\]?: ?)?((?:\w{1,60}\.){0,6}[A-Z]\w{0,80}(?:Error|Exception|Interrupt|Exit|"
    r"Warning|Stop))(?::\s*(.*))?$"
)
_EXITING = re.compile(r"\bexiting due to exception: *(\S.*)", re.IGNORECASE)
_LOGGER = re.compile(
    r"^(?:\W{0,4}[\d:.,\-T/ ]{8,30})?[\W]{0,4}(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL)\b"
    r"[:| \]-]{0,6}(?:[\w.]{1,80}:)?(?:\d{1,6}:)?[^\w(]{0,8}"
)
_TRACEBACK = "Traceback (most recent call last)"
_LONGEST_TRACEBACK = 400
_OF_NONFINITE = re.compile(
    rf"\b{_NONFINITE}\b|\bdiverge|\bexplod|FloatingPointError|not finite", re.IGNORECASE
)
_OF_MEMORY = re.compile(r"out of memory|OutOfMemory|MemoryError|alloc", re.IGNORECASE)
_OF_USER = re.compile(r"KeyboardInterrupt|SystemExit")


def may_speak(block: bytes) -> bool:
    """Return whether lines may announce something: most blocks of a log hold no such word."""
    lowered = block.lower()
    return any(hint in lowered for hint in _HINT_BYTES)


def may_say(block: bytes) -> bool:
    """Return whether JSON records may announce something: in fields that are there for words."""
    return any(key in block for key in _FIELD_KEYS) and may_speak(block)


def announced_in(text: str) -> list[str]:
    """Return the kinds of what a line announces.

    >>> announced_in("ERROR: Error in batch 3: MPS backend out of memory")
    ['failed_batch', 'out_of_memory']
    >>> announced_in("Step 3, Mel Loss: nan, Grad Norm: 0.5")
    []
    """
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return []
    told = ((kind, pattern.search(text)) for kind, pattern in _compiled())
    return [kind for kind, match in told if match and _is_most(match)]


def _is_most(match: re.Match[str]) -> bool:
    """Return whether what is left out is most of all, where a line tells how much it is."""
    told = [int(number) for number in match.groupdict().values() if number]
    return not told or 2 * told[0] > told[1]


@cache
def _compiled() -> list[tuple[str, re.Pattern[str]]]:
    """Return the patterns, compiled where a log has a word of theirs: most have none."""
    return [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in PATTERNS]


def kind_of_exception(said: str) -> str:
    """Return the kind of event that an exception is.

    >>> kind_of_exception("RuntimeError: CUDA out of memory"), kind_of_exception("KeyError: 'mel'")
    ('memory_exception', 'exception')
    """
    if _OF_USER.search(said):
        return "interrupted"
    if _OF_MEMORY.search(said):
        return "memory_exception"
    return "nonfinite_exception" if _OF_NONFINITE.search(said) else "exception"


class Listener:
    """Goes through lines and keeps a traceback in mind until its last one has come."""

    def __init__(self) -> None:
        self._count = 0
        self._open = 0

    @property
    def is_open(self) -> bool:
        """Return whether a traceback has begun and not ended."""
        return self._open > 0

    def is_in_program(self, text: str) -> bool:
        """Return whether a line is one of a program: ``raise ValueError("loss is nan")``."""
        return self.is_open and text.startswith("  ")

    def hear(self, text: str, own: str = "") -> Iterator[tuple[str, str]]:
        """Yield kind and words of what a line announces: its own, where it has been made plain."""
        for kind, said in self._heard(text):
            self._count += 1
            if self._count <= MOST:
                yield kind, _LOGGER.sub("", own or said).replace("\t", " ").strip()[:SHOWN]

    def _heard(self, text: str) -> Iterator[tuple[str, str]]:
        if _TRACEBACK in text:
            self._open = _LONGEST_TRACEBACK
            return
        if self._open:
            self._open -= 1
            if match := _RAISED.match(text.rstrip()):
                self._open = 0
                yield kind_of_exception(text), text
                return
            if self.is_in_program(text):
                return
        if match := _EXITING.search(text):
            yield kind_of_exception(match[1]), text
            return
        for kind in announced_in(text):
            yield kind, text


def heard_in_record(record: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield kind and words of what the texts of a record announce: ``{"message": "..."}``."""
    for name in FIELDS:
        words = record.get(name)
        if isinstance(words, str):
            listener = Listener()
            for line in words.splitlines()[:_LONGEST_TRACEBACK]:
                yield from listener.hear(line)
