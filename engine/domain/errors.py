"""What can go wrong: tiers by type, classes by value, and what each answers (T1-T7).

SyncError
├── SystemSyncError   stops the run
├── BatchSyncError    fails its Batch alone
└── RecordSyncError   fails its Record alone
LinkdeckError         a request that cannot be served: one sentence for the person who asked
├── Refused           understood, and not done (exit 3)
└── Misused           the request itself is wrong (exit 2)
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, ClassVar

from engine.domain.values import dataclass


class Tier(StrEnum):
    """How far a failure reaches."""

    SYSTEM = "system"
    BATCH = "batch"
    RECORD = "record"


class ErrorClass(StrEnum):
    """What kind of failure it is; decides the response path (T6)."""

    TRANSIENT = "transient"
    AVAILABILITY = "availability"
    SCHEMA = "schema"
    VALIDATION = "validation"
    DUPLICATE = "duplicate"
    REFERENCE = "reference"
    AUTHORIZATION = "authorization"
    PARTIAL_LOAD = "partial_load"
    BUSINESS_RULE = "business_rule"
    UNCLASSIFIED = "unclassified"


class Durability(StrEnum):
    """How long a failure is likely to last."""

    EPHEMERAL = "ephemeral"
    DURABLE = "durable"


class Route(StrEnum):
    """Where a failure goes from here."""

    RETRY = "retry"
    PRODUCER = "producer"
    QUARANTINE = "quarantine"
    DUPLICATE = "duplicate"
    REVIEW = "review"
    ACCESS_REVIEW = "access_review"
    DELAYED = "delayed"
    DEAD_LETTER = "dead_letter"
    ERROR_QUEUE = "error_queue"


ROUTES: Mapping[ErrorClass, Route] = {
    ErrorClass.TRANSIENT: Route.RETRY,
    ErrorClass.AVAILABILITY: Route.RETRY,
    ErrorClass.SCHEMA: Route.PRODUCER,
    ErrorClass.VALIDATION: Route.QUARANTINE,
    ErrorClass.DUPLICATE: Route.DUPLICATE,
    ErrorClass.REFERENCE: Route.REVIEW,
    ErrorClass.AUTHORIZATION: Route.ACCESS_REVIEW,
    ErrorClass.PARTIAL_LOAD: Route.RETRY,
    ErrorClass.BUSINESS_RULE: Route.REVIEW,
    ErrorClass.UNCLASSIFIED: Route.ERROR_QUEUE,
}

EPHEMERAL_CLASSES = frozenset(
    {ErrorClass.TRANSIENT, ErrorClass.AVAILABILITY, ErrorClass.PARTIAL_LOAD}
)

UNCLASSIFIED_CODE = "unclassified_exception"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that failed inside a Batch: what it said, and the wait that followed (seconds)."""

    number: int
    message: str
    wait: float


class SyncError(Exception):
    """A failure while a Sync Event runs; its subclass is its tier.

    `code` is stable and short, `field` the blamed field, `refused` whether the system did not
    accept a connection at all (T1), `stage` overrides where the runner places it.
    """

    tier: ClassVar[Tier]

    def __init__(
        self,
        message: str,
        *,
        code: str = UNCLASSIFIED_CODE,
        error_class: ErrorClass = ErrorClass.UNCLASSIFIED,
        field: str | None = None,
        stage: str | None = None,
        attempts: tuple[Attempt, ...] = (),
        refused: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.error_class = error_class
        self.field = field
        self.stage = stage
        self.attempts = attempts
        self.refused = refused

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (type(self), self.message, dict(self.__dict__)))


def _rebuilt(kind: type[SyncError], message: str, state: dict[str, Any]) -> SyncError:
    error = kind(message)
    error.__dict__.update(state)
    return error


class SystemSyncError(SyncError):
    """Stops the run: no further Batch starts (T1)."""

    tier = Tier.SYSTEM


class BatchSyncError(SyncError):
    """Fails its Batch alone (T2).

    `follow` are scopes that are read though this one failed; `again` is the scope that a retry
    fetches in its place, where going by the old one would read those twice.
    """

    tier = Tier.BATCH
    follow: tuple[Mapping[str, Any], ...] = ()
    again: Mapping[str, Any] | None = None


class RecordSyncError(SyncError):
    """Fails its Record alone (T3); what custom code raises to refuse one record."""

    tier = Tier.RECORD


class LinkdeckError(Exception):
    """A request that cannot be served; its text is the sentence a person reads."""

    exit_code: ClassVar[int] = 3


class Refused(LinkdeckError):
    """Understood, and not done: an unknown name, a busy Link, an unreachable store."""


class LeftWaiting(LinkdeckError):
    """A run that could not go on where it was; it is not over, and whoever resumes it goes on."""


class Misused(LinkdeckError):
    """The request itself is wrong: a flag, a selection, a blank reason."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """What a definition says of one error code: `errors: {CODE: {...}}`."""

    error_class: ErrorClass | None = None
    durability: Durability | None = None
    severity: str | None = None
    route: Route | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Error:
    """One error as it is kept: judged, placed, fingerprinted (T5).

    What is the same for a whole Sync Event (systems, downstream) is kept with the event.
    """

    tier: Tier
    error_class: ErrorClass
    durability: Durability
    code: str
    message: str
    field: str | None
    stage: str | None
    route: Route
    fingerprint: str
    severity: str | None = None
    owner: str | None = None
    attempts: tuple[Attempt, ...] = ()
    at: datetime | None = None


Owners = Callable[[Route], str | None]
"""Who owns the fix of a failure on a route; `Link.owner_of`."""


def judged(
    failure: SyncError,
    *,
    stage: str,
    at: datetime,
    rules: Mapping[str, ErrorRule],
    tier: Tier | None = None,
    owners: Owners | None = None,
) -> Error:
    """The failure as it is kept, with the definition's overrides by code applied (T6).

    `owners` tells who owns the fix on a route, where the definition divides that up (T5).
    """
    rule = rules.get(failure.code, _NO_RULE)
    error_class = rule.error_class or failure.error_class
    route = rule.route or ROUTES[error_class]
    place = failure.stage or stage
    return Error(
        tier=tier or failure.tier,
        error_class=error_class,
        durability=rule.durability or durability_of(error_class),
        code=failure.code,
        message=failure.message,
        field=failure.field,
        stage=place,
        route=route,
        fingerprint=fingerprint(
            error_class.value, place, failure.code, failure.field or "", failure.message
        ),
        severity=rule.severity,
        owner=rule.owner or (owners(route) if owners else None),
        attempts=failure.attempts,
        at=at,
    )


_NO_RULE = ErrorRule()


def durability_of(error_class: ErrorClass) -> Durability:
    """How long a failure of this class is likely to last, unless a definition says otherwise."""
    if error_class in EPHEMERAL_CLASSES:
        return Durability.EPHEMERAL
    return Durability.DURABLE


_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»")
_IDENTIFIER = re.compile(r"\b(?=\w*\d)[\w-]+(?:\.\d+)*", re.ASCII)


@lru_cache(maxsize=4096)
def fingerprint(error_class: str, stage: str, code: str, field: str, message: str) -> str:
    """Sixteen hex digits that failures of one cause share (T7).

    Numbers, ids and quoted values are taken out of the message first.
    """
    shape = _IDENTIFIER.sub("#", _QUOTED.sub("?", message))
    parts = "\x1f".join((error_class, stage, code, field, shape))
    return blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
