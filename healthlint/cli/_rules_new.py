"""Write a new rule with a firing and a quiet test.

Both tests have passed when anything is written. Edit the rule, then its tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from healthlint.authoring.editing import CannotAdd
from healthlint.authoring.scaffold import CannotWrite, Draft, draft, kinds
from healthlint.cli._parser import Namespace, Parser, configure_config, option, wrong_use
from healthlint.cli._settings import read_settings
from healthlint.cli._streams import make_home, save, say
from healthlint.report.outcome import OK


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint rules new``."""
    add = parser.add_argument
    add("id", metavar="ID", help="id of the rule: pack/kebab-case")
    add("--kind", required=True, metavar="KIND", help=f"one of {', '.join(kinds())}")
    add("--metric", default="", metavar="NAME", help="the metric it is about (mel_loss)")
    text = "the pack (default: that of the config, else rules/PACK.yaml)"
    option(add, "--pack", "PATH", text, default="")
    configure_config(parser)


def run(args: Namespace) -> int:
    """Write the rule and its tests, and say what comes next."""
    settings = read_settings(args)
    pack = args.pack or _place(args.id.partition("/")[0], settings.rules)
    with wrong_use(CannotWrite, CannotAdd, OSError):
        made = draft(args.id, args.kind, pack, args.metric)
    written(made)
    lines = [
        f"{made.pack}: {'new, ' if made.is_new else ''}rule {args.id} ({args.kind})",
        f"{made.tests}: it fires in one test and stays quiet in another; both pass",
        f"next: fill in help and why, then healthlint rules check {made.pack}",
    ]
    if not _is_read(pack, settings.rules):
        where = settings.config or "healthlint.yaml"
        lines.append(f"no check reads it yet: add it to `rules:` in {where}, or use --rules {pack}")
    say("\n".join(lines) + "\n")
    return OK


def _place(name: str, known: Sequence[str]) -> str:
    """Return where a pack is, or goes: a file or a folder that the config names, else ``rules``."""
    files = [path for path in known if Path(path).suffix in (".yaml", ".yml")]
    if own := [path for path in files if Path(path).stem == name]:
        return own[0]
    folders = [path for path in known if path not in files] or ["rules"]
    places = [str(Path(folder, f"{name}.yaml")) for folder in folders]
    return next((place for place in places if Path(place).exists()), places[0])


def _is_read(pack: str, known: Sequence[str]) -> bool:
    file = Path(pack).resolve()
    return any(Path(path).resolve() in (file, file.parent) for path in known)


def written(draft: Draft) -> None:
    """Write the files of a draft, with their folders.

    Raises:
        UsageError: Where a folder or file cannot be made.
    """
    for path, text in draft.texts.items():
        make_home(path)
        save(text, path)
