"""The engine: a log and a rulebook to a judgement."""

from healthlint.engine.choosing import choose
from healthlint.engine.judging import evaluate_rule, judge, judge_run

__all__ = ["choose", "evaluate_rule", "judge", "judge_run"]
