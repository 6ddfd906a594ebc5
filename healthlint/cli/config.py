"""Show what holds: every setting, and where its value comes from.

``healthlint config show`` takes the options of ``healthlint check`` and puts them together with the
config and the defaults as a check would.
"""

from __future__ import annotations

from healthlint.cli._parser import Namespace, Parser
from healthlint.cli._settings import configure as configure_settings
from healthlint.cli._settings import read_settings, spoken
from healthlint.cli._streams import stdout_style, write
from healthlint.config import Settings
from healthlint.report import Setting
from healthlint.report.outcome import OK
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean, columns, left, wrapped

_WIDEST = 44


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint config``."""
    parser.usage = "%(prog)s show [options] [LOG ...]"
    parser.add_argument("action", choices=("show",), help="show every setting with its origin")
    configure_settings(parser)


def run(args: Namespace) -> int:
    """Print every setting with its origin."""
    settings = read_settings(args)
    write(shown(settings, stdout_style()))
    return OK


def shown(settings: Settings, style: Style) -> str:
    """Return the settings as a table: key, value, origin."""
    listed = clean(list(_rows(settings)))
    rows = [(setting.key, spoken(setting.value), setting.origin) for setting in listed]
    keys = max(columns(key) for key, _, _ in rows)
    room = min(_WIDEST, max(columns(value) for _, value, _ in rows))
    lines = [style.paint(f"config: {clean(settings.config) or 'none found'}", "bold"), ""]
    for key, value, origin in rows:
        first, *rest = wrapped(value, room)
        ink = ("dim",) if origin == "default" else ()
        lines.append(style.paint(f"{left(key, keys)}  {left(first, room)}  {origin}", *ink))
        lines += [style.paint(" " * (keys + 2) + line, *ink) for line in rest]
    lines += [f"\nno file matches {pattern}" for pattern in clean(list(settings.unmatched))]
    return "\n".join(lines) + "\n"


def _rows(settings: Settings) -> list[Setting]:
    """Return the settings, with each suppression on a row of its own."""
    rows = []
    for setting in settings.listed():
        if setting.key != "suppress" or not settings.suppress:
            rows.append(setting)
            continue
        for each in settings.suppress:
            until = f" until {each.until}" if each.until else ""
            limits = "".join(f" on {limit}" for limit in (each.log, each.metric) if limit)
            words = f"{each.rule}{limits}{until}: {each.reason}"
            rows.append(Setting("suppress", words, each.origin.rpartition(":")[0] or each.origin))
    return rows
