"""One request sent and its answer read, within the time it may take."""

import httpx

from engine.adapters.http.body import (
    ACCEPTED,
    Answer,
    TooLarge,
    Unfit,
    Unreadable,
    read_body,
)
from engine.adapters.http.faults import Fault, Told, cut_short, unexpected, unsendable
from engine.adapters.http.manners import Ask, Manners
from engine.adapters.http.options import Timeouts
from engine.adapters.http.transport_faults import from_transport
from engine.adapters.http.wire import Wire, deadline
from engine.domain.retry import Verdict, classify

_ENOUGH_TO_QUOTE = 64 * 1024


class Exchange:
    """Sends over this process's connections; httpx is imported with the first that does."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._wire = Wire()

    def answer(self, ask: Ask, who: str) -> Answer:
        """What came back; raises Fault where nothing did that can be used."""
        timeouts = self._manners.timeouts
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
        manners = self._manners
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

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()


def _unread(cause: Unfit, cap: int, who: str) -> Fault:
    if isinstance(cause, TooLarge):
        why = f"the answer is larger than max_body allows ({cap / 2**20:g} MiB)"
        return unexpected(who, why, code="too_large")
    if isinstance(cause, Unreadable):
        return unexpected(who, f"cannot unpack {cause}", code="unreadable")
    return cut_short(who)


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
