"""Watch logs while they grow: findings are told once, as they begin.

Each run has a line of its own that is redrawn in place; findings are printed as they begin and when
they are over. New runs in a folder join by themselves. It ends when the runs have ended, with the
exit code that `healthlint check` would have.
"""

from __future__ import annotations

import gc
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from tempfile import TemporaryDirectory
from typing import Any

from healthlint.cli._output import configure_color
from healthlint.cli._parser import (
    Namespace,
    Parser,
    UsageError,
    option,
    refuse_unknown,
    repeated,
    wrong_use,
)
from healthlint.cli._settings import configure_failing, read_settings, rulebook
from healthlint.cli._streams import complain, stdout_style, write
from healthlint.cli._watch_text import Screen, rows
from healthlint.config import Settings
from healthlint.config.model import Duration, Epochs, Notified, Share
from healthlint.config.settings import COMMAND_LINE, DEFAULT
from healthlint.readers.remote import is_url
from healthlint.report import Report
from healthlint.report.outcome import BROKEN, OK, exit_code
from healthlint.watching import Plan, Policy, StopPolicy, Watched
from healthlint.watching.events import KINDS, SCHEMA, noticed
from healthlint.watching.loop import Clock, Loop, Pace
from healthlint.watching.notify import AddressError, Heartbeat, Notifier, get
from healthlint.watching.sinks import Background, Command, EventFile, Printed, Sink

_PROGRAM = "healthlint watch"
_COLLECTED_AFTER = (1000, 10, 10)
"""Objects made, above those dropped, after which a watch looks for garbage: it runs for days."""
_NUMBERS: dict[str, tuple[Any, float]] = {
    "every": (Duration, 5.0),
    "duty": (Share, 0.02),
    "keep_firing_for": (Epochs, 1.0),
    "group_wait": (Duration, 0.0),
    "repeat": (Duration, 0.0),
}
"""Settings of watching that are numbers: how each is written, and what holds where nobody says."""
EXAMPLES = """\
examples:
  healthlint watch runs/
  healthlint watch --on firing 'notify-send "$(jq -r .message)"' runs/ru/logs.jsonl
  healthlint watch --once -o jsonl:events.jsonl 'runs/*/logs.jsonl'
  healthlint watch --stop core/non-finite --notify ntfy://my-topic runs/ru/logs.jsonl
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint watch``."""
    parser.usage = "%(prog)s [options] [LOG ...]"
    text = "log, folder of logs, or pattern"
    option(parser.add_argument, "logs", "LOG", text, nargs="*", default=[])
    configure_watching(parser)
    parser.add_argument("--once", action="store_true", help="look once and end, as for cron")
    text = "send a message to every address, and end"
    parser.add_argument("--test-notify", action="store_true", help=text)
    configure_failing(parser)


def configure_watching(parser: Parser) -> None:
    """Declare how logs are looked at, and who is told what."""
    add = parser.add_argument_group("watching").add_argument
    add("--every", metavar="TIME", help="time between two looks at a log, at least (default: 5s)")
    add("--duty", metavar="SHARE", help="share of a core that a log may take (default: 2%%)")
    add("--keep-firing-for", metavar="EPOCHS", help="how long a finding must be gone to be over")
    add("--group-wait", metavar="TIME", help="how long a new finding waits for its cause")
    add("--repeat", metavar="TIME", help="tell again what still holds (default: never)")
    add("--state", metavar="DIR", help="folder of what is remembered (default: beside each log)")
    text = "ask the training to stop (STOP.json beside its log) where this rule of high confidence "
    option(add, "--stop", "RULE", f"{text}fires; may be repeated (default: never)", action="append")
    add("--stop-after", type=int, metavar="N", help="looks in a row that it must fire (default: 3)")
    add = parser.add_argument_group("telling").add_argument
    text = f"write the event stream {SCHEMA}, to standard output or a file; may be repeated"
    add("-o", "--events", action="append", default=[], metavar="jsonl[:PATH]", help=text)
    kinds = ", ".join((*KINDS, "any"))
    text = f"run a command with the event as JSON on its standard input ({kinds}); may be repeated"
    add("--on", nargs=2, action="append", default=[], metavar=("EVENT", "COMMAND"), help=text)
    text = "send messages there, as apprise spells it (ntfy://topic)"
    repeated(add, "--notify", "URL", text, default=[])
    add("--heartbeat", metavar="URL", help="call this every minute, as healthchecks.io wants it")
    configure_color(add)


