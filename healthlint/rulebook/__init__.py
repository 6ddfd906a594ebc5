"""Packs: YAML files to rules, with the line of every mistake."""

from healthlint.rulebook.loading import load
from healthlint.rulebook.model import Pack, Rule, Rulebook
from healthlint.rulebook.problems import PackProblem, RulebookError

__all__ = ["Pack", "PackProblem", "Rule", "Rulebook", "RulebookError", "load"]
