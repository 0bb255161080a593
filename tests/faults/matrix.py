"""One fault, met by a source, a call and a target: what it was taken for, as the server saw it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.adapters.http.calling import HttpCaller, HttpCallOptions
from engine.adapters.http.options import NumberedPages, Timeouts
from engine.domain.adapter import Receipt
from engine.domain.call import CallContext
from engine.domain.errors import Durability, Error, ErrorClass, SyncError, Tier, judged
from engine.domain.retry import Jitter, Responses, RetryPolicy
from tests.adapters.http_ends import Waits, a_source, a_target, push
from tests.servers.scripted import Answer, Dripped, Hang, Json, ScriptedServer, Seen

RETRY = RetryPolicy(max_attempts=3, delay_ms=1000, jitter=Jitter.NONE)
"""Three tries, with waits of 1 and 2 seconds: what every row is measured by."""

QUICK = Timeouts(connect=0.5, read=0.1, total=0.2)  # type: ignore[arg-type]
"""For answers that do not come; the others have time, however busy the machine is."""

CAP = 10_000
FAULTY = "2"
"""The page, or the record, that meets the fault; the others are well."""

E, D = Durability.EPHEMERAL, Durability.DURABLE


@dataclass(frozen=True)
class Met:
    """What a fault came to: tier, class, durability, requests the server saw, waits between."""

    tier: str
    error_class: str
    durability: Durability
    requests: int
    waits: tuple[float, ...] = ()


class Meeting(Protocol):
    """Meets an answer, or an address where nobody answers; None where nothing failed."""

    def __call__(
        self,
        answer: Answer | None,
        url: str | None = None,
        *,
        responses: Responses = ...,
    ) -> Met | None: ...


PLAIN = Responses()


def at_source(
    answer: Answer | None, url: str | None = None, *, responses: Responses = PLAIN
) -> Met | None:
    """Page 2 of 3, planned by a total, in the middle of a run."""
    slept = Waits()
    script = _script(answer, lambda seen: seen.query.get("page"))
    with (
        ScriptedServer(script) as server,
        a_source(
            url or server.url,
            waits=slept,
            retry=RETRY,
            responses=responses,
            records="data",
            timeout=_times(answer),
            max_body=CAP,
            paginate=NumberedPages(style="page", size=1, total="total"),
        ) as source,
    ):
        try:
            source.fetch({"what": "page 2", "page": 2, "total": 3})
        except SyncError as failure:
            return _met(failure, server, slept)
    return None


def at_call(
    answer: Answer | None, url: str | None = None, *, responses: Responses = PLAIN
) -> Met | None:
    """What a call stage asks about record 2."""
    slept = Waits()
    script = _script(answer, lambda seen: seen.path.rpartition("/")[2])
    with ScriptedServer(script) as server:
        options = HttpCallOptions(
            url=f"{url or server.url}/tiers/{{id}}",
            timeout=_times(answer),
            max_body=CAP,  # type: ignore[arg-type]
        )
        context = CallContext(
            link="orders", stage="tier", parallel=4, folder=".", system="tiers",
            retry=RETRY, responses=responses, sleep=slept,
        )  # fmt: skip
        with closing(HttpCaller(options, context)) as caller:
            (reply,) = caller.ask([{"id": FAULTY}])
        return None if reply.error is None else _met(reply.error, server, slept)


def at_target(
    answer: Answer | None, url: str | None = None, *, responses: Responses = PLAIN
) -> Met | None:
    """A PUT of record 2, of three."""
    return _pushed(answer, url, method="PUT", responses=responses)


def at_post(
    answer: Answer | None, url: str | None = None, *, responses: Responses = PLAIN
) -> Met | None:
    """A POST of record 2, of three: sent twice, it might be there twice."""
    return _pushed(answer, url, method="POST", responses=responses)


def _times(answer: Answer | None) -> Timeouts:
    return QUICK if answer is None or isinstance(answer, Hang | Dripped) else Timeouts()


def _pushed(answer: Answer | None, url: str | None, **options: Any) -> Met | None:
    slept = Waits()
    script = _script(answer, lambda seen: seen.path.rpartition("/")[2])
    with (
        ScriptedServer(script) as server,
        a_target(
            f"{url or server.url}/things/{{id}}", waits=slept, retry=RETRY, timeout=_times(answer),
            max_body=CAP, **options,
        ) as target,
    ):  # fmt: skip
        receipt = push(target, FAULTY)
    failure = _failure(receipt)
    return None if failure is None else _met(failure, server, slept, doubt=receipt)


def _failure(receipt: Receipt) -> SyncError | None:
    named = (*receipt.refused, *receipt.in_doubt)
    return receipt.error or (named[0][1] if named else None)


def _met(
    failure: SyncError, server: ScriptedServer, slept: Waits, doubt: Receipt | None = None
) -> Met:
    kept: Error = judged(failure, stage="here", at=datetime.now(UTC), rules={})
    tier = "in doubt" if doubt and doubt.in_doubt else kept.tier.value
    assert tier in {"in doubt", *(each.value for each in Tier)}
    _assert_attempts(kept, slept)
    return Met(
        tier,
        ErrorClass(kept.error_class).value,
        kept.durability,
        len(server.seen),
        tuple(slept.slept),
    )


def _assert_attempts(kept: Error, slept: Waits) -> None:
    """Every try that failed is on record, with its error and the wait that followed."""
    assert [each.number for each in kept.attempts] == [*range(1, len(kept.attempts) + 1)]
    assert [each.wait for each in kept.attempts] == [*slept.slept, 0.0]
    assert all(each.message for each in kept.attempts)


def _script(
    answer: Answer | None, place: Callable[[Seen], str | None]
) -> Callable[[Seen], Answer]:
    def script(seen: Seen) -> Answer:
        faulty = answer is not None and place(seen) == FAULTY
        return (
            answer
            if faulty and answer is not None
            else Json({"total": 3, "data": [{"id": 1}]})
        )

    return script
