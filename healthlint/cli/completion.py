"""Print a completion script for a shell: commands, options, choices, rule ids."""

from __future__ import annotations

from healthlint.cli._parser import Namespace, Parser
from healthlint.cli._streams import write
from healthlint.report.outcome import OK

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = """\
where it goes:
  bash   eval "$(healthlint completion bash)"     in ~/.bashrc
  zsh    eval "$(healthlint completion zsh)"      in ~/.zshrc, after compinit
  fish   healthlint completion fish | source      in config.fish
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint completion``."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(args: Namespace) -> int:
    """Print the script."""
    from healthlint.cli._completing import script  # loads every command, and shtab

    write(script(args.shell))
    return OK
