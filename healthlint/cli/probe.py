"""Let checkpoints speak: samples by the model's own command, heard, beside each other.

Every checkpoint says every text in a process of its own. Each sample is judged: silent, clipped,
static, noisy, blurred, and how fast it speaks; over checkpoints it is shown whether sharpness
rises. Blur is judged against reference recordings of the speaker (--reference).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from healthlint.cli._output import configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser, UsageError, configure_config, option, repeated
from healthlint.cli._plots import drawer
from healthlint.cli._probe_plan import planned, running
from healthlint.cli._settings import read_settings
from healthlint.cli._streams import complain
from healthlint.probing import Probe, ProbeError, ProbePlan, probe, synthesizers
from healthlint.probing.command import PLACEHOLDERS
from healthlint.probing.plan import TIMEOUT_SECONDS
from healthlint.probing.text import probe_text
from healthlint.probing.work import folder_of_samples
from healthlint.terminal.style import Style

_FORMATS = ("table", "json")
EXAMPLES = f"""\
placeholders of --command:
{chr(10).join(f"  {'{' + name + '}':<13} {said}" for name, said in PLACEHOLDERS.items())}
examples:
  healthlint probe --model my_model --reference recordings/ --plot pictures/
  healthlint probe --model runs/first --out samples/
  healthlint probe --model G_8000.pth G_9000.pth --text "Good evening." \\
      --command 'python say.py --ckpt {{checkpoint}} --text={{text}} --wav {{output}}'
exit codes: 0 fine, 1 silent, clipped, static, noisy or blurred (over checkpoints: at the newest),
2 wrong use, or a command that failed or made no sound, 3 nothing could be judged
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint probe``."""
    parser.usage = "%(prog)s --model PATH ... [options]"
    add = parser.add_argument
    text = "a checkpoint, several, or a folder: of one model, or of checkpoints by epoch or step"
    option(add, "--model", "PATH", text, nargs="+", required=True)
    add("--text", action="append", metavar="TEXT", help="what to say; may be repeated")
    add("--command", metavar="TEMPLATE", help="what makes a sample; no shell sees it")
    add(
        "--synthesizer",
        metavar="NAME",
        help=f"instead of a command: {', '.join(synthesizers.names())} (default: recognised, "
        f"else {synthesizers.DEFAULT})",
    )
    add("--device", metavar="NAME", help="mps, cuda or cpu (default: auto)")
    add("--timeout", type=float, metavar="S", help=f"seconds a sample ({TIMEOUT_SECONDS:g})")
    repeated(add, "--reference", "PATH", "recordings of the speaker, five or more")
    add("--out", metavar="DIR", help="keep the samples there, and reuse what lies there already")
    add("--mos", action="store_true", help="predict what listeners would say (needs distillmos)")
    add("--plot", metavar="DIR", help="write pictures there (needs matplotlib)")
    configure_output(parser, _FORMATS)
    configure_config(parser)


def run(args: Namespace) -> int:
    """Probe, show, draw, and return the exit code."""
    reports = outputs(args.outputs, _FORMATS)
    picture = drawer("healthlint.probing.picture") if args.plot else None
    plan = _plan(args)
    try:
        with folder_of_samples(plan.out) as folder:  # as long as pictures are drawn of them
            with running(plan):
                made = probe(replace(plan, out=folder))
            is_kept = plan.out is not None
            show(reports, args, lambda name, style: _text(made, name, style, is_kept=is_kept))
            if picture:
                _draw(picture, made, plan, args.plot)
    except ProbeError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    return made.exit_code


def _plan(args: Namespace) -> ProbePlan:
    """Return what to probe.

    Raises:
        UsageError: Options that exclude each other, or an unknown synthesizer.
        ConfigError: The config has mistakes.
    """
    if args.command and args.synthesizer:
        raise UsageError("--command and --synthesizer exclude each other")
    told: dict[str, Any] = {
        "texts": args.text,
        "command": args.command,
        "synthesizer": args.synthesizer,
        "device": args.device,
        "timeout": args.timeout,
        "reference": args.reference,
        "out": args.out,
        "mos": args.mos or None,
    }
    # the other options mean something else in a config
    settings = read_settings(Namespace(config=args.config, no_config=args.no_config))
    return planned(tuple(args.model), told, settings.probe)


def _text(probe: Probe, name: str, style: Style, *, is_kept: bool) -> str:
    if name == "json":
        from healthlint.probing.wire import rendered

        return rendered(probe)
    return probe_text(probe, style, is_kept=is_kept)


def _draw(picture: Any, probe: Probe, plan: ProbePlan, folder: str) -> None:
    written = picture.draw(probe, Path(folder), plan.settings)
    listed = ", ".join(str(path) for path in written)
    complain(f"wrote {listed}" if written else "nothing to draw")
