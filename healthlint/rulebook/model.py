"""Rules and packs as the engine uses them: closed frozen data, built from YAML by ``building``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Literal

from healthlint.report import Confidence, Severity
from healthlint.rulebook.template import Template
from healthlint.timeline.evaluation import Condition, Metric
from healthlint.timeline.expression import Expression
from healthlint.timeline.quantities import Number, Span

Profile = Literal["default", "all"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as a pack writes it.

    Attributes:
        id: ``pack/kebab-case``.
        severity: How bad it is.
        summary: One line, what is wrong.
        when: The condition that is true when there is trouble.
        message: What to say, with the numbers.
        help: What to do.
        confidence: ``high`` rules run by default.
        scale: Name of the scale on which its bounds hold, empty where they hold on any.
        after: It is not judged before this point.
        until: It is not judged after this point.
        why: Why it is trouble, for its page.
        folds: Patterns of rules (as for ``select``) whose findings follow from this one's: those
            that begin while it holds are shown under it.
        docs: Where to read more.
        tags: Free words to select by.
        aliases: Former ids.
        status: ``stable``, ``preview`` or ``deprecated``.
    """

    id: str
    severity: Severity
    summary: str
    when: Condition
    message: Template
    help: str
    confidence: Confidence = "high"
    scale: str = ""
    after: Span | None = None
    until: Span | None = None
    why: str = ""
    folds: tuple[str, ...] = ()
    docs: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    status: Literal["stable", "preview", "deprecated"] = "stable"


@dataclass(frozen=True, slots=True)
class Phase:
    """One band of a metric.

    Attributes:
        name: Its name.
        below: Upper bound, excluded; None for the topmost band.
        at_least: Lower bound, included; None for the lowest band.
        sounds: How a model in it sounds.
    """

    name: str
    below: Number | None = None
    at_least: Number | None = None
    sounds: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on where a metric stands.

    Attributes:
        when: When it holds at the end of the run.
        say: The remark, with placeholders.
    """

    when: Condition
    say: Template


@dataclass(frozen=True, slots=True)
class StandingSpec:
    """What to show of one metric.

    Attributes:
        metric: The metric.
        label: Name to show.
        scale: Scale on which its phases hold.
        phases: Its bands.
        notes: Remarks; the first that holds is shown.
        selects_checkpoint: True where checkpoints are chosen by it: its best epoch is shown.
    """

    metric: Metric
    label: str
    scale: str = ""
    phases: tuple[Phase, ...] = ()
    notes: tuple[Note, ...] = ()
    selects_checkpoint: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """A file of rules.

    Attributes:
        schema: Version of the pack format.
        pack: Its name, the first part of its rule ids.
        metrics: Canonical metric by the name that its rules use; or a group, by patterns with a bar
            between them (``*_loss``, ``mel_loss | total_loss``).
        let: Named arithmetic.
        standing: What to show of where the run stands.
        rules: Its rules.
        docs: Where to read more.
    """

    schema: Literal["healthlint.rules/1"]
    pack: str
    metrics: Mapping[str, str]
    rules: tuple[Rule, ...] = ()
    let: Mapping[str, Expression] | None = None
    standing: tuple[StandingSpec, ...] = ()
    docs: str = ""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All packs of one call, and which of their rules are selected.

    Attributes:
        packs: The packs in the order they were loaded.
        selected: Ids of the selected rules, None for all.
    """

    packs: Sequence[Pack]
    selected: frozenset[str] | None = None

    @property
    def rules(self) -> Sequence[Rule]:
        """Return the selected rules in the order of the packs."""
        return [rule for _, rule in self.entries]

    @property
    def entries(self) -> Sequence[tuple[Pack, Rule]]:
        """Return the selected rules, each with its pack."""
        return [
            (pack, rule)
            for pack in self.packs
            for rule in pack.rules
            if self.selected is None or rule.id in self.selected
        ]

    def select(
        self,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        profile: str = "default",
    ) -> Rulebook:
        """Return the rulebook with fewer rules.

        Args:
            select: Patterns of ids (``tts/*``, ``tts``, an id, a former id, a tag); a rule named
                here is taken whatever its confidence. Empty for all of the profile.
            ignore: Patterns of ids to leave out.
            profile: ``default`` (high confidence) or ``all``.

        Raises:
            ValueError: A pattern matches no rule.
        """
        chosen = list(select)
        rules = [rule for pack in self.packs for rule in pack.rules]
        named = {rule.id for pattern in chosen for rule in _matching(pattern, rules)}
        left_out = {rule.id for pattern in ignore for rule in _matching(pattern, rules)}
        usual = {r.id for r in rules if profile == "all" or r.confidence == "high"}
        return replace(self, selected=frozenset((named if chosen else usual) - left_out))


def _matching(pattern: str, rules: Sequence[Rule]) -> list[Rule]:
    found = [rule for rule in rules if is_match(pattern, rule)]
    if not found:
        known = [name for rule in rules for name in (rule.id, *rule.aliases)]
        known += sorted({rule.id.split("/")[0] for rule in rules})
        close = get_close_matches(pattern, known, 1)
        hint = f"; did you mean `{close[0]}`?" if close else ""
        raise ValueError(f"no rule matches `{pattern}`{hint}")
    return found


def is_match(pattern: str, rule: Rule) -> bool:
    """Return whether a pattern means a rule: by id, pack, former id or tag."""
    names = (rule.id, rule.id.split("/")[0], *rule.aliases, *rule.tags)
    return any(fnmatchcase(name, pattern) for name in names)
