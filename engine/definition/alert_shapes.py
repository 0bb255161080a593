"""The keys of an alert rule: what it asks, over how long, and who is told."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from engine.definition import texts
from engine.definition.notes import Checked, Flaw, Misfit
from engine.definition.texts import SHOWN
from engine.definition.wording import near, visible
from engine.domain.alert import FIGURES, HOUR, LOG, AlertRule, Channel, Via
from engine.domain.expression import compile_expression
from engine.domain.units import Between, Doc, Duration
from engine.domain.values import dataclass

_LONGEST = 31 * 86_400.0
_SHORTEST_SECRET = 16
_HOUR = Duration(HOUR)


def question(text: str) -> Flaw | None:
    """An expression over the figures of a Link, and nothing else."""
    if flaw := texts.expression(text):
        return flaw
    for name in compile_expression(text).names:
        if name not in FIGURES:
            hint = near(name, FIGURES) or f"there are {', '.join(FIGURES)}"
            return Flaw(f"asks for '{visible(name)}', which is no figure of a Link", hint)
    return None


def address(text: str) -> Flaw | None:
    """Where a webhook is."""
    try:
        parts = urlsplit(text)
        host, user = parts.hostname, parts.username
    except ValueError:
        return _NO_ADDRESS
    if parts.scheme not in {"http", "https"} or not host:
        return _NO_ADDRESS
    if user is not None:
        return Flaw("cannot hold a user and a password", "sign it instead: secret")
    return None


_NO_ADDRESS = Flaw("takes an address that starts with https:// or http://")


def way(text: str) -> Flaw | None:
    """`log`, or where a webhook is."""
    if text == Via.LOG:
        return None
    return address(text) and Flaw(
        f"takes log, an address, or a block, not '{visible(text)}'",
        "for example {webhook: 'https://…', secret: '${secret:HOOK}'}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookShape:
    """A POST, signed where there is a secret."""

    webhook: Annotated[str, Checked(address), Doc("where it is sent")]
    secret: Annotated[
        str | None, Doc("what signs it (Standard Webhooks), such as ${secret:HOOK}")
    ] = None

    def __post_init__(self) -> None:
        if self.secret is not None and len(self.secret) < _SHORTEST_SECRET:
            raise Misfit(f"needs at least {_SHORTEST_SECRET} characters", "secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandShape:
    """A program, called without a shell, that reads the alert as JSON."""

    command: Annotated[
        tuple[Annotated[str, SHOWN], ...],
        Between(1, 64),
        Doc("its words; the alert comes on its stdin"),
    ]


Way = Annotated[str, Checked(way)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertShape:
    """When somebody is told, and how."""

    when: Annotated[str, Checked(question), Doc("such as failed_rate > 0.05")]
    window: Annotated[
        Duration, Between(60, _LONGEST), Doc("how far back runs are looked at")
    ] = _HOUR
    priority: Annotated[
        Literal["low", "normal", "high", "critical"] | None,
        Doc("how loud; default: by severity, one step up where there is downstream"),
    ] = None
    notify: Annotated[
        tuple[Way | WebhookShape | CommandShape, ...],
        Doc("who is told: log, an address, a webhook with its secret, a command"),
    ] = ("log",)


def rule_of(shape: AlertShape) -> AlertRule:
    """The rule as a value."""
    channels = tuple(_channel(each) for each in shape.notify)
    return AlertRule(shape.when, shape.window, shape.priority, channels or LOG)


def _channel(said: str | WebhookShape | CommandShape) -> Channel:
    match said:
        case WebhookShape():
            return Channel(Via.WEBHOOK, said.webhook, said.secret or "")
        case CommandShape():
            return Channel(Via.COMMAND, command=said.command)
        case Via.LOG:
            return Channel()
        case _:
            return Channel(Via.WEBHOOK, said)
