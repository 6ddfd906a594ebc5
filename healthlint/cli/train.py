"""Train a small text-to-speech model and write a log that can be judged.

The model is a small FastSpeech 2, trained on synthetic Russian speech (no download), on
festvox-ru, or on a folder of recordings. Needs the extra: pip install 'healthlint[train]'.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import fields
from functools import partial
from pathlib import Path

from healthlint.cli._parser import option
from healthlint.report.outcome import BROKEN, INTERRUPTED, OK
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.faults import WHAT
from healthlint.trainer.progress import Progress

_STOPPING = ("core/non-finite", "core/divergence")
_LAST_LOOK = 30.0
_EXAMPLES = """\
examples:
  healthlint train --corpus espeak --out runs/demo
  healthlint train --corpus festvox:corpora/festvox-ru --hidden 96 --epochs 50 --out runs/real
  healthlint train --corpus espeak --fault blurred-targets@7 --out runs/faulty
  healthlint train --resume runs/demo

faults:
"""


def configure(parser: ArgumentParser) -> None:
    """Declare the options of ``healthlint train``."""
    parser.epilog = _EXAMPLES + "".join(f"  {name:<20} {what}\n" for name, what in WHAT.items())
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--out", type=Path, metavar="DIR", help="folder of a new run")
    text = "go on with the run in DIR from its last checkpoint, with its own settings"
    option(place.add_argument, "--resume", "DIR", text, type=Path)
    parser.add_argument(
        "--watch",
        action="store_true",
        help="watch the log in a process beside it: findings are told as they begin, and a loss "
        "that is not a number, or that diverged, ends the run",
    )
    _configure_run(parser)
    add = parser.add_argument_group("machine").add_argument
    add("--device", metavar="NAME", help="mps, cuda or cpu (default: the first that works)")
    add("--threads", type=_positive, default=1, metavar="N", help="CPU threads (default: 1)")
    text = "folder of measured features (default: %(default)s)"
    option(add, "--cache", "DIR", text, type=Path, default=_cache_folder())


def _configure_run(parser: ArgumentParser) -> None:
    """Declare what decides a run; an option that is not given is not in the namespace."""
    group = parser.add_argument_group("run")

    def add(flag: str, **options: object) -> None:
        group.add_argument(flag, default=SUPPRESS, **options)  # type: ignore[arg-type]

    option(add, "--corpus", "NAME[:PATH]", "espeak, festvox:PATH or folder:PATH (default: espeak)")
    option(add, "--utterances", "N", "clips to take (default: all; 200 of espeak)", type=_positive)
    add("--epochs", type=_positive, metavar="N", help="epochs (default: 20)")
    text = "channels, a multiple of 4; 64 is 0.7 million parameters (default: 64)"
    option(add, "--hidden", "N", text, type=_channels)
    add("--dropout", type=_share, metavar="X", help="share of values dropped (default: 0.1)")
    add("--batch-size", type=_positive, metavar="N", help="clips in a batch (default: 8)")
    add("--learning-rate", type=_rate, metavar="X", help="highest rate (default: 0.003)")
    add("--seed", type=_natural, metavar="N", help="seed of everything random (default: 0)")
    add("--fault", metavar="NAME[@EPOCH]", help="provoke one of the faults below on purpose")
    add("--precision", choices=("fp32", "bf16"), help="number format (default: fp32)")
    add("--log-every", type=_positive, metavar="N", help="steps in a training row (default: 5)")
    add("--sample-every", type=_natural, metavar="N", help="epochs between samples (default: 5)")
    add(
        "--sharpness",
        action=BooleanOptionalAction,
        help="log the sharpness of the validation mels (default: yes)",
    )
    add("--save-every", type=_natural, metavar="N", help="epochs between kept checkpoints (5)")


def run(args: Namespace) -> int:
    """Train or resume; 0 at the end of the run, 2 where it cannot begin, 130 after Ctrl-C."""
    progress = Progress()
    try:
        with _watched(args.out or args.resume) if args.watch else nullcontext():
            is_finished = _train(args, progress)
    except (TrainerError, OSError) as error:
        progress.say(f"healthlint train: error: {error}")
        return BROKEN
    if is_finished:
        return OK
    progress.say(f"interrupted; go on with: healthlint train --resume {args.out or args.resume}")
    return INTERRUPTED


def _train(args: Namespace, progress: Progress) -> bool:
    """Train, and say whether the end was reached.

    Raises:
        TrainerError: Options that do not fit together, or what the trainer cannot use.
    """
    try:
        from healthlint.trainer import device, train
        from healthlint.trainer.config import Config
        from healthlint.trainer.interrupt import Interrupt
    except ImportError as error:
        raise TrainerError(
            f"{error.name} is not installed: pip install 'healthlint[train]'"
        ) from error
    given_options = vars(args)
    names = [field.name for field in fields(Config) if field.name in given_options]
    settings = {name: given_options[name] for name in names}
    if args.resume and settings:
        given = ", ".join(f"--{name.replace('_', '-')}" for name in settings)
        raise TrainerError(f"--resume goes on with the run's own settings: leave out {given}")
    place = train.Destination(
        args.out or args.resume, args.cache, device.choose(args.device), args.threads
    )
    with Interrupt() as interrupt:
        if args.resume:
            return train.resume(place, interrupt, progress)
        return train.start(Config(**settings), place, interrupt, progress)


@contextmanager
def _watched(out: Path) -> Iterator[None]:
    """Watch the log of a run in a process of its own; it ends by itself once the run has ended."""
    stops = [word for rule in _STOPPING for word in ("--stop", rule)]
    command = [sys.executable, "-m", "healthlint", "watch", *stops, str(out / "logs.jsonl")]
    watch = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    try:
        yield
        with suppress(subprocess.TimeoutExpired):
            watch.wait(timeout=_LAST_LOOK)
    finally:
        watch.terminate()
        watch.wait()


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "healthlint" / "features"


def _channels(text: str) -> int:
    number = _whole(text, least=8)
    if number % 4:
        raise ArgumentTypeError(f"{number} is not a multiple of 4")
    return number


def _rate(text: str) -> float:
    rate = _number(text)
    if not 0 < rate < float("inf"):
        raise ArgumentTypeError(f"{text} is not a positive number")
    return rate


def _share(text: str) -> float:
    share = _number(text)
    if not 0 <= share < 1:
        raise ArgumentTypeError(f"{text} is not at least 0 and below 1")
    return share


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number") from None


def _whole(text: str, *, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
    return int(text)


_positive, _natural = partial(_whole, least=1), partial(_whole, least=0)
