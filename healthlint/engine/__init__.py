"""The engine: a log and a rulebook to a judgement."""

from healthlint.engine.answering import answered
from healthlint.engine.judging import evaluate_rule, judge, judge_run
from healthlint.logs.choosing import choose

__all__ = ["answered", "choose", "evaluate_rule", "judge", "judge_run"]
