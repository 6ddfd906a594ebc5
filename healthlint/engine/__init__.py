"""The engine: a log and a rulebook to a judgement."""

from healthlint.engine.judging import evaluate_rule, judge, judge_run
from healthlint.logs.choosing import choose

__all__ = ["choose", "evaluate_rule", "judge", "judge_run"]
