"""The command that makes one sample: a template, never a shell.

The template is split once, as a shell would split it; placeholders are filled word by word after
that, so no text can add a word, an option or a command. A text that begins with ``-`` stays the
value of the option before it only where the program reads it so: write ``--text={text}`` where
texts may begin with one.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from typing import Any

from healthlint.logs.nearest import did_you_mean

PLACEHOLDERS = {
    "model": "a folder with this checkpoint beside what else lies there, or the path as given",
    "checkpoint": "the checkpoint itself",
    "text": "what to say",
    "output": "the file to write, a .wav",
    "device": "mps, cuda or cpu",
    "python": "the interpreter that healthlint runs in",
}
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NEEDED = ("text", "output")


class Template(str):
    """A command with placeholders: ``{model} {checkpoint} {text} {output} {device} {python}``.

    ``{{`` and ``}}`` stand for braces.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, data: object) -> Template:
        """Return the template.

        Raises:
            ValueError: It cannot be split into words, or a placeholder is unknown or missing.
        """
        if not isinstance(data, str) or not data.strip():
            raise ValueError("expected a command such as `python say.py --text {text} ...`")
        words = _split(data)
        names = {name for word in words for name in _names(word)}
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise ValueError(f"the command lacks {{{missing[0]}}}: {PLACEHOLDERS[missing[0]]}")
        if not names & {"model", "checkpoint"}:
            raise ValueError("the command lacks {model} or {checkpoint}: every sample would be one")
        if _names(words[0]) - {"python"}:
            raise ValueError("the command begins with a placeholder that is no program")
        return cls(data)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a template."""
        words = "placeholders: " + ", ".join(f"{{{n}}} {said}" for n, said in PLACEHOLDERS.items())
        return {"type": "string", "pattern": r"\{text\}", "description": words}

    def argv(self, values: Mapping[str, str]) -> list[str]:
        """Return the words of the command.

        Args:
            values: What to put in the place of each placeholder but ``python``.
        """
        known = {"python": sys.executable, **values}
        return [_filled(word, known) for word in _split(self)]


def _split(template: str) -> list[str]:
    try:
        return shlex.split(template)
    except ValueError as error:
        raise ValueError(f"the command cannot be split into words ({error})") from error


def _names(word: str) -> set[str]:
    """Return the placeholders of a word.

    Raises:
        ValueError: One is unknown, or a brace stands alone.
    """
    names = set()
    for match in _PLACE.finditer(word):
        name = match[1]
        if match[0] in ("{{", "}}"):
            continue
        if name is None:
            raise ValueError(f"`{match[0]}` stands alone in the command; write `{match[0] * 2}`")
        if name not in PLACEHOLDERS:
            known = [f"{{{each}}}" for each in PLACEHOLDERS]
            hint = did_you_mean(f"{{{name}}}", known, f"there are: {', '.join(PLACEHOLDERS)}")
            raise ValueError(f"unknown placeholder `{{{name}}}`; {hint}")
        names.add(name)
    return names


def _filled(word: str, values: Mapping[str, str]) -> str:
    """Return a word with its placeholders filled, in one pass: values are never read again.

    >>> _filled("--text={text}", {"text": "{output} $(rm) ; x"})
    '--text={output} $(rm) ; x'
    """

    def put(match: re.Match[str]) -> str:
        return match[0][0] if match[1] is None else values[match[1]]

    return _PLACE.sub(put, word)
