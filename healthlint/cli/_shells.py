"""Completion scripts: what the parsers offer, in the language of each shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from healthlint.cli._offers import Command, Offer, Option

_BASH = """\
# healthlint for bash; in ~/.bashrc: eval "$(healthlint completion bash)"
_healthlint() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= values= n=0 i word
    # bash cuts --option=value into three words
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case "$path $word" in
@paths@
            *)
                if [[ $word != -* && $word != = && " $values " != *" ${COMP_WORDS[i-1]} "* ]]; then
                    n=$((n + 1))
                fi ;;
        esac
        case $path in
@values@
        esac
    done
    local options= words= kind=files
    case $path in
@options@
    esac
    case "$path $n" in
@positions@
        *) kind=text ;;
    esac
    case "$path $prev" in
@takes@
        *) if [[ $cur == -* ]]; then kind=words words=$options; fi ;;
    esac
    COMPREPLY=()
    case $kind in
        words)
            local before=
            if [[ $cur == *,* ]]; then
                before=${cur%,*},
            fi
            # no word has a blank or a wildcard; mapfile is not in the bash of macOS
            COMPREPLY=($(compgen -P "$before" -W "$words" -- "${cur##*,}")) ;;
        text) compopt +o default 2>/dev/null ;;
    esac
}
complete -o default -F _healthlint healthlint
"""


def bash(commands: Sequence[Command]) -> str:
    """Return the script for bash."""
    parts: Mapping[str, Iterable[str]] = {
        "paths": _bash_paths(commands),
        "values": _bash_values(commands),
        "options": _bash_options(commands),
        "positions": _bash_positions(commands),
        "takes": _bash_takes(commands),
    }
    text = _BASH
    for name, lines in parts.items():
        text = text.replace(f"@{name}@", "\n".join(lines))
    return text


def _bash_paths(commands: Sequence[Command]) -> Iterator[str]:
    for one in commands:
        outer, _, name = one.path.rpartition(" ")
        yield f"            {shlex.quote(f'{outer} {name}')}) path={shlex.quote(one.path)} n=0 ;;"


def _bash_values(commands: Sequence[Command]) -> Iterator[str]:
    for one in commands:
        words = shlex.quote(_spelled(one, valued=True))
        yield f"            {shlex.quote(one.path)}) values={words} ;;"


def _spelled(command: Command, *, valued: bool = False) -> str:
    options = (one for one in command.options if not valued or one.offer.kind != "nothing")
    return " ".join(flag for one in options for flag in one.flags)


def _bash_options(commands: Sequence[Command]) -> Iterator[str]:
    yield "        '') options='--help --version' ;;"
    for one in commands:
        yield f"        {shlex.quote(one.path)}) options={shlex.quote(_spelled(one))} ;;"


def _bash_positions(commands: Sequence[Command]) -> Iterator[str]:
    first = " ".join(one.path for one in commands if " " not in one.path)
    yield f"        ' 0') kind=words words={shlex.quote(first)} ;;"
    for one in commands:
        if one.inner:
            words = shlex.quote(" ".join(name for name, _ in one.inner))
            yield f"        {shlex.quote(f'{one.path} 0')}) kind=words words={words} ;;"
        for number, offer in enumerate(one.positions):
            is_last = one.is_open and number == len(one.positions) - 1
            pattern = f"{shlex.quote(one.path)}\\ " + ("*" if is_last else str(number))
            yield f"        {pattern}) {_bash_offer(offer)} ;;"


def _bash_takes(commands: Sequence[Command]) -> Iterator[str]:
    for one in commands:
        for option in one.options:
            if option.offer.kind != "nothing":
                pattern = "|".join(shlex.quote(f"{one.path} {flag}") for flag in option.flags)
                yield f"        {pattern}) {_bash_offer(option.offer)} ;;"


def _bash_offer(offer: Offer) -> str:
    return f"kind={offer.kind} words={shlex.quote(' '.join(offer.words))}"


_ZSH = """\
#compdef healthlint
# healthlint for zsh; in ~/.zshrc after compinit: eval "$(healthlint completion zsh)"
_healthlint() {
    local at=$words[2] inner=$words[3]
    local -a commands
    if (( CURRENT == 2 )); then
        commands=(
@commands@
        )
        _describe command commands
        return
    fi
    shift words
    (( CURRENT-- ))
    case "$at $inner" in
@nested@
    esac
    case $at in
@cases@
    esac
}
if [[ $funcstack[1] == _healthlint ]]; then
    _healthlint "$@"
