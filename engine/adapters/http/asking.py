"""One request, in as many tries as its policy allows, each failed one on record."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPMethod
from random import Random
from typing import TypeVar
from urllib.parse import urljoin

import httpx

from engine.adapters.http.address import Origin, origin_of
from engine.adapters.http.body import (
    ACCEPTED,
    Answer,
    TooLarge,
    Unfit,
    Unreadable,
    read_body,
)
from engine.adapters.http.faults import (
    Fault,
    Told,
    class_of,
    from_transport,
    status_sentence,
    unexpected,
    unsendable,
)
from engine.adapters.http.options import Timeouts
from engine.adapters.http.redaction import Redaction
from engine.adapters.http.wire import Wire, deadline
from engine.adapters.http.words import words_of
from engine.domain.adapter import Sleep
from engine.domain.errors import Attempt, ErrorClass, SystemSyncError
from engine.domain.retry import (
    Chance,
    Responses,
    RetryPolicy,
    Verdict,
    classify,
    effective,
    names,
    parse_retry_after,
    wait_before,
)

_HOPS = 5
_ENOUGH_TO_QUOTE = 64 * 1024
_GATEWAY = {502, 504}
_KEEPS_METHOD = {307, 308}
_REDIRECTS = {301, 302, 303, 307, 308}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is put on the wire.

    `resend`: a second try is harmless though the first may have been acted on. `heard`: a success
    says enough by its status; its body is not needed.
    """

    method: str
    url: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes | None = None
    resend: bool = True
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Manners:
    """How an endpoint is asked: how long, how much, how often, and what is kept quiet."""

    timeouts: Timeouts
    cap: int
    retry: RetryPolicy
    responses: Responses
    redaction: Redaction
    writing: bool
    sleep: Sleep = time.sleep
    rng: Chance = field(default_factory=Random)


