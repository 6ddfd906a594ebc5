"""Messages to people by apprise, and a heartbeat for when the watch itself dies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from healthlint.report import SEVERITIES, Severity
from healthlint.watching.events import Event, EventKind
from healthlint.watching.sinks import Repeats

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_TOLD: Mapping[EventKind, str] = {
    "firing": "warning",
    "resolved": "success",
    "stalled": "warning",
    "died": "failure",
    "ended": "info",
    "stop": "failure",
    "deleted": "warning",
    "test": "info",
}
"""Events that people are told of, with what apprise calls their kind."""
HEARTBEAT_EVERY = 60.0
TIMEOUT = 10.0


class AddressError(ValueError):
    """An address that nobody can be told at; the message holds no secret."""


def with_variables(text: str, environ: Mapping[str, str]) -> str:
    """Return a text with each ``${NAME}`` replaced by a variable of the environment.

    Raises:
        AddressError: There is no such variable.
    """
    missing = [name for name in _VARIABLE.findall(text) if name not in environ]
    if missing:
        raise AddressError(f"the variable {missing[0]} is not set")
    return _VARIABLE.sub(lambda found: environ[found[1]], text)


class Notifier:
    """Tells people of events at one address.

    Args:
        url: The address, as apprise spells it; ``${NAME}`` is a variable of the environment.
        least: Severity from which findings are told.
        resolved: Whether their end is told too.
        repeat: Seconds after which what still holds is told again, 0 for never.

    Raises:
        AddressError: apprise is not installed, or knows no such address.
    """

    is_lasting = True

    def __init__(
        self,
        url: str,
        least: Severity = "warning",
        *,
        resolved: bool = False,
        repeat: float = 0.0,
    ) -> None:
        scheme = url.partition(":")[0]
        self.name = f"notify:{scheme}:{sha256(url.encode()).hexdigest()[:8]}"
        self._least = least
        self._resolved = resolved
        self._repeats = Repeats(repeat)
        self._client = _client(with_variables(url, os.environ), scheme)

    def send(self, event: Event) -> str:
        """Send an event that its people are to be told of."""
        if not self._is_wanted(event) or not self._repeats.passes(event):
            return ""
        is_bad = event.severity == "error" and event.event != "resolved"
        kind = "failure" if is_bad else _TOLD[event.event]
        is_sent = self._client.notify(body=body(event), title=title(event), notify_type=kind)
        if not is_sent:
            return "it takes no message for now"
        self._repeats.note(event)
        return ""

    def _is_wanted(self, event: Event) -> bool:
        if event.event not in _TOLD or (event.event == "resolved" and not self._resolved):
            return False
        if event.severity is None:
            return True
        return SEVERITIES.index(event.severity) <= SEVERITIES.index(self._least)


def _client(url: str, scheme: str) -> Any:
    try:
        from apprise import Apprise
    except ImportError as error:
        message = "messages need apprise: pip install 'healthlint[notify]'"
        raise AddressError(message) from error
    client = Apprise()
    if not client.add(url):
        raise AddressError(f"no address that apprise knows: {scheme}:...")
    return client


def title(event: Event) -> str:
    """Return what a message says first."""
    what = f"{event.severity}: {event.rule}" if event.rule else event.event
    back = {"resolved": " is over", "stop": " stops the run"}.get(event.event, "")
    again = " again" if event.again or event.repeat else ""
    return f"{what}{back}{again} - {event.log}"


def body(event: Event) -> str:
    """Return what a message says."""
    said = [event.message, event.help if event.event == "firing" else ""]
    if event.follows:
        said.append(f"This explains {', '.join(event.follows)}.")
    return "\n".join(filter(None, said))


class Heartbeat:
    """Calls an address every minute, so that somebody notices when the watch itself has died.

    Follows healthchecks.io: ``/start`` at the beginning, the exit code at the end.

    Args:
        url: The address; ``${NAME}`` is a variable of the environment.
        call: Calls an address, and waits for it where it is told to.

    Raises:
        AddressError: It is no address of the web.
    """

    def __init__(self, url: str, call: Callable[[str, bool], object]) -> None:
        self._url = with_variables(url, os.environ).rstrip("/")
        if not self._url.startswith(("http://", "https://")):
            raise AddressError("a heartbeat is an address that begins with http:// or https://")
        self._call = call
        self._next = 0.0

    def beat(self, now: float) -> None:
        """Call the address where a minute is over."""
        if now >= self._next:
            self._call(self._url if self._next else f"{self._url}/start", False)
            self._next = now + HEARTBEAT_EVERY

    def end(self, code: int) -> None:
        """Say how the watch ended."""
        self._call(f"{self._url}/{code}", True)


def get(url: str, is_awaited: bool) -> None:
    """Call an address in a thread of its own, and wait for it where that is wanted.

    A call that fails needs no word: that none arrives is what a heartbeat says.
    """
    from contextlib import suppress
    from threading import Thread
    from urllib.request import urlopen

    def call() -> None:
        with suppress(OSError, ValueError), urlopen(url, timeout=TIMEOUT):  # noqa: S310 - http alone
            pass

    thread = Thread(target=call, daemon=True)
    thread.start()
    if is_awaited:
        thread.join(TIMEOUT)
