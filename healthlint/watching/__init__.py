"""Watching: logs that grow are read, judged, and told of once."""

from healthlint.watching.alerts import Policy
from healthlint.watching.events import Event
from healthlint.watching.stopping import StopPolicy
from healthlint.watching.watched import Plan, Watched

__all__ = ["Event", "Plan", "Policy", "StopPolicy", "Watched"]
