"""Start a folder: a config and a first rule with its tests, from the metrics of a sample log."""

from __future__ import annotations

from pathlib import Path

from healthlint.authoring.scaffold import CannotWrite
from healthlint.authoring.starting import CONFIG, PACK, Start, start
from healthlint.cli._parser import Namespace, Parser, UsageError, wrong_use
from healthlint.cli._rules_new import written
from healthlint.cli._streams import save, say
from healthlint.config import find
from healthlint.logs import Log
from healthlint.readers import read
from healthlint.report.outcome import OK
from healthlint.terminal.numbers import plural

EXAMPLES = """\
examples:
  healthlint init logs.jsonl
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint init``."""
    parser.add_argument("log", nargs="?", metavar="LOG", help="a sample of the logs to be judged")


def run(args: Namespace) -> int:
    """Write the files, unless one of them is there, and say what comes next."""
    _refuse_present()
    with wrong_use(CannotWrite, OSError):
        begun = start(_sample(args.log) if args.log else None)
    written(begun.made)
    save(begun.config, CONFIG)
    say(_said(begun, args.log))
    return OK


def _refuse_present() -> None:
    """Refuse to start where a config holds already, or a file would be written over."""
    source = find(Path.cwd())
    here = [source.path] if source and source.folder == "." else []
    present = [name for name in (CONFIG, PACK) if Path(name).exists()]
    for name in (*present, *here):
        raise UsageError(f"{name} is there already; nothing was written")


def _sample(path: str) -> Log:
    log = read(path)
    if not log.runs or not log.runs[-1].series:
        reason = log.problems[0].message if log.problems else "it has no metrics"
        raise UsageError(f"{path}: {reason}")
    return log


def _said(begun: Start, path: str | None) -> str:
    lines = []
    if path:
        count = plural(len(begun.metrics), "metric")
        lines.append(f"{path}: {count} ({', '.join(begun.metrics)})")
    lines += [
        f"{CONFIG}: settings",
        f"{begun.made.pack}: rule {begun.rule}, to be edited",
        f"{begun.made.tests}: it fires in one test and stays quiet in another; both pass",
    ]
    if begun.lacking:
        listed = ", ".join(begun.lacking)
        lines.append(
            f"the log does not say {listed}; rules that need it wait for `facts:` in {CONFIG}"
        )
    names_log = "\nlogs:" in begun.config
    lines.append("next: healthlint check" + ("" if names_log else f" {path or 'LOG'}"))
    return "\n".join(lines) + "\n"
