"""The answer of a log as a pill: its words, and the class of its colour."""

from __future__ import annotations

from healthlint.documents.markup import Markup, element
from healthlint.report import ANSWERS, LogReport

_INKS = {"stop": "error", "attention": "warning", "cannot tell": "unsure", "not read": "unsure"}


def pill(log: LogReport) -> Markup:
    """Return what to do in a word or two."""
    return element("span", word(log), class_=f"pill {ink(log)}")


def word(log: LogReport) -> str:
    """Return the state of the answer of a log, or that it was not read."""
    return log.answer.state if log.run else "not read"


def ink(log: LogReport) -> str:
    """Return the class of an answer's colour: only what is as wanted is green."""
    return "good" if log.run and log.answer.is_green else _INKS.get(word(log), "plain")


def rank(log: LogReport) -> int:
    """Return how bad an answer is, the worst first; what was not read comes after the findings."""
    if log.run is None:
        return 2 * ANSWERS.index("cannot tell")
    return 2 * ANSWERS.index(log.answer.state) + log.answer.is_green + 1
