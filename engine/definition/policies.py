"""The blocks `retry`, `responses` and `on_error`: their keys, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Annotated, Any, Literal

from engine.definition import texts
from engine.definition.notes import Checked, Misfit
from engine.domain.retry import (
    PROFILES,
    Backoff,
    Jitter,
    Responses,
    RetryPolicy,
    StatusRange,
)
from engine.domain.stage import ON_ERROR, Disposition, OnError
from engine.domain.units import Alias, Between, Doc
from engine.domain.values import dataclass

_DAY_MS = 86_400_000
_LOWEST, _HIGHEST = 100, 599

Profile = Literal["default", "cannectors", "orchesty", "guide"]
Word = Literal["record", "log", "skip", "fail"]
Milliseconds = Annotated[int, Between(0, _DAY_MS)]
Status = Annotated[str, Checked(texts.status, {"type": ["string", "integer"]})]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryShape:
    """Tries of one request inside a Batch; what is left out is inherited, or the profile's."""

    profile: Annotated[Profile | None, Doc("the table that fills in what is left out")] = (
        None
    )
    max_attempts: Annotated[
        int | None, Between(1, 100), Doc("tries of one request, the first included")
    ] = None
    delay_ms: Annotated[int | None, Between(0, _DAY_MS), Doc("the first wait")] = None
    backoff_multiplier: Annotated[
        float | None, Between(1, 100), Doc("by how much waits grow")
    ] = None
    max_delay_ms: Annotated[int | None, Between(0, _DAY_MS), Doc("the longest wait")] = None
    retryable_status_codes: Annotated[
        tuple[Annotated[int, Between(_LOWEST, _HIGHEST)], ...] | None,
        Doc("HTTP statuses worth another try"),
    ] = None
    use_retry_after_header: Annotated[
        bool | None, Doc("whether a wait the server names is kept")
    ] = None
    backoff: Annotated[Backoff | None, Doc("how waits grow from try to try")] = None
    jitter: Annotated[Jitter | None, Doc("whether waits are spread at random")] = None
    max_retry_after_ms: Annotated[
        int | None, Between(0, _DAY_MS), Doc("the longest wait a server may ask for")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesShape:
    """What HTTP statuses mean; a list that is left out keeps the profile's."""

    success: Annotated[tuple[Status, ...] | None, Doc("statuses that are success")] = None
    repeat: Annotated[tuple[Status, ...] | None, Doc("statuses worth another try")] = None
    stop: Annotated[tuple[Status, ...] | None, Doc("statuses that end the tries")] = None
    interval_s: Annotated[
        float | None, Between(0, 86_400), Doc("seconds between repeats")
    ] = None
    hops: Annotated[int | None, Between(0, 1000), Doc("repeats at most")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnErrorShape:
    """The two settings behind the words of `on_error`."""

    proceed: Annotated[bool, Alias("continue"), Doc("whether the remaining stages run")] = (
        False
    )
    status: Annotated[Disposition, Doc("what the record is called")] = Disposition.FAILED

    def __post_init__(self) -> None:
        refuse_ignored_yet_going_on(proceed=self.proceed, status=self.status)


OnErrorField = Annotated[
    Word | OnErrorShape | None, Doc("what becomes of a record whose stage or target failed")
]


def refuse_ignored_yet_going_on(*, proceed: bool, status: Disposition) -> None:
    """Misfit for the one pair that makes no sense."""
    if proceed and status is Disposition.IGNORED:
        raise Misfit(
            "cannot be ignored where 'continue' is true",
            "status",
            hint="an ignored record goes no further",
        )


def on_error_of(said: Word | OnErrorShape | None, outer: OnError) -> OnError:
    """The two settings; where nothing was said, those from outside."""
    if said is None:
        return outer
    if isinstance(said, OnErrorShape):
        return OnError(proceed=said.proceed, status=said.status)
    return ON_ERROR[said]


def retry_of(*shapes: RetryShape | None) -> RetryPolicy:
    """The policy of blocks from the outermost to the innermost, field by field.

    A block that names a profile starts afresh from that profile's table.
    """
    profile = "default"
    said: dict[str, Any] = {}
    for shape in shapes:
        if shape is None:
            continue
        if shape.profile is not None:
            profile, said = shape.profile, {}
        said |= _said(shape)
    return replace(PROFILES[profile], **{**said, "profile": profile})


def responses_of(*shapes: ResponsesShape | None) -> Responses:
    """The lists of blocks from the outermost to the innermost, list by list."""
    said: dict[str, Any] = {}
    for shape in shapes:
        said |= _said(shape) if shape else {}
    for name in ("success", "repeat", "stop"):
        if name in said:
            said[name] = tuple(map(_statuses, said[name]))
    return Responses(**said)


def _said(shape: RetryShape | ResponsesShape) -> Mapping[str, Any]:
    values = {each.name: getattr(shape, each.name) for each in fields(shape)}
    return {
        name: value
        for name, value in values.items()
        if value is not None and name != "profile"
    }


def _statuses(text: str) -> StatusRange:
    digits = "".join(each if each.isdigit() else " " for each in text).split()
    numbers: Sequence[int] = [int(each) for each in digits]
    sign = text.strip("0123456789- \t")
    if sign.startswith(">"):
        return StatusRange(numbers[0] + (sign == ">"), _HIGHEST)
    if sign.startswith("<"):
        return StatusRange(_LOWEST, numbers[0] - (sign == "<"))
    return StatusRange(numbers[0], numbers[-1])
