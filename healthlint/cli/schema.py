"""Print the JSON Schema of a format (packs, tests, configs, reports), for editors and programs.

The first line of a file `# yaml-language-server: $schema=PATH` gives an editor completion of every
field and kind, and marks what is wrong while one types.
"""

from __future__ import annotations

from healthlint.authoring import schemas
from healthlint.cli._parser import Namespace, Parser, UsageError, configure_config, suggestion
from healthlint.cli._settings import read_settings
from healthlint.cli._streams import save, write
from healthlint.report.outcome import OK

_PROGRAM = "healthlint schema"
_EXAMPLES = """\
examples:
  healthlint schema pack -o pack-1.json
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint schema``."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("format", metavar="FORMAT", help=f"one of {', '.join(schemas.names())}")
    add("-o", "--output", default="-", metavar="PATH", help="file (default: standard output)")
    configure_config(parser)


def run(args: Namespace) -> int:
    """Write the schema."""
    if args.format not in schemas.names():
        near = suggestion(args.format, schemas.names())
        listed = ", ".join(schemas.names())
        raise UsageError(f"unknown format {args.format!r}{near} (formats: {listed})", _PROGRAM)
    if args.format == "pack":  # of the kinds that this config adds too
        read_settings(args)
    text = schemas.text(args.format)
    if args.output == "-":
        write(text)
    else:
        save(text, args.output)
    return OK
