"""The report for programs: one JSON object, version 2, byte-equal for equal input.

It carries no time and no absolute path. NaN and infinities, which JSON cannot spell, are the
strings ``NaN``, ``Infinity`` and ``-Infinity``. Characters that steer a terminal are escaped.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache, reduce
from math import isfinite, isnan
from operator import or_
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from healthlint import report as judged
from healthlint.documents.json import dumps, spellable
from healthlint.report.outcome import exit_code, log_code
from healthlint.reporters._paths import relative
from healthlint.terminal.style import Style
from healthlint.wire import report as wire

Target = TypeVar("Target")
Conversion = Callable[[Any], Any]

# Computed numbers are kept to a millionth of a millionth: what differs below that is the machine.
_DIGITS = 12
_AS_LOGGED = {"step", "epoch", "planned_epochs", "best", "bound", "coverage"}


def render(report: judged.Report, style: Style) -> str:
    """Return the report as indented JSON."""
    return dumps(to_wire(spellable(report), style.root), is_indented=True)


def to_wire(report: judged.Report, root: str = "") -> wire.Report:
    """Return the report in the types of the wire format.

    Args:
        report: The report.
        root: Folder that absolute paths are written relative to.
    """
    return as_wire(
        wire.Report,
        report,
        schema_version=wire.SCHEMA_VERSION,
        exit_code=exit_code(report),
        logs=tuple(_log(log, report.fail_on, root) for log in report.logs),
        config=relative(report.config, root) or None,
        settings=tuple(_setting(setting, root) for setting in report.settings),
        suppressions=tuple(
            as_wire(wire.Suppression, use, origin=relative(use.origin, root))
            for use in report.suppressions
        ),
        baseline=relative(report.baseline, root) or None,
        schema=wire.SCHEMA,
    )


def _setting(setting: judged.Setting, root: str) -> wire.Setting:
    value = setting.value
    if setting.key == "rules" and isinstance(value, list | tuple):
        value = [relative(path, root) for path in value]
    return wire.Setting(setting.key, _fact(value), relative(setting.origin, root))


def _log(log: judged.LogReport, fail_on: judged.Severity, root: str) -> wire.Log:
    return as_wire(
        wire.Log,
        log,
        path=relative(log.path, root),
        exit_code=log_code(log, fail_on),
        required=tuple(wire.Required(*pair) for pair in sorted((log.required or {}).items())),
        unseen=tuple(wire.Unseen(*pair) for pair in sorted(log.unseen.items())),
        findings=tuple(map(_finding, log.findings)),
        against=_comparison(log.against, root) if log.against else None,
    )


def _comparison(against: judged.Comparison, root: str) -> wire.Comparison:
    levels = {} if against.at else {"now": None, "then": None, "change": None}
    return as_wire(wire.Comparison, against, name=relative(against.name, root), **levels)


def _finding(finding: judged.Finding) -> wire.Finding:
    return as_wire(
        wire.Finding,
        finding,
        evidence=tuple(map(_evidence, finding.evidence)),
        folded=tuple(map(_finding, finding.folded)),
    )


def _evidence(evidence: judged.Evidence) -> wire.Evidence:
    points = zip(evidence.places, evidence.values, strict=True)
    return as_wire(
        wire.Evidence,
        evidence,
        points=tuple(as_wire(wire.Point, place, value=_computed(value)) for place, value in points),
    )


def as_wire(target: type[Target], source: object, **given: object) -> Target:
    """Return a wire object: what is given, and the fields of the same name in the source."""
    for name, convert in _conversions(cast(Any, target)).items():
        if name not in given:
            given[name] = convert(getattr(source, name))
    return target(**given)


@cache
def _conversions(target: Any) -> Mapping[str, Conversion]:
    hints = get_type_hints(target)
    return {name: _conversion(hint, name in _AS_LOGGED) for name, hint in hints.items()}


def _conversion(hint: Any, is_logged: bool) -> Conversion:
    """Return what makes a value of a type of the wire format."""
    inner = [kind for kind in get_args(hint) if kind is not NoneType]
    if len(inner) < len(get_args(hint)):
        known = _conversion(reduce(or_, inner), is_logged)
        return lambda value: None if value is None or value == "" else known(value)
    if get_origin(hint) is tuple:
        convert = _conversion(inner[0], is_logged)
        return lambda values: tuple(map(convert, values))
    if get_origin(hint) is abc.Mapping:
        return _fact
    if hint == wire.Number:
        return finite if is_logged else _computed
    if is_dataclass(hint):
        return lambda value: as_wire(cast("type", hint), value)
    return lambda value: value


def _computed(value: float) -> wire.Number:
    return finite(float(f"{value:.{_DIGITS}g}"))


def finite(value: float) -> wire.Number:
    """Return a number as JSON spells it: whole without decimals, NaN and infinities as strings."""
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 2**53 else float(value)


def _fact(value: object) -> object:
    """Return the value of a fact as JSON data: mappings sorted, the unknown as its text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return finite(value)
    if isinstance(value, abc.Mapping):
        return {str(name): _fact(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, abc.Sequence) and not isinstance(value, bytes | bytearray):
        return [_fact(item) for item in value]
    return str(value)