def run(args: Namespace) -> int:
    """Watch, tell, and return the exit code of what the logs came to."""
    settings = read_settings(args)
    if args.test_notify:
        return _test(args, settings)
    logs = _named(settings)
    if not logs:
        raise UsageError(f"which LOG? name one (see `{_PROGRAM} --help`)")
    if "-" in logs:
        return _watch_input(args, settings)
    return watch(args, settings, logs, _screen(args), is_once=args.once)


def _named(settings: Settings) -> Sequence[str]:
    """Return the logs as they were named: what a pattern of the config matches later joins too."""
    if settings.loaded is None or settings.origin("logs") in (COMMAND_LINE, DEFAULT):
        return settings.logs
    folder = settings.loaded.source.folder
    patterns = settings.loaded.config.logs or ()
    return [
        pattern if is_url(pattern) else os.path.relpath(Path(folder, pattern))
        for pattern in patterns
    ]


def follow(settings: Settings, color: str) -> int:
    """Watch the logs of a check, told nothing of watching."""
    parser = Parser()
    configure_watching(parser)
    args = parser.parse_args(["--color", color])
    if "-" in settings.logs:
        return _watch_input(args, settings)
    return watch(args, settings, settings.logs, _screen(args))


def _watch_input(args: Namespace, settings: Settings) -> int:
    """Watch what comes on standard input until it ends."""
    if len(settings.logs) > 1:
        raise UsageError("standard input is watched alone: name no other log")
    with TemporaryDirectory(prefix="healthlint-") as folder:
        spool = Path(folder, "input")
        spool.touch()
        reader = threading.Thread(target=_spooled, args=(spool,), daemon=True)
        reader.start()
        names = {str(spool): "-"}
        return watch(
            args, settings, [*names], _screen(args), names=names, is_wanted=reader.is_alive
        )


def _spooled(target: Path) -> None:
    """Copy standard input to a file as it comes."""
    with target.open("ab", buffering=0) as out:
        while sys.stdin is not None and (block := os.read(sys.stdin.fileno(), 1 << 16)):
            out.write(block)


def watch(
    args: Namespace,
    settings: Settings,
    logs: Sequence[str],
    screen: Screen,
    *,
    is_once: bool = False,
    names: Mapping[str, str] | None = None,
    also: Sequence[Sink] = (),
    **more: Any,
) -> int:
    """Watch logs as the options and the config say; return the exit code of what they came to.

    Args:
        args: The options of watching.
        settings: The settings.
        logs: What to watch.
        screen: What shows events and runs.
        is_once: Whether one look is enough.
        names: What logs are called that are not called by their paths.
        also: Further ones who are told of events.
        **more: As :meth:`Loop.run` takes it.
    """
    wake = threading.Event()
    sinks, slow = _sinks(args, settings, [screen, *also], wake)
    heartbeat = _heartbeat(args, settings)
    clock = Clock(wake)

    def shown(room: int = 0) -> list[str]:
        now, logs = clock.now(), loop.logs.values()
        seen = [(log.report, log.age(now), log.left) for log in logs if log.report]
        return rows(seen, screen.style, room)

    def joined(log: Watched) -> None:
        for event in () if is_once else log.open_alerts():
            screen.recall(event)

    def after() -> None:
        if screen.is_live:
            screen.draw(shown(get_terminal_size().lines - 1))
        if heartbeat:
            heartbeat.beat(clock.now())

    loop = Loop(
        logs,
        plan(args, settings),
        sinks,
        slow,
        clock=clock,
        pace=Pace(_value("every", args, settings), _value("duty", args, settings)),
        after=after,
        joined=joined,
        names=names or {},
    )
    gc.freeze()  # what imports made lives on; each look makes as much again, and drops it
    gc.set_threshold(*_COLLECTED_AFTER)
    with _ended_by_signals():
        try:
            loop.once() if is_once else loop.run(**more)
        except KeyboardInterrupt:
            for background in slow:
                background.close()
    screen.draw(shown(), is_last=True)
    code = _code(loop, settings)
    if heartbeat:
        heartbeat.end(code)
    return code


