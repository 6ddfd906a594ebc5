"""Writes what repeats the code, or with ``--check`` fails where it is out of date."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from config_session import config_session
from day_session import day_session
from family_tables import families_table, quantities_list
from reading_session import reading_session
from rule_figures import section
from scale_tables import other_spaces_table, spaces_table, trainers_table
from seed_tables import seeds_table
from sessions import ROOT, shown
from trainer_session import trainer_session

from healthlint import conditions
from healthlint.authoring import lint, listing, schemas
from healthlint.authoring import page as pages_of
from healthlint.cli import commands
from healthlint.logs.shipped import FILE as TRAINERS
from healthlint.readers import all_formats
from healthlint.rulebook import load
from healthlint.rulebook.building import written
from healthlint.rulebook.compiled import FILE as SHIPPED
from healthlint.rulebook.compiled import compile_packs
from healthlint.rulebook.trainers import compile_trainers
from healthlint.spectrogram import measures

RULES = ROOT / "docs" / "rules"
GENERATED = "<!-- Written by scripts/update-docs from rules/*.yaml; edits are lost. -->\n\n"
INDEX = """\
What `healthlint check` knows, from the packs in `rules/`. Rules of `high` confidence run by
default, the others with `--profile all` or where they are named. Pack `gate` says what makes a
checkpoint unfit to ship, which is no fault of a training: its rules are judged only where they are
named, as with `--select gate`. Bounds of rules with a scale hold
on that scale ([scales](../scales.md)). `healthlint explain RULE [LOG]` shows a page in the
terminal, with its numbers on a log. How to write your own: [authoring](../authoring.md).
"""
BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
DEMO = (
    "fixtures/runs/over-smoothed/logs.jsonl",
    "fixtures/runs/healthy-espeak/logs.jsonl",
)


def demo() -> str:
    """Return what ``scripts/demo`` prints once everything is installed."""
    told = [shown(["check", log]) for log in DEMO]
    return "```\n$ scripts/demo\n" + "\n".join(told) + "```\n"


def sessions(*commands: str) -> str:
    """Return commands of ``healthlint`` with what each prints, as a Markdown block."""
    told = [shown(_with_logs(command), typed=command) for command in commands]
    return "```\n" + "\n".join(told) + "```\n"


def _with_logs(command: str) -> list[str]:
    """Return the words of a command, its patterns of logs written out as a shell does it."""
    words = []
    for word in command.split():
        is_logs = word.endswith(".jsonl")
        found = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(word))] if is_logs else []
        words += found or [word]
    return words


def command_table() -> str:
    """Return the commands as a Markdown table."""
    rows = [f"| `healthlint {name}` | {line} |" for name, line in commands().items()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows, ""])


def kind_table() -> str:
    """Return the kinds of conditions with their parameters as a Markdown table."""
    rows = []
    for name in conditions.names():
        kind = conditions.kind(name)
        params = ", ".join(f"`{written(one)}`" for one in fields(kind.params))
        own = "conditions" if kind.sole else params
        rows.append(f"| `{name}` | {kind.summary} | {own} |")
    return "\n".join(["| kind | true where | parameters |", "|---|---|---|", *rows, ""])


def measures_table() -> str:
    """Return the textbook measures of sharpness as a Markdown table."""
    rows = []
    for name in measures.names():
        one = measures.measure(name)
        line = (one.__doc__ or "").partition("\n")[0]
        rows.append(f"| `{name}` | {line} | {one.UNIT} | {one.SHARPER} |")
    head = "| measure | what it is | unit | sharper is |"
    return "\n".join([head, "|---|---|---|---|", *rows, ""])


def lint_table() -> str:
    """Return what `rules check` looks for as a Markdown table."""
    rows = []
    for name in lint.names():
        module = import_module(f"{lint.__name__}.{name.replace('-', '_')}")
        rows.append(f"| `{name}` | {(module.__doc__ or '').partition(chr(10))[0]} |")
    return "\n".join(["| check | finds |", "|---|---|", *rows, ""])


GOOD = "fixtures/runs/healthy-*/logs.jsonl fixtures/runs/killed-and-resumed/logs.jsonl"


def format_table() -> str:
    """Return the formats of logs as a Markdown table, from the modules that read them."""
    rows = []
    for reader in sorted(all_formats(), key=lambda reader: reader.FORMAT):
        line = (reader.__doc__ or "").partition("\n")[0]
        line = line if line.endswith("...") else line.removesuffix(".")
        cells = [f"`{reader.FORMAT}`", line, reader.KNOWN_BY, "; ".join(reader.UNSEEN)]
        words = [cell.replace("``", "`").replace("|", "\\|") for cell in cells]
        rows.append(f"| {' | '.join(words)} |")
    head = ["| format | what writes it | recognised by | cannot be seen |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


BLOCKS: dict[str, Callable[[], str]] = {
    "test-session": lambda: sessions("test fixtures/ruletests"),
    "mutate-session": lambda: sessions("test rules --coverage --mutate"),
    "backtest-session": lambda: sessions("backtest tts/over-smoothing fixtures/runs/*/logs.jsonl"),
    "calibrate-session": lambda: sessions(f"calibrate --rule tts/* {GOOD}"),
    "profile-session": lambda: sessions(f"profile {GOOD}"),
    "demo": demo,
    "commands": command_table,
    "formats": format_table,
    "fleet-session": lambda: sessions(
        "fleet --no-cache fixtures/runs", "fleet --no-cache --group-by corpus fixtures/runs"
    ),
    "inspect-session": lambda: sessions("inspect fixtures/formats/tensorboard-resumed"),
    "kinds": kind_table,
    "lint": lint_table,
    "measures": measures_table,
    "spaces": spaces_table,
    "other-spaces": other_spaces_table,
    "trainers": trainers_table,
    "configuration": config_session,
    "day": day_session,
    "seeds": seeds_table,
    "families": families_table,
    "quantities": quantities_list,
    "trainer-session": trainer_session,
    "reading-session": reading_session,
}


PAGES = (
    "README.md",
    "docs/reading.md",
    "docs/blur.md",
    "docs/scales.md",
    "docs/trainers.md",
    "docs/authoring.md",
    "docs/testing-rules.md",
    "docs/configuration.md",
    "docs/formats.md",
    "docs/alarms.md",
    "docs/fleet.md",
    "docs/day.md",
    "fixtures/README.md",
)


def filled(text: str) -> str:
    """Return a document with each generated block written anew."""
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}{found[3]}", text)


def files() -> dict[Path, str]:
    """Return the text that every generated file should have."""
    pages = [ROOT / name for name in PAGES]
    return {
        **rule_pages(),
        **{ROOT / "docs/schemas" / schemas.file_name(n): schemas.text(n) for n in schemas.names()},
        SHIPPED: compile_packs(list((ROOT / "rules").glob("*.yaml"))),
        TRAINERS: compile_trainers((ROOT / "rules/trainers").glob("*.yaml")),
        **{page: filled(page.read_text(encoding="utf-8")) for page in pages},
    }


def rule_pages() -> dict[Path, str]:
    """Return a page of every rule that ships, and their table."""
    entries = [(pack, rule) for pack in load().packs for rule in pack.rules]
    pages = {
        RULES / listing.page_name(rule): (
            GENERATED + pages_of.markdown(pages_of.page(pack, rule)) + section(rule.id)
        )
        for pack, rule in entries
    }
    table = listing.markdown(entries, links=True)
    return {RULES / "README.md": f"{GENERATED}# Rules\n\n{INDEX}\n{table}", **pages}


def strays() -> list[Path]:
    """Return pages of rules that are no more."""
    return sorted(set(RULES.rglob("*.md")) - set(rule_pages()))


def main() -> int:
    """Write the files, or compare them, and return the exit code."""
    is_check = "--check" in sys.argv[1:]
    wanted: dict[Path, str | None] = {**files(), **dict.fromkeys(strays())}
    stale = {path: text for path, text in wanted.items() if text != _now(path)}
    for path, text in stale.items():
        name = path.relative_to(ROOT)
        if is_check:
            print(f"{name} is out of date; run scripts/update-docs")
        elif text is None:
            path.unlink()
            print(f"removed {name}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return 1 if is_check and stale else 0


def _now(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
