"""A rule that does not say why it matters or what to do."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.lint._subject import Remark, Subject

_OPEN = "TODO"


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark for each text that is not there, or is still the one of ``rules new``."""
    for field, what in (("why", "why it matters"), ("help", "what to do")):
        text = str(getattr(subject.rule, field)).strip()
        if not text:
            message, at = f"it does not say {what}", "id" if field == "why" else field
            yield Remark(message=message, hint=f"write it under `{field}:`", field=at)
        elif text.startswith(_OPEN):
            yield Remark(message=f"it does not say {what} yet", field=field, word=_OPEN)
