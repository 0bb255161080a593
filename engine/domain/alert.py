"""Alerts: when somebody is told of a Link, how loud, where; decided from figures, without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from engine.domain.expression import Expression, compile_expression
from engine.domain.values import dataclass

FIGURES: Mapping[str, str] = {
    "status": "how the Link's newest Chain stands: failed, completed …",
    "severity": "how much the Link matters",
    "runs": "runs looked at: those that ended in the window, at least the newest",
    "failed_runs": "those of them that ended failed",
    "fetched": "records they fetched",
    "written": "records they wrote",
    "failed_records": "records that failed in them, those in doubt included",
    "failed_batches": "Batches that failed in them, those not attempted included",
    "failed_rate": "failed_records by fetched, from 0 to 1",
    "rising": "failed_rate by that of the runs before the window: 2 is twice as many",
    "warnings": "Warnings in them",
    "repeated_fingerprint": "runs in which the most frequent cause was met",
    "open_failures": "all that waits: records, Batches and stopped runs",
    "open_records": "failing records that wait",
    "open_batches": "Batches that wait",
    "oldest_open_s": "seconds for which the oldest of it has waited",
    "lateness_s": "seconds behind: since Last Successful Sync, else since the last good run began",
    "running_s": "seconds for which the run under way has run",
    "queued_s": "seconds for which a run has waited to be begun",
}
"""What `when` of an alert may ask, by name. What is not known is null, and compares false."""

PRIORITIES = ("low", "normal", "high", "critical")
HOUR = 3600.0
DAY = 86400.0


class Via(StrEnum):
    """How somebody is told."""

    LOG = "log"
    WEBHOOK = "webhook"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Channel:
    """Where an alert is sent: a webhook (`secret` signs it), a command's words, or the log."""

    via: Via = Via.LOG
    url: str = ""
    secret: str = field(default="", repr=False)
    command: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What names it in the audit: never more of an address than its host."""
        match self.via:
            case Via.WEBHOOK:
                return f"webhook {urlsplit(self.url).hostname}"
            case Via.COMMAND:
                return f"command {self.command[0]}"
            case Via.LOG:
                return "log"


LOG = (Channel(),)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule of a Link: `when` over FIGURES, looked at over `window` seconds.

    `priority` None: what the Link's severity and its downstream come to.
    """

    when: str
    window: float = HOUR
    priority: str | None = None
    notify: tuple[Channel, ...] = LOG

    @property
    def id(self) -> str:
        """What names it as long as it says the same."""
        said = f"{self.when}\x1f{self.window}"
        return blake2b(said.encode(), digest_size=6).hexdigest()

    @property
    def expression(self) -> Expression:
        """What it asks."""
        return compile_expression(self.when)


class AlertState(StrEnum):
    """How a rule stands."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """A rule that fires, or has fired, as it can be seen. `figures` are those it asks for.

    `undelivered` notifications are still on their way; `lost` were given up.
    """

    link: str
    rule: str
    when: str
    window: float
    state: AlertState
    priority: str
    severity: str
    downstream: tuple[str, ...]
    owner: str | None
    figures: Mapping[str, Any]
    sentence: str
    event: int | None
    fired_at: datetime
    resolved_at: datetime | None
    times: int
    undelivered: int = 0
    lost: int = 0


def priority_of(rule: AlertRule, severity: str, downstream: Sequence[str]) -> str:
    """How loud: what the rule says, else the severity, one step up where others depend on it."""
    if rule.priority is not None:
        return rule.priority
    place = PRIORITIES.index(severity) + bool(downstream)
    return PRIORITIES[min(place, len(PRIORITIES) - 1)]


def default_rules(severity: str) -> tuple[AlertRule, ...]:
    """What is watched of a Link that says nothing of alerts; it is told to the log alone."""
    return tuple(AlertRule(when) for when in _DEFAULTS[severity])


_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "low": ("oldest_open_s > 604800",),
    "normal": ('status == "failed"', "oldest_open_s > 259200"),
    "high": (
        'status == "failed"',
        "failed_rate > 0.05",
        "oldest_open_s > 86400",
        "repeated_fingerprint >= 5",
    ),
    "critical": (
        'status == "failed"',
        "failed_rate > 0.01",
        "rising >= 3 and failed_records > 10",
        "oldest_open_s > 14400",
        "repeated_fingerprint >= 3",
    ),
}


def holds(rule: AlertRule, figures: Mapping[str, Any]) -> bool:
    """Whether the rule is to fire."""
    return rule.expression.truth(figures)


def asked(rule: AlertRule, figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that a rule asks for."""
    return {name: figures.get(name) for name in rule.expression.names}


def sentence(link: str, rule: AlertRule, figures: Mapping[str, Any]) -> str:
    """What a person reads first: `orders: failed_rate is 0.12 (failed_rate > 0.05)`."""
    said = ", ".join(
        f"{name} is {_said(value)}" for name, value in asked(rule, figures).items()
    )
    return f"{link}: {said} ({rule.when})"


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < _LARGE else f"{value:.0f}"
    return "unknown" if value is None else str(value)


_LARGE = 1000
