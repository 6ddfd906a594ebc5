"""Print a completion script for a shell: commands, options, choices, rule ids."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from argparse import _SubParsersAction as _Commands
from collections.abc import Iterator, Sequence
from functools import cache
from shlex import quote

import shtab

from healthlint import cli
from healthlint.cli._parser import Namespace, Parser
from healthlint.cli._streams import write
from healthlint.report.outcome import OK
from healthlint.rulebook import load

EXAMPLES = """\
where it goes:
  bash   eval "$(healthlint completion bash)"     in ~/.bashrc
  zsh    eval "$(healthlint completion zsh)"      in ~/.zshrc, after compinit
  fish   healthlint completion fish | source      in config.fish
"""
_PATHS = ("PATH", "LOG", "FILE", "FOLDER", "DIR")
_BASH_LIST = """\
{name}() {{
    local before=
    [[ $1 == *,* ]] && before=${{1%,*}},
    compgen -P "$before" -W {words} -- "${{1##*,}}"
}}"""
_BASH = """
# bash cuts --option=value into three words; shtab knows them as two
_healthlint() {
    local word last=${COMP_WORDS[COMP_CWORD]}
    local -a words=()
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
        [[ $word == = ]] || words+=("$word")
    done
    [[ $last == = ]] && last=
    local -a COMP_WORDS=("${words[@]}" "$last")
    local COMP_CWORD=${#words[@]}
    _shtab_healthlint
}
complete -o bashdefault -o default -F _healthlint healthlint
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint completion``."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")


def run(args: Namespace) -> int:
    """Print the script."""
    write(script(args.shell))
    return OK


def script(shell: str) -> str:
    """Return the completion script for a shell."""
    whole = _whole_parser()
    for action in _actions(whole):
        _describe(action)
    text = shtab.complete(whole, shell)
    return f"{text}\n{_BASH}" if shell == "bash" else f"{text}\n"


def _whole_parser() -> Parser:
    """Return one parser of all commands."""
    whole = Parser(prog="healthlint")
    whole.add_argument("--version", action="version", help="show the version")
    inner = whole.add_subparsers()
    lines = cli.commands()
    for name, line in lines.items():
        cli.configure(inner.add_parser(name, help=line), name)
    actions = inner.choices["rules"]._actions
    (of_rules,) = (action for action in actions if isinstance(action, _Commands))
    for name in cli.OF_RULES:
        cli.configure(of_rules.add_parser(name, help=lines[name]), name)
    return whole


def _actions(parser: ArgumentParser) -> Iterator[Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, _Commands):
            for inner in action.choices.values():
                yield from _actions(inner)


def _describe(action: Action) -> None:
    """Say of an argument what can stand there, by its name in the help."""
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None or action.nargs == 0:
        return
    if name in ("RULE", "PATTERN"):
        is_pattern = name == "PATTERN"
        action.complete = _words(name, _rules(with_packs=is_pattern))  # type: ignore[attr-defined]
    elif formats := getattr(action, "formats", ()):
        name = "_".join(["format", *formats])
        action.complete = _words(name, formats)  # type: ignore[attr-defined]
    elif any(word in name for word in _PATHS):
        action.complete = shtab.FILE  # type: ignore[attr-defined]


def _words(name: str, words: Sequence[str]) -> dict[str, object]:
    """Return what offers words, one or, in bash, a list with commas."""
    function, joined = f"_healthlint_{name.lower()}", " ".join(words)
    bash = _BASH_LIST.format(name=function, words=quote(joined))
    return {"bash": function, "zsh": f"({joined})", "fish": joined, "preamble": {"bash": bash}}


@cache
def _rules(*, with_packs: bool) -> tuple[str, ...]:
    """Return the ids of the shipped rules, with the names of their packs where they are meant."""
    book = load()
    packs = [pack.pack for pack in book.packs] if with_packs else []
    return (*packs, *(rule.id for rule in book.all_rules))
