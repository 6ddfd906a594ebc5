"""A fact that no header is known to give: most are slips of the pen."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.lint._subject import Remark, Subject
from healthlint.logs.facts import NUMBERS, TEXTS
from healthlint.logs.nearest import nearest
from healthlint.rulebook.checking import expressions_of


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark for each fact of the message or of the bounds that is not known."""
    logged = (name for log in subject.logs for name in log.run.facts)
    known = sorted({*NUMBERS, *TEXTS, *subject.facts, *logged})
    names = subject.rule.message.names
    used = [("message", parts[1]) for parts in names if parts[0] == "run" and parts[1:]]
    used += [("when", fact) for e in expressions_of(subject.rule.when) for fact in sorted(e.facts)]
    for field, fact in dict.fromkeys(used):
        if fact not in known:
            near = nearest(fact, known)
            hint = f"did you mean `run.{near}`?" if near else f"known: {', '.join(known)}"
            message = f"no log is known to have the fact `{fact}`"
            yield Remark(message=message, hint=hint, field=field, word=f"run.{fact}")