class Asker:
    """Asks one endpoint over this process's connections."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self._policy = effective(manners.retry, manners.responses)
        self._wire = Wire()

    def ask(self, ask: Ask, use: Callable[[Answer], T]) -> tuple[T, tuple[Attempt, ...]]:
        """What `use` makes of the answer, and the tries that failed before it.

        `use` may raise Fault too. Raises the last Fault, or Stopped in a wait.
        """
        return self.tried(lambda: use(self.once(ask)), resend=ask.resend)

    def tried(
        self, once: Callable[[], T], *, resend: bool
    ) -> tuple[T, tuple[Attempt, ...]]:
        """What `once` gives, called again after faults worth it; raises the last Fault."""
        failed: list[Attempt] = []
        lost = False
        while True:
            try:
                return once(), tuple(failed)
            except Fault as fault:
                fault.message = self.manners.redaction.hide(fault.message)
                lost = lost or fault.reached
                wait = self._wait(fault, len(failed) + 2, resend=resend)
                failed.append(Attempt(len(failed) + 1, fault.message, wait or 0.0))
                if wait is None:
                    fault.attempts, fault.lost = tuple(failed), lost
                    raise
            self.manners.sleep(wait)

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()

    def _wait(self, fault: Fault, attempt: int, *, resend: bool) -> float | None:
        if not fault.repeat or (fault.reached and not resend):
            return None
        return wait_before(
            attempt,
            self._policy,
            rng=self.manners.rng,
            retry_after=fault.retry_after,
            throttled=fault.status in {429, 503},
        )

    def once(self, ask: Ask) -> Answer:
        """The answer of a single try; raises Fault where it is no success."""
        origin = origin_of(ask.url)
        for _ in range(_HOPS):
            answer = self._exchange(ask, str(origin))
            if answer.status not in _REDIRECTS or self._is_named(answer.status):
                return self._judged(answer, str(origin))
            ask = _redirected(ask, answer, origin)
        raise Fault(
            "redirected",
            ErrorClass.UNCLASSIFIED,
            f"{origin} redirects in a circle; correct url",
            fatal=True,
        )

    def _is_named(self, status: int) -> bool:
        return names(status, self.manners.retry, self.manners.responses)

    def _exchange(self, ask: Ask, who: str) -> Answer:
        timeouts = self.manners.timeouts
        with deadline(timeouts.total) as up:
            told = Told(timeouts.connect, timeouts.read, timeouts.total, up)
            try:
                response = self._wire.transport.handle_request(_request(ask, timeouts))
                return self._received(response, ask, who)
            except httpx.TransportError as cause:
                raise from_transport(cause, who, told) from cause
            except (httpx.InvalidURL, UnicodeError) as cause:
                raise unsendable(who, str(cause)) from cause

    def _received(self, response: httpx.Response, ask: Ask, who: str) -> Answer:
        status, headers = response.status_code, dict(response.headers)
        manners = self.manners
        verdict = classify(status, manners.retry, manners.responses)
        needed = verdict is Verdict.SUCCESS and not ask.heard
        cap = manners.cap if needed else _ENOUGH_TO_QUOTE
        try:
            body = read_body(response.iter_raw(), headers, cap)
        except Unfit as cause:
            if needed:
                raise _unread(cause, cap, who) from cause
            body = b""
        except httpx.TransportError:
            # What the status says stands, whatever became of the rest.
            if needed:
                raise
            body = b""
        finally:
            response.close()
        return Answer(status, headers, body, ask.url)

    def _judged(self, answer: Answer, who: str) -> Answer:
        status, manners = answer.status, self.manners
        verdict = classify(status, manners.retry, manners.responses)
        if verdict is Verdict.SUCCESS:
            return answer
        words, blamed = words_of(answer)
        asked_wait = parse_retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
        raise Fault(
            f"http_{status}",
            class_of(status, writing=manners.writing),
            status_sentence(who, status, words) + self._too_long(asked_wait),
            repeat=verdict is Verdict.REPEAT,
            reached=manners.writing and status in _GATEWAY and not self._asked_for(status),
            fatal=self._shut_out(status),
            status=status,
            retry_after=asked_wait,
            field=blamed,
        )

    def _shut_out(self, status: int) -> bool:
        """Whether credentials were refused in a way that no other request will fare better (T1)."""
        codes = {401} if self.manners.writing else {401, 403}
        return status in codes and not self._is_named(status)

    def _too_long(self, wait: float | None) -> str:
        most = self._policy.max_retry_after_ms / 1000
        if wait is None or wait <= most or not self._policy.use_retry_after_header:
            return ""
        return f"; it asks to wait {wait:.0f} s, and max_retry_after_ms allows {most:g} s"

    def _asked_for(self, status: int) -> bool:
        """Whether the definition itself says to repeat after this status."""
        return any(
            entry.least <= status <= entry.most
            for entry in self.manners.responses.repeat or ()
        )


def _unread(cause: Unfit, cap: int, who: str) -> Fault:
    if isinstance(cause, TooLarge):
        why = f"the answer is larger than max_body allows ({cap / 2**20:g} MiB)"
        return unexpected(who, why, code="too_large")
    if isinstance(cause, Unreadable):
        return unexpected(who, f"cannot unpack {cause}", code="unreadable")
    return cut_short(who)


def cut_short(who: str) -> Fault:
    """A body that ended too early: a fault of the transport, so tried again."""
    return Fault(
        "cut_short",
        ErrorClass.TRANSIENT,
        f"{who} broke off its answer before it was complete",
        repeat=True,
        reached=True,
    )


def _request(ask: Ask, timeouts: Timeouts) -> httpx.Request:
    limits = {
        "connect": timeouts.connect,
        "read": timeouts.read,
        "write": timeouts.read,
        "pool": timeouts.total,
    }
    return httpx.Request(
        ask.method,
        ask.url,
        headers=[(b"Accept-Encoding", ACCEPTED.encode()), *ask.headers],
        content=ask.body,
        extensions={"timeout": limits},
    )


def _redirected(ask: Ask, answer: Answer, origin: Origin) -> Ask:
    """The same question at the place the server names, if that is its own and asking is safe."""
    place = urljoin(ask.url, answer.headers.get("location", ""))
    try:
        elsewhere = origin_of(place)
    except SystemSyncError:
        elsewhere = None
    if elsewhere != origin:
        told = f"{origin} redirects to {elsewhere or 'no address'}, where credentials do not go"
        raise Fault(
            "redirected", ErrorClass.UNCLASSIFIED, f"{told}; correct url", fatal=True
        )
    if ask.method != HTTPMethod.GET and answer.status not in _KEEPS_METHOD:
        told = (
            f"{origin} answers {ask.method} with a redirect ({answer.status}); correct url"
        )
        raise Fault("redirected", ErrorClass.UNCLASSIFIED, told, fatal=True)
    return replace(ask, url=place)
