"""Rules and packs as the engine uses them: closed frozen data, built from YAML by ``building``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal, NamedTuple

from healthlint.logs.nearest import did_you_mean
from healthlint.report import Confidence, Severity
from healthlint.rulebook.groups import without_references
from healthlint.rulebook.requirement import Requirement
from healthlint.rulebook.template import Template
from healthlint.timeline.evaluation import Condition, Metric
from healthlint.timeline.expression import Expression
from healthlint.timeline.formula import Formula
from healthlint.timeline.quantities import Number, Span
from healthlint.timeline.reference import Reference

ON_REQUEST = "on-request"
"""Tag of rules that are judged only where they are named: they find no fault of a training."""


@dataclass(frozen=True, slots=True, kw_only=True)
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
        except_: A known innocent cause: the rule is quiet wherever this is shown to be true; where
            it cannot be told, the rule stands.
        softens: What makes its finding a remark (``info``) while it is so at the last record that
            the finding holds at: a size that is small, another metric that is still fine.
        once_over: Severity of a finding that no longer holds at the end, where that differs.
        requires: What the run must have for the rule to be applicable.
        vital: True where the rule must have looked for a run to be called healthy.
        why: Why it is trouble, for its page.
        folds: Patterns of rules (as for ``select``) whose findings follow from this one's: those
            that begin while it holds are shown under it.
        docs: Where to read more.
        tags: Free words to select by.
        aliases: Former ids.
        status: ``stable``, ``preview``, ``deprecated``, or ``disabled``: never judged.
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
    except_: Condition | None = None
    softens: Condition | None = None
    once_over: Severity | None = None
    requires: tuple[Requirement, ...] = ()
    vital: bool = False
    why: str = ""
    folds: tuple[str, ...] = ()
    docs: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    status: Literal["stable", "preview", "deprecated", "disabled"] = "stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a pack changes of a rule of a pack that it extends.

    Attributes:
        severity: Another severity.
        confidence: Another confidence; ``high`` makes it run by default.
        help: What to do, in the words of this team.
        docs: Where to read more.
        disabled: True where it shall not be judged at all.
    """

    severity: Severity | None = None
    confidence: Confidence | None = None
    help: str | None = None
    docs: str | None = None
    disabled: bool = False

    def apply(self, rule: Rule) -> Rule:
        """Return a rule with what is said here changed."""
        said = {name: getattr(self, name) for name in ("severity", "confidence", "help", "docs")}
        changed = {name: value for name, value in said.items() if value is not None}
        if self.disabled:
            changed["status"] = "disabled"
        return replace(rule, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One band of a metric.

    Attributes:
        name: Its name.
        below: Upper bound, excluded; None for the topmost band.
        at_least: Lower bound, included; None for the lowest band.
        sounds: How a model in it sounds.
        instead: What is said in place of that where an event was announced, by its kind.
    """

    name: str
    below: Number | None = None
    at_least: Number | None = None
    sounds: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on where a metric stands.

    Attributes:
        when: When it holds at the end of the run.
        say: The remark, with placeholders.
    """

    when: Condition
    say: Template


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A file of rules.

    Attributes:
        schema: Version of the pack format.
        pack: Its name, the first part of its rule ids.
        extends: Packs it builds on: the name of a shipped one (``tts``), or a path from this file
            (``./base.yaml``). Their metrics, params and named arithmetic can be used here.
        requires: What a run must have for any of its rules to be applicable.
        metrics: Canonical metric by the name that its rules use; or a group, by patterns with a bar
            between them (``*_loss``, ``mel_loss | total_loss``; ``$name`` is another group).
        params: Named numbers that a pack which extends this one, or the config, may change. In a
            pack that extends others, one of theirs is changed and any other is its own.
        let: Named arithmetic.
        derived: Metrics made of others (``(val.mel - train.mel) / train.mel``), by the name that
            its rules use.
        standing: What to show of where the run stands.
        rules: Its rules.
        overrides: What it changes of rules of the packs it extends, by id.
        docs: Where to read more; with ``{rule}`` in it, the page of each rule, by its id.
    """

    schema: Literal["healthlint.rules/1"]
    pack: str
    metrics: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    extends: tuple[str, ...] = ()
    requires: tuple[Requirement, ...] = ()
    params: Mapping[str, float] = field(default_factory=dict)
    let: Mapping[str, Expression] | None = None
    derived: Mapping[str, Formula] = field(default_factory=dict)
    standing: tuple[StandingSpec, ...] = ()
    overrides: Mapping[str, Override] = field(default_factory=dict)
    docs: str = ""

    def __post_init__(self) -> None:
        """Put the patterns of groups in place of their names."""
        object.__setattr__(self, "metrics", without_references(self.metrics))

    @property
    def names(self) -> Mapping[str, Expression]:
        """Return what its expressions may name: its params and its named arithmetic."""
        return Names.of(self).values


class Names(NamedTuple):
    """What the rules of a pack may name: its own, and what the packs that it extends lend it.

    Attributes:
        metrics: Canonical metric, or group, by name.
        params: Named numbers.
        let: Named arithmetic.
        derived: Metrics made of others, by name.
    """

    metrics: Mapping[str, str] = MappingProxyType({})
    params: Mapping[str, float] = MappingProxyType({})
    let: Mapping[str, Expression] = MappingProxyType({})
    derived: Mapping[str, Formula] = MappingProxyType({})

    @classmethod
    def of(cls, pack: Pack) -> Names:
        """Return the names that a pack gives itself."""
        return cls(pack.metrics, pack.params, pack.let or {}, pack.derived)

    def under(self, others: Names) -> Names:
        """Return these names together with others; where both have one, these count."""
        pairs = zip(self, others, strict=True)
        return Names._make({**theirs, **own} for own, theirs in pairs)

    @property
    def values(self) -> Mapping[str, Expression]:
        """Return what an expression may name."""
        if not self.params:
            return self.let
        numbers = {
            name: Expression.parse(int(value) if value == value // 1 else value)
            for name, value in self.params.items()
        }
        return {**numbers, **self.let}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All packs of one call, and which of their rules are selected.

    Attributes:
        packs: The packs in the order they were loaded.
        selected: Ids of the selected rules, None for all.
        reference: Good runs that ``compare`` compares with, None where none are given.
    """

    packs: Sequence[Pack]
    selected: frozenset[str] | None = None
    reference: Reference | None = None

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
            if rule.status != "disabled" and (self.selected is None or rule.id in self.selected)
        ]

    @property
    def all_rules(self) -> Sequence[Rule]:
        """Return the rules of the packs, selected or not, disabled ones too."""
        return [rule for pack in self.packs for rule in pack.rules]

    def resolve(self, name: str) -> str:
        """Return the id of the rule with this id or former id; another name comes back as it is."""
        rules = self.all_rules
        if any(rule.id == name for rule in rules):
            return name
        return next((rule.id for rule in rules if name in rule.aliases), name)

    def meant(self, pattern: str) -> frozenset[str]:
        """Return the ids of the rules that a pattern means, selected or not."""
        return frozenset(rule.id for rule in self.all_rules if is_match(pattern, rule))

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
            profile: ``default`` (high confidence) or ``all``; without those tagged ``on-request``.

        Raises:
            ValueError: A pattern matches no rule.
        """
        chosen = list(select)
        rules = self.all_rules
        named = {rule.id for pattern in chosen for rule in _matching(pattern, rules)}
        left_out = {rule.id for pattern in ignore for rule in _matching(pattern, rules)}
        offered = [rule for rule in rules if ON_REQUEST not in rule.tags]
        usual = {r.id for r in offered if profile == "all" or r.confidence == "high"}
        return replace(self, selected=frozenset((named if chosen else usual) - left_out))


def _matching(pattern: str, rules: Sequence[Rule]) -> list[Rule]:
    matching = [rule for rule in rules if is_match(pattern, rule)]
    if not matching:
        known = [name for rule in rules for name in (rule.id, *rule.aliases)]
        known += sorted({rule.id.split("/")[0] for rule in rules})
        raise ValueError(f"no rule matches `{pattern}`{did_you_mean(pattern, known, lead='; ')}")
    return matching


def is_match(pattern: str, rule: Rule) -> bool:
    """Return whether a pattern means a rule: by id, pack, former id or tag."""
    names = (rule.id, rule.id.split("/")[0], *rule.aliases, *rule.tags)
    return any(fnmatchcase(name, pattern) for name in names)
