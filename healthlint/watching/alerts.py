"""Alerts: what is told of a run, when, and how often, as a function of what looks at it found.

The states are Prometheus': *pending* until ``group_wait`` is over, *firing* while it stands,
*held* while it has not stood for less than ``keep_firing_for``, then *resolved*. A finding stands
as long as ``check`` would report it as bad: a NaN of yesterday does, a divergence that is over is a
remark. What follows from another cause (``folds``) is inhibited, what is suppressed silenced:
neither is told.

A look says what held since the run began, not what holds now, so nothing that came and went between
two looks is lost, and how often somebody looks does not decide what is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from healthlint.report import SEVERITIES, Confidence, Place, Severity

AlertState = Literal["pending", "firing", "held", "resolved"]
AlertEvent = Literal["firing", "resolved", "inhibited"]
NOWHERE = Place(None, None, None)


class Identity(NamedTuple):
    """What makes two alerts the same: they are told once.

    Attributes:
        run: The run.
        rule: The rule.
        attempt: The attempt of the run in which it began, from 0.
    """

    run: str
    rule: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What a look found of one rule in one attempt.

    Attributes:
        rule: The rule.
        attempt: The attempt in which it first held, from 0.
        severity: How bad it is by now.
        confidence: How sure the rule is.
        message: What was found, with its numbers.
        help: What to do.
        fingerprint: 16 hex digits: the same after a retraining.
        first: First record at which it held.
        last: Last record at which it held.
        is_active: Whether it holds at the end of what was judged.
        is_superseded: Whether a resume went back behind it.
        root: The rule of the cause that it follows from, empty where it stands by itself.
        silence: The reason for which it is suppressed, empty where it is not.
    """

    rule: str
    attempt: int
    severity: Severity
    confidence: Confidence
    message: str
    help: str
    fingerprint: str
    first: Place
    last: Place
    is_active: bool
    is_superseded: bool = False
    root: str = ""
    silence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a run found, from its beginning to its last record.

    Attributes:
        run: The run.
        last: The last record that was judged.
        causes: What was found, at most one a rule and attempt.
        is_new: Whether the log has changed since the look before.
        is_last: Whether nobody will look again, so that nothing can wait.
    """

    run: str
    last: Place
    causes: Sequence[Cause]
    is_new: bool = True
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """When alerts are told.

    Attributes:
        keep_firing_for: Epochs without it after which an alert is over; looks where the log has no
            epochs. Each time that it comes back this doubles.
        group_wait: Seconds that a new cause waits for one that explains it.
        repeat: Seconds after which a firing alert is told again, 0 for never.
    """

    keep_firing_for: float = 1.0
    group_wait: float = 0.0
    repeat: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is known of one alert.

    Attributes:
        cause: What the newest look found of it.
        since: When it was first seen, in seconds since 1970.
        state: Its state.
        told: How often it was told that it fires, repeats left out.
        told_at: When that was last told.
        stands: Whether it is bad by now, and no resume went back behind it.
        looks: Looks in a row, up to the newest, in which neither this nor whether it holds changed.
    """

    cause: Cause
    since: float
    stands: bool = True
    state: AlertState = "pending"
    told: int = 0
    told_at: float = 0.0
    looks: int = 0

    @property
    def is_inhibited(self) -> bool:
        """Whether it is not to be told: it follows from another, or is suppressed."""
        return bool(self.cause.root or self.cause.silence)

    @property
    def is_open(self) -> bool:
        """Whether it was told and its end was not."""
        return self.told > 0 and self.state in ("firing", "held")


class Told(NamedTuple):
    """One thing to tell.

    Attributes:
        event: What happened.
        identity: Of which alert.
        alert: The alert after it.
        is_repeat: Whether it is told again only because it still holds.
    """

    event: AlertEvent
    identity: Identity
    alert: Alert
    is_repeat: bool = False


Alerts = Mapping[Identity, Alert]