else
    compdef _healthlint healthlint
fi
"""


def zsh(commands: Sequence[Command]) -> str:
    """Return the script for zsh."""
    outer = [one for one in commands if " " not in one.path]
    nested = [one for one in commands if " " in one.path]
    described = (f"            {_zsh_quoted(f'{one.path}:{one.help}')}" for one in outer)
    text = _ZSH.replace("@commands@", "\n".join(described))
    moved = (
        f"        {shlex.quote(one.path)})\n            at={shlex.quote(one.path)}\n"
        "            (( CURRENT > 2 )) && { shift words; (( CURRENT-- )) } || at=${at% *} ;;"
        for one in nested
    )
    text = text.replace("@nested@", "\n".join(moved))
    return text.replace("@cases@", "\n".join(_zsh_case(one) for one in commands))


def _zsh_case(command: Command) -> str:
    specs = [spec for option in command.options for spec in _zsh_option(option)]
    if command.inner:
        inner = " ".join(name for name, _ in command.inner)
        specs.append(_zsh_quoted(f"1:command:({inner})"))
    for number, offer in enumerate(command.positions, 1):
        is_last = command.is_open and number == len(command.positions)
        specs.append(_zsh_quoted(f"{'*' if is_last else number}:{_zsh_offer(offer)}"))
    lines = " \\\n                ".join(["_arguments -S", *specs])
    return f"        {shlex.quote(command.path)})\n            {lines} ;;"


def _zsh_option(option: Option) -> Iterator[str]:
    """Yield one specification a spelling of an option."""
    words = option.help
    for mark in ("\\", "[", "]", ":"):
        words = words.replace(mark, f"\\{mark}")
    for flag in option.flags:
        others = " ".join(option.flags)
        lead = "*" if option.is_repeatable else f"({others})"
        if option.offer.kind == "nothing":
            yield _zsh_quoted(f"{lead}{flag}[{words}]")
        else:
            equals = "=" if flag.startswith("--") else "+"
            yield _zsh_quoted(f"{lead}{flag}{equals}[{words}]:{_zsh_offer(option.offer)}")


def _zsh_offer(offer: Offer) -> str:
    name = offer.name.replace(":", "\\:")
    if offer.kind == "words":
        return f"{name}:({' '.join(offer.words)})"
    return f"{name}:_files" if offer.kind == "files" else f"{name}: "


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish(commands: Sequence[Command]) -> str:
    """Return the script for fish."""
    lines = ["# healthlint for fish; in config.fish: healthlint completion fish | source"]
    lines += ["complete -c healthlint -f"]
    lines += [
        f"complete -c healthlint -n __fish_use_subcommand -a {one.path} -d {_fish(one.help)}"
        for one in commands
        if " " not in one.path
    ]
    for flag, words in (("help", "Show the commands"), ("version", "Show the version")):
        lines += [f"complete -c healthlint -n __fish_use_subcommand -l {flag} -d {_fish(words)}"]
    for one in commands:
        lines += _fish_command(one)
    return "\n".join(lines) + "\n"


def _fish_command(command: Command) -> Iterator[str]:
    seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.path.split())
    head = f"complete -c healthlint -n {_fish(seen)}"
    for option in command.options:
        flags = " ".join(
            f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
        )
        takes = {"nothing": "", "files": " -r"}.get(option.offer.kind, " -x")
        takes += "" if option.offer.kind == "nothing" else _fish_offer(option.offer)
        yield f"{head} {flags}{takes} -d {_fish(option.help)}"
    names = " ".join(name for name, _ in command.inner)
    for name, words in command.inner:
        free = f"{seen}; and not __fish_seen_subcommand_from {names}"
        yield f"complete -c healthlint -n {_fish(free)} -a {name} -d {_fish(words)}"
    for offer in command.positions:
        yield f"{head}{_fish_offer(offer)}"


def _fish_offer(offer: Offer) -> str:
    if offer.kind == "words":
        return f" -a {_fish(' '.join(offer.words))}"
    return " -F" if offer.kind == "files" else ""


def _fish(text: str) -> str:
    """Return a text quoted for fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
