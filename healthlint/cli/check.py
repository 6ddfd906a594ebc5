"""Judge training logs: what is wrong, since when, and what to do.

Reads each log, judges it by the shipped packs and your own, and reports. Several logs, folders of
them, patterns, URLs and ``-`` for standard input are taken; without any, the logs that the config
names, else those in the working folder.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from healthlint.checking import check as judge_paths
from healthlint.checking import unmatched
from healthlint.cli._output import outputs, show
from healthlint.cli._parser import Namespace, Parser, option, wrong_use
from healthlint.cli._plots import plot, plot_columns
from healthlint.cli._settings import blaming, read_settings
from healthlint.cli._settings import configure as configure_settings
from healthlint.cli._streams import complain, save
from healthlint.config import Settings
from healthlint.engine import answered
from healthlint.report import MOST_TOLD, Report
from healthlint.report.outcome import BROKEN, exit_code, log_code
from healthlint.reporters import columns, formats, render

EXAMPLES = """\
examples:
  healthlint check logs.jsonl
  healthlint check --fail-on warning -o full -o json:report.json logs.jsonl
  healthlint check --require tts/over-smoothing --fact utterances=2200 logs.jsonl
  healthlint check --write-baseline baseline.json logs.jsonl
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint check``."""
    parser.usage = "%(prog)s [options] [LOG ...]"
    configure_settings(parser)
    add = parser.add_argument
    text = "write the findings to a file, as known from now on, and report them so"
    option(add, "--write-baseline", "PATH", text)
    add(
        "--plot",
        metavar="PATH",
        help="draw the curves with phases and findings: a .png, .svg or .pdf; of several logs each "
        "has its number in the name (needs matplotlib)",
    )
    option(add, "--run", "RUN", "all, last, longest or a number (default: last)", default="last")
    add(
        "--against",
        metavar="LOG",
        help="say whether each run does better or worse than this one at equal look (default: "
        "than the run before it in its own log)",
    )
    add("--follow", action="store_true", help="go on and tell what comes, as `healthlint watch`")
    add("-v", "--verbose", action="store_true", help="tell also why each rule was not judged")
    add("-q", "--quiet", action="store_true", help="tell only the answer and the findings")


def run(args: Namespace) -> int:
    """Judge, report, and return the exit code that every format shares."""
    settings = read_settings(args)
    if args.follow:
        from healthlint.cli.watch import follow  # only where it is wanted

        return follow(settings, args.color)
    reports = outputs(settings.output, formats())
    wanted = max(columns(name for name, _ in reports), plot_columns(args.plot))
    report = _compared(_judged(settings, args, wanted), settings, args.write_baseline)
    if args.plot:
        plot(report, args.plot)
    detail = 2 if args.verbose else 0 if args.quiet else 1
    show(reports, args, partial(render, report), detail)
    return exit_code(report)


def _judged(settings: Settings, args: Namespace, columns: int) -> Report:
    """Return the report of the logs, with where its settings come from.

    Raises:
        ConfigError: What the config names does not exist.
        RulebookError: A pack is wrong.
        UsageError: What the command line names does not exist.
    """
    paths = settings.logs or ([] if settings.unmatched else ["."])
    with blaming(settings):
        report = judge_paths(
            paths,
            **settings.judging(),
            run=args.run,
            fail_on=settings.fail_on,
            columns=columns,
            most_drawn=None if args.plot else MOST_TOLD,
            against=args.against or "",
        )
    logs = [*report.logs, *map(unmatched, settings.unmatched)]
    changed = [setting for setting in settings.listed() if setting.origin != "default"]
    listed = [
        each for each in changed if each.key not in ("logs", "output", "suppress", "baseline")
    ]
    return replace(report, logs=logs, config=settings.config, settings=listed)


def _compared(report: Report, settings: Settings, target: str | None) -> Report:
    """Return the report compared with the baseline, which is written before where it is wanted.

    Raises:
        UsageError: A baseline cannot be read or written.
    """
    if not settings.baseline and not target:
        return report
    from healthlint.acceptance import baseline

    with wrong_use(baseline.BaselineError):
        if target:
            report = _written(report, settings, target)
        else:
            report = baseline.compare(report, baseline.load(settings.baseline), settings.baseline)
    return replace(report, logs=[answered(log) for log in report.logs])


def _written(report: Report, settings: Settings, target: str) -> Report:
    from healthlint.acceptance import baseline

    if any(log_code(log, report.fail_on) == BROKEN for log in report.logs):
        complain(f"{target} is not written: not everything could be judged")
        return report
    source = target if Path(target).exists() else settings.baseline
    before: baseline.Baseline = baseline.load(source) if source else {}
    after = baseline.recorded(report, before)
    save(baseline.text(after), target)
    new, gone = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    known = "finding" if len(after) == 1 else "findings"
    complain(f"wrote {target}: {len(after)} known {known}, {new} of them new; {gone} removed")
    return baseline.compare(report, after, target)
