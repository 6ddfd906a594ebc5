"""Print the JSON Schema of a format (packs, tests, configs, reports), for editors and programs.

The first line of a file `# yaml-language-server: $schema=PATH` gives an editor completion of every
field and kind, and marks what is wrong while one types.
"""

from __future__ import annotations

from healthlint.authoring import schemas
from healthlint.cli._parser import Namespace, Parser, configure_config, refuse_unknown
from healthlint.cli._settings import read_settings
from healthlint.cli._streams import put
from healthlint.report.outcome import OK

EXAMPLES = """\
examples:
  healthlint schema pack -o pack-1.json
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint schema``."""
    add = parser.add_argument
    add("format", metavar="FORMAT", help=f"one of {', '.join(schemas.names())}")
    add("-o", "--output", default="-", metavar="PATH", help="file (default: standard output)")
    configure_config(parser)


def run(args: Namespace) -> int:
    """Write the schema."""
    refuse_unknown("unknown format", args.format, schemas.names(), "formats: ")
    if args.format == "pack":  # of the kinds that this config adds too
        read_settings(args)
    put(schemas.text(args.format), args.output)
    return OK
