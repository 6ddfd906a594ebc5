"""Known faults of a device's software: what may concern a run by its facts alone.

``rules/known-faults.yaml`` lists them. A fault matches where the device is its own, the version of
torch and that of macOS lie in its ranges, and every setting is as it says. What is not known of a
run matches nothing: a list of all that could be is read by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from operator import eq, ge, gt, le, lt
from typing import NamedTuple

from healthlint.files.limits import small_file
from healthlint.rulebook.compiled import compiled
from healthlint.rulebook.loading import FAULTS, MAX_BYTES, shipped_folder
from healthlint.rulebook.yaml12 import parse

SCHEMA = "healthlint.known-faults/1"
_BOUND = re.compile(r"(>=|<=|==|<|>)\s*(\d+(?:\.\d+)*)")
_SIGNS = {">=": ge, "<=": le, "==": eq, "<": lt, ">": gt}
_NUMBER = re.compile(r"\d+")


class KnownFault(NamedTuple):
    """A fault, where it is known to be, and the way round it.

    Attributes:
        issue: Address of its issue.
        what: What goes wrong, in one line.
        torch: Versions of torch that have it, as pip writes ranges.
        macos: Versions of macOS that have it, empty for all.
        when: Settings without which it does not show: the fact's values by its name.
        way_round: What to do until it is mended.
    """

    issue: str
    what: str
    torch: str
    macos: str
    when: Mapping[str, Sequence[str]]
    way_round: str

    @property
    def name(self) -> str:
        """Return the issue as its project writes it: ``pytorch#177116``."""
        *_, project, _, number = self.issue.split("/")
        return f"{project}#{number}"


def shipped() -> tuple[str, tuple[KnownFault, ...]]:
    """Return the device that the shipped list is about, and its faults.

    Raises:
        ValueError: The file has a mistake.
    """
    path = shipped_folder() / FAULTS
    text = small_file(path, MAX_BYTES)
    document = compiled(path.name, text, path.name) or parse(text.decode("utf-8"), path.name)
    data = document.data
    if document.problems or not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ValueError(f"{path}: {next(iter(document.problems), f'no {SCHEMA}')}")
    return str(data["device"]), tuple(_fault(entry) for entry in data["faults"])


def _fault(fields: Mapping[str, object]) -> KnownFault:
    settings = fields.get("when", {})
    assert isinstance(settings, Mapping)
    when = {
        name: tuple(map(str, value)) if isinstance(value, list) else (str(value),)
        for name, value in settings.items()
    }
    text = {name: str(fields.get(name, "")) for name in ("issue", "what", "torch", "macos")}
    return KnownFault(**text, when=when, way_round=str(fields["way_round"]))


def concerning(facts: Mapping[str, object]) -> list[KnownFault]:
    """Return the faults that may concern a run; none where its device or torch is not known."""
    torch = facts.get("torch")
    if facts.get("device") is None or torch is None:
        return []
    device, faults = shipped()
    if str(facts["device"]).partition(":")[0].lower() != device:
        return []
    return [fault for fault in faults if _matches(fault, str(torch), facts)]


def _matches(fault: KnownFault, torch: str, facts: Mapping[str, object]) -> bool:
    macos = str(facts.get("macos", ""))
    return (
        is_within(torch, fault.torch)
        and is_within(macos, fault.macos)
        and all(str(facts.get(name, "")).lower() in values for name, values in fault.when.items())
    )


def is_within(version: str, bounds: str) -> bool:
    """Return whether a version lies in a range; every version lies in an empty one.

    >>> is_within("2.10.0", ">=2.9, <2.14"), is_within("2.8.0+cpu", ">=2.9"), is_within("3", "")
    (True, False, True)
    """
    own = _numbers(version.partition("+")[0])
    return all(_holds(own, sign, _numbers(bound)) for sign, bound in _BOUND.findall(bounds))


def _holds(own: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    left, right = zip(*zip_longest(own, bound, fillvalue=0), strict=True)
    return bool(_SIGNS[sign](left, right))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _NUMBER.findall(version)[:3])
