"""The answer of a run as a pill: its words, and the class of its colour."""

from __future__ import annotations

from healthlint.documents.markup import Markup, element
from healthlint.report import ANSWERS, Answer, LogReport

_INKS = {"stop": "error", "attention": "warning", "cannot tell": "unsure", "not read": "unsure"}


def pill(answer: Answer | None) -> Markup:
    """Return what to do in a word or two; None is a log that was not read."""
    return element("span", word(answer), class_=f"pill {ink(answer)}")


def word(answer: Answer | None) -> str:
    """Return the state of an answer."""
    return answer.state if answer else "not read"


def ink(answer: Answer | None) -> str:
    """Return the class of an answer's colour: only what is as wanted is green."""
    return "good" if answer and answer.is_green else _INKS.get(word(answer), "plain")


def rank(answer: Answer | None) -> int:
    """Return how bad an answer is, the worst first; what was not read comes after the findings."""
    if answer is None:
        return 2 * ANSWERS.index("cannot tell")
    return 2 * ANSWERS.index(answer.state) + answer.is_green + 1


def answered(log: LogReport) -> Answer | None:
    """Return the answer of a log, None where it was not read."""
    return log.answer if log.run else None
