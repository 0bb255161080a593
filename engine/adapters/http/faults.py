"""What goes wrong between us and a server: one try's failure, named, classed, in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import field as field_
from http import HTTPStatus
from typing import TypeVar

from engine.adapters.http.gate import Hopeless
from engine.domain.errors import Attempt, ErrorClass, SyncError
from engine.domain.values import dataclass


@dataclass(slots=True, eq=False)
class Fault(Exception):
    """A request that failed, after one try or all of them.

    `repeat`: another try may help. `refused`: no connection was accepted. `reached`: the server
    may have acted on it though no answer came; `lost`: that was so for any of its tries. `fatal`:
    no other request can fare better. `sent`: false where an outage kept it back. `field` is the one
    the server blames.
    """

    code: str
    error_class: ErrorClass
    message: str
    repeat: bool = False
    refused: bool = False
    reached: bool = False
    lost: bool = False
    fatal: bool = False
    sent: bool = True
    status: int | None = None
    retry_after: float | None = None
    field: str | None = None
    attempts: tuple[Attempt, ...] = field_(default=())

    def __str__(self) -> str:
        return self.message


_BY_STATUS: Mapping[int, ErrorClass] = {
    401: ErrorClass.AUTHORIZATION,
    403: ErrorClass.AUTHORIZATION,
    407: ErrorClass.AUTHORIZATION,
    408: ErrorClass.TRANSIENT,
    425: ErrorClass.TRANSIENT,
    429: ErrorClass.TRANSIENT,
    500: ErrorClass.TRANSIENT,
    501: ErrorClass.UNCLASSIFIED,
    505: ErrorClass.UNCLASSIFIED,
}
_FETCH: Mapping[range, ErrorClass] = {
    range(300, 400): ErrorClass.UNCLASSIFIED,
    range(400, 500): ErrorClass.SCHEMA,
    range(500, 600): ErrorClass.AVAILABILITY,
}
_WRITE: Mapping[int, ErrorClass] = {
    400: ErrorClass.VALIDATION,
    404: ErrorClass.REFERENCE,
    409: ErrorClass.DUPLICATE,
    410: ErrorClass.REFERENCE,
    412: ErrorClass.BUSINESS_RULE,
    413: ErrorClass.VALIDATION,
    414: ErrorClass.VALIDATION,
    422: ErrorClass.VALIDATION,
    423: ErrorClass.TRANSIENT,
    428: ErrorClass.BUSINESS_RULE,
}
_REMEDIES: Mapping[int, str] = {
    401: "check the credentials under auth",
    403: "check what these credentials may do",
    404: "check url",
    429: "it asks for fewer requests",
}


def class_of(status: int, *, writing: bool) -> ErrorClass:
    """The class of a status that is no success (T6)."""
    if writing and status in _WRITE:
        return _WRITE[status]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return next(
        (found for codes, found in _FETCH.items() if status in codes),
        ErrorClass.UNCLASSIFIED,
    )


def status_sentence(who: str, status: int, words: str | None) -> str:
    """What a server answered, in its own words where it gave some."""
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    tail = words or _REMEDIES.get(status)
    return f"{who} answered {phrase}" + (f": {tail}" if tail else "")


@dataclass(frozen=True, slots=True)
class Told:
    """The timeouts as a sentence needs them; `up`: whether the total was used up."""

    connect: float
    read: float
    total: float
    up: Callable[[], bool]


def out_of_order(who: str, why: Hopeless) -> Fault:
    """A request that was not sent, since the system has been out of order for too long."""
    told = "accepted no connection" if why.unreachable else "been out of order"
    return Fault(
        "out_of_order",
        ErrorClass.AVAILABILITY,
        f"{who} has {told} for {why.lasted:.0f} s; requests go out again when it answers",
        refused=why.unreachable,
        sent=False,
    )


def unsendable(who: str, why: str) -> Fault:
    """A request that cannot be put on the wire, whatever the server does."""
    return Fault(
        "unsendable",
        ErrorClass.SCHEMA,
        f"the request to {who} cannot be sent, {why}; check url and headers",
        fatal=True,
    )


def unexpected(who: str, why: str, *, code: str = "unexpected_answer") -> Fault:
    """An answer that is complete, but not what was asked for: not tried again."""
    return Fault(code, ErrorClass.SCHEMA, f"{who}: {why}")


Tiered = TypeVar("Tiered", bound=SyncError)


def raised(kind: type[Tiered], fault: Fault) -> Tiered:
    """The fault as an error of that tier."""
    return kind(
        fault.message,
        code=fault.code,
        error_class=fault.error_class,
        attempts=fault.attempts,
        refused=fault.refused,
    )


def cut_short(who: str) -> Fault:
    """A body that ended too early: a fault of the transport, so tried again."""
    return Fault(
        "cut_short",
        ErrorClass.TRANSIENT,
        f"{who} broke off its answer before it was complete",
        repeat=True,
        reached=True,
    )
