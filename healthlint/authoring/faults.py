"""The list of known faults, as ``explain known-faults`` prints it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.rulebook.knownfaults import KnownFault
from healthlint.terminal.style import Style
from healthlint.terminal.text import visible, wrapped


def listed(faults: Sequence[KnownFault], heading: str, style: Style) -> str:
    """Return the faults with where they are known to be and the way round each."""
    lines = [style.paint(visible(heading), "bold")]
    for fault in faults:
        lines += ["", *_fault(fault, style)]
    return "\n".join(lines) + "\n"


def _fault(fault: KnownFault, style: Style) -> Iterator[str]:
    yield from _indented(f"{fault.name}: {fault.what}", 2, style)
    where = [f"torch {fault.torch}", *([f"macOS {fault.macos}"] if fault.macos else [])]
    where += [f"{name} {' or '.join(values)}" for name, values in fault.when.items()]
    yield f"      {', '.join(where)}"
    yield from _indented(f"= {fault.way_round}", 6, style)
    yield style.paint(f"      {fault.issue}", "dim")


def _indented(text: str, indent: int, style: Style) -> Iterator[str]:
    yield from (" " * indent + line for line in wrapped(text, style.width - indent))