def _code(loop: Loop, settings: Settings) -> int:
    """Return the exit code of what the logs came to, and say what went wrong."""
    for trouble in dict.fromkeys(log.trouble for log in loop.logs.values() if log.trouble):
        complain(f"{_PROGRAM}: what was told cannot be remembered: {trouble}")
    for trouble in loop.unsent():
        complain(f"{_PROGRAM}: not sent yet, the next watch tries again: {trouble}")
    reports = [log.report for log in loop.logs.values() if log.report]
    if not reports:
        complain(f"{_PROGRAM}: no log yet")
    return exit_code(Report(version="", fail_on=settings.fail_on, logs=reports))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let the signal that asks a process to end do what Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def plan(args: Namespace, settings: Settings) -> Plan:
    """Return how logs are judged, and when what is told."""
    stop = _stop(args, settings)
    addressed = [address.repeat for address in settings.notify if address.repeat is not None]
    policy = Policy(
        keep_firing_for=_value("keep_firing_for", args, settings),
        group_wait=_value("group_wait", args, settings),
        repeat=min(filter(None, (_value("repeat", args, settings), *addressed)), default=0.0),
    )
    book = rulebook(settings, is_narrowed=True)
    return Plan(
        rulebook=book,
        facts=settings.facts,
        suppress=[
            suppression._replace(rules=book.meant(suppression.rule))
            for suppression in settings.suppress
        ],
        require=[book.resolve(rule) for rule in settings.require],
        fail_on=settings.fail_on,
        policy=policy,
        stop=stop,
        folder=args.state or settings.watch.get("state", ""),
    )


def _stop(args: Namespace, settings: Settings) -> StopPolicy | None:
    said = settings.watch.get("stop", {})
    on = args.stop or said.get("on", ())
    after = args.stop_after or said.get("after", 3)
    if after < 1:
        raise UsageError("--stop-after is a number of looks, from 1")
    return StopPolicy(tuple(on), after) if on else None


def _value(name: str, args: Namespace, settings: Settings) -> float:
    """Return a setting: of the command line, else of the config, else the default."""
    (kind, default), word = _NUMBERS[name], getattr(args, name)
    if word is None:
        return float(settings.watch.get(name, default))
    try:
        return float(kind.parse(word))
    except ValueError as error:
        option = name.replace("_", "-")
        raise UsageError(f"--{option}: {str(error).replace('`', chr(39))}") from error


def _screen(args: Namespace) -> Screen:
    """Return what shows events and runs: nothing where standard output is a stream of events."""
    style = stdout_style(args.color)
    is_free = not any(word in ("jsonl", "jsonl:-") for word in args.events)
    is_live = is_free and sys.stdout is not None and sys.stdout.isatty()
    return Screen(write if is_free else lambda _: None, style, is_live=is_live)


def _sinks(
    args: Namespace, settings: Settings, quick: Sequence[Sink], wake: threading.Event
) -> tuple[list[Sink], list[Background]]:
    """Return those who are told at once, and those who are told in the background."""
    files = [_event_file(word) for word in args.events]
    usual = _value("repeat", args, settings)
    commands = [Command(_kind(kind), shlex.split(words), usual) for kind, words in args.on]
    patient: list[Sink] = [*commands, *_notifiers(args, settings)]
    return [*quick, *files], [Background(sink, wake) for sink in patient]


def _event_file(word: str) -> Sink:
    name, colon, path = word.partition(":")
    if name != "jsonl" or (colon and not path):
        raise UsageError(f"-o {word}: the stream of events is jsonl[:PATH]")
    return EventFile(path) if path not in ("", "-") else Printed(write)


def _kind(word: str) -> str:
    refuse_unknown("--on: no event", word, (*KINDS, "any"), "events: ")
    return word


def _notifiers(args: Namespace, settings: Settings) -> list[Notifier]:
    usual = _value("repeat", args, settings)
    addresses = [*map(Notified, args.notify), *settings.notify]
    with wrong_use(AddressError, of="messages: "):
        return [
            Notifier(
                address.url,
                address.min,
                resolved=address.resolved,
                repeat=usual if address.repeat is None else address.repeat,
            )
            for address in addresses
        ]


def _heartbeat(args: Namespace, settings: Settings) -> Heartbeat | None:
    url = args.heartbeat or settings.heartbeat
    with wrong_use(AddressError, of="heartbeat: "):
        return Heartbeat(url, get) if url else None


def _test(args: Namespace, settings: Settings) -> int:
    """Send a message to every address, and say which of them took it."""
    notifiers = _notifiers(args, settings)
    if not notifiers:
        raise UsageError("--test-notify: there is no address; see --notify")
    message = "healthlint can reach you here"
    event = noticed("test", message, time.time(), id="test", log="no log")
    trouble = [notifier.send(event) for notifier in notifiers]
    for notifier, why in zip(notifiers, trouble, strict=True):
        write(f"{notifier.name}: {why or 'sent'}\n")
    return BROKEN if any(trouble) else OK
