"""A record on its slow way through the stages: where it is, and its story so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.domain.errors import Attempt, ErrorClass, SyncError
from engine.domain.reply import Replies


class Failure(NamedTuple):
    """What one stage found wrong with one record."""

    code: str
    message: str
    field: str | None = None
    error_class: ErrorClass = ErrorClass.VALIDATION
    attempts: tuple[Attempt, ...] = ()
    stage: str | None = None


def failure_of(raised: SyncError) -> Failure:
    """What custom code raised, as a failure of its record."""
    return Failure(
        code=raised.code,
        message=raised.message,
        field=raised.field,
        error_class=raised.error_class,
        attempts=raised.attempts,
        stage=raised.stage,
    )


@dataclass(slots=True)
class Flight:
    """One record between two stages.

    `row` is its index among the rows and `place` its place in the Batch. `trail` are the fields
    after each stage that changed them, oldest first, for blame; `tried` what a failing stage had
    made when it gave up. `failures` are (stage, failure) pairs, `delayed` those of calls it could
    do without. `replies`: what other systems said about it. `compared`: an unchanged stage is for
    it. `shaped`: no stage after this one changes its fields. `over`: no further stage runs.
    `excepted`: an error is why it is ignored. `tries` are those it has had (None: it cannot be
    parked), `parked` the one after which it waits for another.
    """

    row: int
    place: int
    fields: Mapping[str, Any]
    trail: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    tried: Mapping[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    delayed: list[tuple[str, Failure]] = field(default_factory=list)
    replies: Replies = field(default_factory=dict)
    ignored: str | None = None
    excepted: bool = False
    stop: tuple[str, str, Failure] | None = None
    compared: bool = False
    tries: tuple[Attempt, ...] | None = None
    parked: Attempt | None = None
    shaped: bool = False
    over: bool = False

    def become(self, fields: Mapping[str, Any], *, stage: str) -> None:
        """A stage has made these fields of it."""
        self.fields = fields
        self.trail.append((stage, fields))

    def ignore(self, reason: str) -> None:
        """It is left out, and no further stage sees it."""
        self.ignored = reason
        self.over = True

    def fail(self, stage: str, failure: Failure) -> None:
        """It fails, with what that stage found."""
        self.failures.append((stage, failure))