def step(alerts: Alerts, look: Look, now: float, policy: Policy) -> tuple[Alerts, list[Told]]:
    """Return the alerts after a look at one run, and what is to be told, the worst first.

    Args:
        alerts: The alerts before it, those of other runs too.
        look: What was found.
        now: Seconds since 1970.
        policy: When alerts are told.
    """
    after = dict(alerts)
    told: list[Told] = []
    for identity, (cause, stands) in _found(alerts, look).items():
        before = after.get(identity) or Alert(cause=cause, since=now)
        after[identity], events = _next(before, cause, stands, look, now, policy)
        told += [Told(event, identity, after[identity], again) for event, again in events]
    return after, sorted(told, key=_order)


def _found(alerts: Alerts, look: Look) -> dict[Identity, tuple[Cause, bool]]:
    """Return each alert of the run and what is bad enough to be one, and whether it stands."""
    found: dict[Identity, tuple[Cause, bool]] = {}
    for cause in look.causes:
        identity = Identity(look.run, cause.rule, cause.attempt)
        is_bad = cause.severity != "info"
        if is_bad or identity in alerts:
            found[identity] = cause, is_bad and not cause.is_superseded
    for identity, alert in alerts.items():
        if identity.run == look.run and identity not in found:  # the log has lost its records
            found[identity] = replace(alert.cause, is_active=False), False
    return found


def _next(
    alert: Alert, cause: Cause, stands: bool, look: Look, now: float, policy: Policy
) -> tuple[Alert, list[tuple[AlertEvent, bool]]]:
    """Return an alert after a look, and what is to be told of it, each with whether it repeats."""
    was_inhibited = alert.is_inhibited
    is_same = (alert.stands, alert.cause.is_active) == (stands, cause.is_active)
    looks = alert.looks + look.is_new if is_same else 1
    alert = replace(alert, cause=cause, stands=stands, looks=looks)
    events: list[tuple[AlertEvent, bool]] = []
    if _is_due(alert, look, now, policy):
        alert = replace(alert, state="firing", told=alert.told + 1, told_at=now)
        events.append(("firing", False))
    elif alert.is_open and alert.is_inhibited and not was_inhibited:
        events.append(("inhibited", False))
    elif _is_repeated(alert, now, policy):
        alert = replace(alert, told_at=now)
        events.append(("firing", True))
    if alert.state in ("firing", "held"):
        alert = replace(alert, state="firing" if stands else "held")
    if alert.state == "held" and _is_over(alert, look, policy):
        alert = replace(alert, state="resolved")
        events += [] if alert.is_inhibited else [("resolved", False)]
    return alert, events


def _is_due(alert: Alert, look: Look, now: float, policy: Policy) -> bool:
    """Return whether an alert begins to fire: a new one, or one that came back."""
    if alert.is_inhibited:
        return False
    if alert.state == "resolved":
        return alert.stands
    has_waited = look.is_last or now - alert.since >= policy.group_wait
    return alert.state == "pending" and has_waited


def _is_repeated(alert: Alert, now: float, policy: Policy) -> bool:
    is_firing = alert.state == "firing" and alert.cause.is_active and not alert.is_inhibited
    return is_firing and 0 < policy.repeat <= now - alert.told_at


def _is_over(alert: Alert, look: Look, policy: Policy) -> bool:
    """Return whether an alert has not held for long enough; longer each time it came back."""
    keep = policy.keep_firing_for * float(2 ** (alert.told - 1))
    start, end = alert.cause.last.epoch, look.last.epoch
    if alert.cause.is_superseded:
        return True
    if start is None or end is None:
        return alert.looks > keep
    return end - start >= keep


def _order(told: Told) -> tuple[bool, int, int]:
    cause = told.alert.cause
    return told.event != "firing", SEVERITIES.index(cause.severity), cause.first.line or 0


def inhibited_by(alerts: Alerts, identity: Identity) -> Iterator[str]:
    """Yield the rules of the alerts that follow from one."""
    for other, alert in alerts.items():
        if other.run == identity.run and alert.cause.root == identity.rule:
            yield other.rule
