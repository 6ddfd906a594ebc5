"""Look at spectrograms: how sharp, on which axis detail is lost, static, noise.

PATH is sound (wav, flac, ...), a mel (.npy, .npz, .pt), a grey PNG, a folder of them (a series,
where their names say steps or epochs), a log that announces samples, or TensorBoard events that
hold sound. Blur is judged against reference
recordings of the speaker (--reference); a log whose samples name their targets, or whose tags say
which sound is `gt`, `target` or `reference`, brings its own. Numbers are dB of white noise through
the same front end; higher is sharper, static and noise are the better the lower.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from healthlint.blur.groups import Group, Wanted, groups, together
from healthlint.blur.text import blur_json, blur_text
from healthlint.cli._output import configure_output, outputs, show
from healthlint.cli._parser import (
    Namespace,
    Parser,
    UsageError,
    option,
    refuse_missing,
    refuse_unknown,
    repeated,
    suggestion,
    wrong_use,
)
from healthlint.cli._plots import drawer
from healthlint.cli._streams import complain
from healthlint.report.outcome import BROKEN, FINDINGS, NO_VERDICT, OK, worst
from healthlint.spectrogram import measures
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Front
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.scales import NAMES, parsed
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style

_FORMATS = ("table", "json")
EXAMPLES = """\
examples:
  healthlint blur samples/ --reference recordings/
  healthlint blur predicted.npz --scale ln-amp --reference targets/
  healthlint blur runs/first/logs.jsonl --plot pictures/
exit codes: 0 nothing found, 1 blurred, static, noisy or silent (of a log: at its last sample),
2 wrong use or an unreadable file, 3 no verdict (without a reference blur is rarely told)
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint blur``."""
    parser.usage = "%(prog)s [options] PATH ..."
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="sound, mel, image, folder or log")
    recordings = "recordings of the speaker, made into mels alike; five or more"
    repeated(add, "--reference", "PATH", recordings, default=[])
    add("--plot", metavar="DIR", help="write pictures there (needs matplotlib)")
    add("--jobs", type=int, default=1, metavar="N", help="processes (default: %(default)s)")
    text = f"a textbook measure beside the score: {', '.join(measures.names())}; or all"
    repeated(add, "--measure", "NAME", text, default=[])
    _configure_front(parser)
    configure_output(parser, _FORMATS)


def _configure_front(parser: Parser) -> None:
    front = Front()
    add = parser.add_argument_group("front end (of arrays: as they were made)").add_argument
    option(add, "--scale", "NAME", f"of arrays: {', '.join(NAMES)} (default: told)", default="")
    option(add, "--bands", "N", "mel bands (default: 80; arrays: their own)", type=int, default=0)
    for name, value, unit in (
        ("sample-rate", front.sample_rate, "Hz"),
        ("n-fft", front.n_fft, "samples"),
        ("window", 0, "samples, 0 for n-fft"),
        ("hop", front.hop, "samples"),
    ):
        add(f"--{name}", type=int, default=value, metavar="N", help=f"{unit} (default: {value})")
    add("--fmin", type=float, default=front.fmin, metavar="HZ", help="lowest edge (default: 0)")
    add("--fmax", type=float, default=front.fmax, metavar="HZ", help="highest edge (default: 8000)")
    add("--mel", choices=("slaney", "htk"), default="slaney", help="mel scale (default: slaney)")


def run(args: Namespace) -> int:
    """Measure, judge, show, and return the exit code."""
    reports = outputs(args.outputs, _FORMATS)
    settings, more = _settings(args), _measures(args.measure)
    is_loud = sys.stderr is not None and sys.stderr.isatty()
    refuse_missing(args.reference)
    with TemporaryDirectory(prefix="healthlint-") as scratch:
        wanted = Wanted(
            settings=settings,
            references=tuple(args.reference),
            jobs=max(1, args.jobs),
            more=more,
            is_loud=is_loud,
            scratch=Path(scratch),
        )
        made = list(groups(args.paths, wanted))
        show(reports, args, lambda name, style: _rendered(made, name, style))
        if args.plot:
            _plot(made, args.plot)
    return worst((_code(group) for group in made), default=NO_VERDICT)


def _rendered(groups: Sequence[Group], name: str, style: Style) -> str:
    if name == "json":
        return blur_json(groups)
    return "\n".join(blur_text(group, style) for group in groups)


def _settings(args: Namespace) -> Settings:
    with wrong_use(SpectrogramError):
        front = Front(
            sample_rate=args.sample_rate,
            n_fft=args.n_fft,
            window=args.window,
            hop=args.hop,
            bands=args.bands or Front().bands,
            fmin=args.fmin,
            fmax=args.fmax,
            mel=args.mel,
        )
    try:
        parsed(args.scale)
    except SpectrogramError as error:
        near = suggestion(args.scale, NAMES)
        listed = f"({', '.join(NAMES)}; ln-amp*2.07 where values were divided by 2.07 on top)"
        raise UsageError(f"unknown scale {args.scale!r}{near} {listed}") from error
    return Settings(front, args.scale, args.bands)


def _measures(words: Sequence[str]) -> tuple[str, ...]:
    known = measures.names()
    for word in words:
        if word != "all":
            refuse_unknown("unknown measure", word, known)
    return known if "all" in words else tuple(dict.fromkeys(words))


def _plot(groups: Sequence[Group], folder: str) -> None:
    pictures = drawer("healthlint.blur.pictures")
    try:
        written, left_out = pictures.draw(groups, Path(folder))
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror}") from error
    if written:
        complain(f"wrote {plural(len(written), 'picture')} to {folder}")
    else:
        complain("nothing to draw: nothing could be measured")
    for each in left_out:
        complain(f"not drawn: {each}")


def _code(group: Group) -> int:
    """Return the exit code that one group alone would have."""
    if group.problems or any(row.measured.problem for row in group.rows):
        return BROKEN
    names = {row.verdict.name for row in group.last if row.verdict}
    mean = together(group)
    if names & {"blurred", "static", "noisy", "silent"} or (mean and mean.is_blurred):
        return FINDINGS
    return OK if "sharp" in names or (mean and mean.name == "sharp") else NO_VERDICT
