"""The engine: a log and a rulebook to a judgement."""

from healthlint.engine.judging import choose, evaluate, judge, judge_run

__all__ = ["choose", "evaluate", "judge", "judge_run"]
