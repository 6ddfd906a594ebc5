"""Logs: the data that every layer shares, the names of metrics, and how runs are told apart."""

from healthlint.logs.model import Event, Log, Problem, ProblemKind, Run, Series, Split, Timeline

__all__ = ["Event", "Log", "Problem", "ProblemKind", "Run", "Series", "Split", "Timeline"]
