"""A metric that none of the logs has: the rule would be not judged on all of them."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.lint._logic import canonical
from healthlint.authoring.lint._subject import Remark, Subject
from healthlint.engine.binding import Scene
from healthlint.logs.nearest import nearest
from healthlint.rulebook.checking import metrics_of
from healthlint.rulebook.requirement import Requirement


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark for each metric of the rule that no log has.

    What requires what no log has says itself that it is not for them: no remark.
    """
    required = (*subject.pack.requires, *subject.rule.requires)
    if not subject.logs or any(_is_nowhere(subject, requirement) for requirement in required):
        return
    for field, condition in (("when", subject.rule.when), ("except", subject.rule.except_)):
        for metric in dict.fromkeys(metrics_of(condition)) if condition else ():
            if not any(_has(subject, log.scene, metric) for log in subject.logs):
                if metric.rpartition("/")[2] in subject.pack.derived:
                    message, hint = _reason(subject, metric), ""
                else:
                    name = canonical(subject.pack, metric)
                    message, hint = _message(subject, name), _hint(subject, name)
                yield Remark(message=message, hint=hint, field=field, key="metric", word=metric)


def _is_nowhere(subject: Subject, required: Requirement) -> bool:
    """Return whether no log has a required metric; facts (`run.device`) are not looked at."""
    return not any(
        need.fact or log.scene.logs(subject.pack, need.metric)
        for need in required.needs
        for log in subject.logs
    )


def _has(subject: Subject, scene: Scene, metric: str) -> bool:
    conditions = filter(None, (subject.rule.when, subject.rule.except_))
    contexts = (scene.context(subject.pack, [condition])[0] for condition in conditions)
    return any(len(one) for context in contexts for one in context.bound.get(metric, ()))


def _reason(subject: Subject, metric: str) -> str:
    """Return why a derived metric cannot be worked out on the first log."""
    log = subject.logs[0]
    context, _ = log.scene.context(subject.pack, [subject.rule.when])
    return f"{log.path}: {context.lacking.get(metric, metric)}: the rule would not be judged"


def _message(subject: Subject, name: str) -> str:
    count = len(subject.logs)
    who = f"{subject.logs[0].path} has no" if count == 1 else f"none of {count} logs has"
    return f"{who} {name}: the rule would not be judged"


def _hint(subject: Subject, name: str) -> str:
    known = sorted({key for log in subject.logs for key in log.run.series})
    bare = name.rpartition("/")[2]
    same = [key for key in known if key.rpartition("/")[2] == bare]
    if near := next(iter(same), nearest(name, known)):
        return f"did you mean `{near}`?"
    return f"there is {', '.join(known[:8])}{' ...' if len(known) > 8 else ''}"
