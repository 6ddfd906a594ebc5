"""What a pack or a rule requires of a run; where it is unmet, they are not applicable to it.

``mel``: the run logs that metric; ``run.device``: that fact is known; ``run.device == mps``: it has
that value; ``any: [mel, dur]``: one of several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FACT = re.compile(r"^run\.(?P<fact>[\w.]+)\s*(?:(?P<sign>==|!=)\s*(?P<value>\S.*))?$")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a run has or has not.

    Attributes:
        metric: A metric of the pack, empty where a fact is meant.
        fact: A fact, without ``run.``.
        value: The value that it must have, as text; empty where any will do.
        is_other: True where it must have any value but that one, or be unknown.
    """

    metric: str = ""
    fact: str = ""
    value: str = ""
    is_other: bool = False

    def __str__(self) -> str:
        """Return it as a pack writes it."""
        if self.metric:
            return self.metric
        sign = "!=" if self.is_other else "=="
        return f"run.{self.fact} {sign} {self.value}" if self.value else f"run.{self.fact}"

    def is_met_by(self, facts: Mapping[str, object]) -> bool:
        """Return whether facts meet it; a metric they never do."""
        known = facts.get(self.fact)
        if not self.value:
            return known is not None
        is_equal = known is not None and str(known).lower() == self.value.lower()
        return not is_equal if self.is_other else is_equal


@dataclass(frozen=True, slots=True)
class Requirement:
    """Things of which a run must have one.

    Attributes:
        needs: The things, at least one.
    """

    needs: tuple[Need, ...]

    def __str__(self) -> str:
        """Return it in words."""
        return " or ".join(map(str, self.needs))

    @classmethod
    def parse(cls, value: object) -> Requirement:
        """Return what a pack writes.

        Raises:
            ValueError: It is neither a metric, nor a fact, nor ``any`` with a list of them.
        """
        if isinstance(value, str):
            return cls((_need(value),))
        if isinstance(value, Mapping) and list(value) == ["any"]:
            listed = value["any"]
            if isinstance(listed, list | tuple) and listed:
                return cls(tuple(_need(word) for word in listed))
        raise ValueError("expected a metric, a fact such as `run.device == mps`, or `any: [...]`")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a requirement."""
        word = {"type": "string", "description": "a metric, `run.fact`, or `run.fact == value`"}
        several = {
            "type": "object",
            "properties": {"any": {"type": "array", "items": word, "minItems": 1}},
            "required": ["any"],
            "additionalProperties": False,
        }
        return {"anyOf": [word, several]}


def _need(value: object) -> Need:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a metric or a fact, not `{value}`")
    if not value.startswith("run."):
        return Need(metric=value)
    match = _FACT.match(value)
    if match is None:
        raise ValueError(f"`{value}` is no fact; write e.g. `run.device == mps`")
    return Need(
        fact=match["fact"], value=(match["value"] or "").strip(), is_other=match["sign"] == "!="
    )
