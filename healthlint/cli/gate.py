"""Say whether checkpoints may be shipped: their weights, their log, their samples.

A checkpoint is a file (torch, safetensors) or a model folder. Nothing of it is run, and neither
torch nor the trainer's code is needed; with --probe alone the model's own command makes samples.
"""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.cli._output import configure_output, outputs, show
from healthlint.cli._parser import (
    Namespace,
    Parser,
    UsageError,
    option,
    refuse_missing,
    refuse_unknown,
    repeated,
)
from healthlint.cli._probe_plan import planned, running
from healthlint.cli._settings import blaming, configure_facts, read_settings
from healthlint.config import Settings
from healthlint.gating import Gated, Wanted, gate
from healthlint.gating.checks import checks
from healthlint.gating.text import gate_json, gate_text, github, markdown
from healthlint.probing import ProbePlan
from healthlint.report.outcome import BROKEN, FINDINGS, NO_VERDICT, OK, worst
from healthlint.terminal.style import Style

_FORMATS = ("full", "json", "github", "markdown")
EXAMPLES = """\
examples:
  healthlint gate runs/kokoro/checkpoints/epoch_0020.pt
  healthlint gate --samples out/ --reference recordings/ --against last_release.pt model.pt
  healthlint gate --probe --reference recordings/ model.pt
exit codes: 0 ship, 1 hold, 2 wrong use or a file that is refused unread, 3 cannot tell
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint gate``."""
    parser.usage = "%(prog)s [options] CHECKPOINT ..."
    add = parser.add_argument
    add("paths", nargs="+", metavar="CHECKPOINT", help="checkpoint file or model folder")
    option(add, "--log", "LOG", "log of the run (default: found beside it)", default="")
    before = "checkpoint whose parts it must have (default: the one that the log announced before)"
    option(add, "--against", "CHECKPOINT", before, default="")
    samples = "its samples: sound, mels or a folder (default: those that the log announces)"
    repeated(add, "--samples", "PATH", samples, default=[])
    add(
        "--probe",
        action="store_true",
        help="make its samples: run the command of the config's `probe:` (default: as `healthlint "
        "probe`); without this nothing is ever run",
    )
    recordings = "recordings of the speaker, with which samples are compared"
    repeated(add, "--reference", "PATH", recordings, dest="recordings", default=[])
    _configure_verdict(parser)
    configure_output(parser, _FORMATS)
    configure_facts(parser)


def _configure_verdict(parser: Parser) -> None:
    add = parser.add_argument
    text = "how far validation mel may lie above its best (default: 2)"
    option(add, "--above-best", "PERCENT", text, type=float, default=2.0)
    needed = "without a verdict of this check there is none; classes, weights and log always are"
    repeated(add, "--require", "CHECK", needed, dest="needed", default=[])
    repeated(
        add, "--allow", "CLASS", "a class that a checkpoint may name (my_trainer.config.Settings)"
    )
    add("--rules", action="append", metavar="PATH", help="packs beside the shipped ones")


def run(args: Namespace) -> int:
    """Look at each checkpoint, report, and return the exit code."""
    reports = outputs(args.outputs, _FORMATS)
    settings = read_settings(args)
    plan = _plan(args, settings)
    wanted = Wanted(
        log=args.log,
        against=args.against,
        samples=tuple(args.samples),
        probe=plan,
        reference=plan.references if plan else tuple(args.recordings),
        rules=tuple(settings.rules),
        params=settings.params,
        facts=settings.facts,
        above_best=args.above_best,
        require=tuple(args.needed),
        allow=tuple(settings.gate.get("allow", ())),
    )
    _refuse_wrong(args, wanted)
    with blaming(settings), running(plan):
        made = [gate(path, wanted) for path in args.paths]
    show(reports, args, lambda name, style: _rendered(made, name, style))
    return worst((_code(gated) for gated in made), default=NO_VERDICT)


def _plan(args: Namespace, settings: Settings) -> ProbePlan | None:
    """Return how samples are made, None where none are to be."""
    if not args.probe:
        return None
    if args.samples:
        raise UsageError("--samples and --probe exclude each other")
    return planned((), {"reference": args.recordings or None}, settings.probe)


def _rendered(made: Sequence[Gated], name: str, style: Style) -> str:
    if name == "json":
        return gate_json(made)
    if name == "github":
        return github(made)
    if name == "markdown":
        return markdown(made)
    return "\n".join(gate_text(gated, style) for gated in made)


def _refuse_wrong(args: Namespace, wanted: Wanted) -> None:
    """Refuse what checkpoints are looked at with and is not there, and names of no check."""
    named = [*wanted.samples, *wanted.reference, *filter(None, (args.log, args.against))]
    refuse_missing(named)
    for name in wanted.require:
        refuse_unknown("no check", name, (check.NAME for check in checks()), "checks: ")
    if not 0 <= wanted.above_best <= 1000:
        raise UsageError("--above-best is a percentage from 0 to 1000")
    if wanted.samples and len(args.paths) > 1:
        raise UsageError("--samples are of one checkpoint: name one")


def _code(gated: Gated) -> int:
    if gated.is_broken:
        return BROKEN
    return {"ship": OK, "hold": FINDINGS, "cannot tell": NO_VERDICT}[gated.decision]
