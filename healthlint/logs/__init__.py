"""Logs: the data that every layer shares, the names of metrics, and how runs are told apart."""

from healthlint.logs.model import Event, Log, Problem, Run, Series, Split, Timeline
from healthlint.logs.vocabulary import QUANTITIES, recognise

__all__ = [
    "QUANTITIES",
    "Event",
    "Log",
    "Problem",
    "Run",
    "Series",
    "Split",
    "Timeline",
    "recognise",
]
