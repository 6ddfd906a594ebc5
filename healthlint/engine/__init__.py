"""The engine: a log and a rulebook to a judgement."""

from healthlint.engine.judging import choose, judge, judge_run

__all__ = ["choose", "judge", "judge_run"]
