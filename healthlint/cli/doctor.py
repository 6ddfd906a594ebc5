"""Say what is installed and what it enables, and whether config and packs are right.

Exits with 0 where everything that healthlint needs is there and works, and with 1 where something
is wrong; each finding of its own names its remedy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from healthlint import __version__
from healthlint.cli._parser import Namespace, Parser, configure_config
from healthlint.cli._streams import stdout_style, write
from healthlint.diagnosis import checks as diagnosis
from healthlint.diagnosis.checks import Diagnosis
from healthlint.report.outcome import FINDINGS, OK
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean, left

_INKS = {"ok": ("green",), "absent": ("dim",), "warn": ("yellow",), "fail": ("bold", "red")}
_WORDS = {"ok": "ok", "absent": "-", "warn": "warn", "fail": "FAIL"}


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint doctor``."""
    add = parser.add_argument
    add(
        "--deep",
        action="store_true",
        help="import every optional package, each in a process of its own (slow)",
    )
    add(
        "--device",
        metavar="DEVICE",
        help="compare losses and gradients of a small model on this device (mps, cuda, cpu) with "
        "the CPU, on batches of two shapes; needs torch",
    )
    configure_config(parser)


def run(args: Namespace) -> int:
    """Print every check; 1 where one failed."""
    style = stdout_style()
    checks = list(_checks(args, style))
    write(shown(checks, style))
    return FINDINGS if any(check.state == "fail" for check in checks) else OK


def _checks(args: Namespace, style: Style) -> Iterator[Diagnosis]:
    yield diagnosis.python()
    needed = list(diagnosis.required())
    yield from needed
    yield from diagnosis.optional(deep=args.deep)
    if all(check.state == "ok" for check in needed):
        yield from diagnosis.config(args.config, is_wanted=not args.no_config)
    else:
        yield Diagnosis("warn", "config", "not looked at", "install what is missing first")
    encoding = getattr(sys.stdout, "encoding", None) or "unknown encoding"
    yield diagnosis.terminal(unicode=style.unicode, color=style.color, encoding=encoding)
    yield diagnosis.cache()
    if args.device:
        from healthlint.diagnosis import parity as _parity

        yield from _parity.checks(args.device)


def shown(checks: Sequence[Diagnosis], style: Style) -> str:
    """Return the checks as a list, each with its remedy, and what they come to."""
    checks = clean(list(checks))
    wide = max(len(check.name) for check in checks)
    lines = [style.paint(f"healthlint {__version__}", "bold")]
    for check in checks:
        state = style.paint(left(_WORDS[check.state], 4), *_INKS[check.state])
        lines.append(f"  {state}  {left(check.name, wide)}  {check.seen}")
        if check.remedy:
            remedy = f"= {check.remedy}"
            lines.append(" " * (wide + 10) + style.paint(remedy, *_REMEDY_INKS[check.state]))
    return "\n".join([*lines, _total(checks)]) + "\n"


_REMEDY_INKS = {**_INKS, "warn": (), "fail": ("bold",)}


def _total(checks: Sequence[Diagnosis]) -> str:
    wrong = [check.name for check in checks if check.state == "fail"]
    return f"Wrong: {', '.join(wrong)}." if wrong else "Everything that is needed works."
