"""Deliveries to push Links, and what became of them (contract, section 4)."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.domain.delivery import Accepted, Delivery, Told
from engine.domain.documents import event_document
from engine.domain.errors import Refused
from engine.domain.values import dataclass
from engine.operations import events, tokens
from engine.operations.context import Context
from engine.operations.push import Intake, NotPush, PushLink, TurnedAway
from engine.service.answers import CLOSES, Turned
from engine.service.bodies import FORMS, Unreadable, records_of
from engine.service.rates import Buckets
from engine.store.deliveries import KeyTaken

READ = 30.0
"""Seconds a body may take to arrive, from first to last byte."""

WAIT = 30.0
"""Seconds a sender who asks with `?wait=1` is kept waiting; then it is answered 202."""

DRAIN = 1.0
"""Seconds of a refused body that are read and dropped, so that its sender hears the answer."""

FRESH = 1.0
"""Seconds tokens are known for; after that a revoked one holds no longer."""

LONGEST_KEY = 255
_LOOK = 0.05
_NUMBER = re.compile("[0-9]{1,18}")
_SMALL = 64 << 10
"""Bytes that are read at once; more of them are read on a thread, for others wait meanwhile."""

FOR_ALL = "environment"
"""What the token that holds for all Links is called in the audit."""


def routes(
    context: Context, intake: Intake, *, stopping: Callable[[], bool]
) -> list[Route]:
    """Both routes; each wants a token of its Link."""
    gate = _Gate(context)
    desk = _Desk(context, intake, gate, stopping)
    return [
        Route("/links/{name}/records", desk.take, methods=["POST"]),
        Route("/links/{name}/events/{number}", desk.show),
    ]


class _Gate:
    """Who may deliver to which Link."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, tuple[float, Mapping[str, str]]] = {}
        said = context.settings.environ.get(tokens.FOR_ALL) or ""
        self._for_all = {FOR_ALL: tokens.hashed(said)} if said else {}

    async def admitted(self, request: Request, link: str) -> str:
        """The name of the token it came with; Turned where it came with none that holds."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            known = {**await self._of(link), **self._for_all}
            name = tokens.holder(token.strip(), known)
            if name is not None:
                return name
        raise Turned(
            401,
            "a token of this Link is wanted: Authorization: Bearer TOKEN; "
            "linkdeck token create makes one",
            {"WWW-Authenticate": "Bearer", **CLOSES},
        )

    async def _of(self, link: str) -> Mapping[str, str]:
        since, known = self._known.get(link, (-FRESH, {}))
        if time.monotonic() - since >= FRESH:
            known = await run_in_threadpool(self._context.store.push.hashes, link)
            # Names of Links are not taken from whoever asks: only those with tokens are kept.
            if known:
                self._known[link] = (time.monotonic(), known)
            else:
                self._known.pop(link, None)
        return known


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the headers of a delivery say."""

    form: str
    key: str | None
    waits: bool


class _Desk:
    """Takes deliveries in, and shows what became of them."""

    def __init__(
        self,
        context: Context,
        intake: Intake,
        gate: _Gate,
        stopping: Callable[[], bool],
    ) -> None:
        self._context, self._intake, self._gate = context, intake, gate
        self._stopping = stopping
        self._buckets = Buckets(time.monotonic)

    async def take(self, request: Request) -> Response:
        """Store what is delivered, then acknowledge it."""
        name = request.path_params["name"]
        try:
            by = await self._gate.admitted(request, name)
            link = await self._link(name)
            asked = _asked(request, link)
            self._hold_to_rate(link)
            body = await _body(request, link.options.max_body)
        except Turned as turned:
            await _drained(request)
            turned.headers = {**(turned.headers or {}), **CLOSES}
            raise
        records = await _records(body, asked.form)
        delivery = Delivery(
            link=name,
            by=by,
            records=records,
            digest=sha256(asked.form.encode() + b"\n" + body).hexdigest(),
            key=asked.key,
            answered=asked.waits,
            at=self._context.clock(),
        )
        accepted = await self._stored(link, delivery)
        if asked.waits and accepted.answered:
            return await self._told(accepted, name)
        return _acknowledged(accepted, name)

    async def show(self, request: Request) -> Response:
        """A Sync Event of the Link, as `show --json` prints it."""
        name, said = request.path_params["name"], request.path_params["number"]
        await self._gate.admitted(request, name)
        event = None
        if _NUMBER.fullmatch(said):
            with suppress(Refused):
                event = await run_in_threadpool(events.seen, self._context, int(said))
        if event is None or event.link != name:
            raise Turned(404, f"'{name}' has no such Sync Event")
        return JSONResponse(event_document(event))

    async def _link(self, name: str) -> PushLink:
        known = self._intake.known(name)
        if known is not None:
            return known
        try:
            return await run_in_threadpool(self._intake.link, name)
        except NotPush as unknown:
            raise Turned(404, str(unknown)) from unknown
        except TurnedAway as away:
            raise _away(away) from away

    def _hold_to_rate(self, link: PushLink) -> None:
        wait = self._buckets.wait(link.name, link.options.rate)
        if wait:
            raise Turned(
                429,
                f"'{link.name}' takes {link.options.rate:g} deliveries a second; "
                f"try again in {wait} s, or send more records in one",
                {"Retry-After": str(wait)},
            )

    async def _stored(self, link: PushLink, delivery: Delivery) -> Accepted:
        try:
            receipt = self._intake.deliver(link, delivery)
            answers = await asyncio.wrap_future(receipt.stored)
        except TurnedAway as away:
            raise _away(away) from away
        answer = answers[receipt.index]
        if isinstance(answer, KeyTaken):
            raise Turned(
                409,
                "this Idempotency-Key came with another body before; nothing was stored",
                event=answer.event,
            )
        return answer

    async def _told(self, accepted: Accepted, name: str) -> Response:
        """What became of each record; where that takes too long, that it is stored."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until and not self._stopping():
            answer = await run_in_threadpool(self._intake.answer, accepted)
            if answer.over:
                results = [_result(each) for each in answer.results]
                return JSONResponse({"event": answer.event, "results": results})
            await asyncio.sleep(_LOOK)
        return _acknowledged(accepted, name)


def _asked(request: Request, link: PushLink) -> _Asked:
    """What the headers say; Turned where they are not those of a delivery."""
    headers = request.headers
    form, _, charset = headers.get("content-type", "").partition(";")
    form = form.strip().lower()
    if form not in FORMS or headers.get("content-encoding", "identity") != "identity":
        raise Turned(415, f"send {' or '.join(sorted(FORMS))}, UTF-8 and not compressed")
    if "charset" in charset and "utf-8" not in charset.lower():
        raise Turned(415, "send UTF-8")
    _admit_length(request, link.options.max_body)
    key = headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Turned(400, f"an Idempotency-Key has 1 to {LONGEST_KEY} printable characters")
    wait = request.query_params.get("wait", "0")
    if wait not in {"0", "1"}:
        raise Turned(400, "wait is 0 or 1")
    return _Asked(form, key, waits=wait == "1")


def _admit_length(request: Request, most: int) -> None:
    said = request.headers.get("content-length")
    if said is None and "transfer-encoding" not in request.headers:
        raise Turned(411, "say how long the body is: Content-Length, or send it chunked")
    if said is not None and int(said) > most:
        raise _too_large(most)


def _too_large(most: int) -> Turned:
    return Turned(
        413, f"at most {most} bytes at once; send the records in several deliveries"
    )


async def _body(request: Request, most: int) -> bytes:
    """The whole body; Turned as soon as it is too long, or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError as late:
        raise Turned(408, f"the body did not arrive within {READ:g} s") from late
    except ClientDisconnect as gone:
        raise Turned(400, "the body was cut short; nothing was stored") from gone
    return bytes(body)


async def _drained(request: Request) -> None:
    """Read and drop what still comes, for a while."""
    try:
        async with asyncio.timeout(DRAIN):
            while True:
                message = await request.receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


async def _records(body: bytes, form: str) -> list[bytes]:
    try:
        if len(body) <= _SMALL:
            return records_of(body, form)
        return await run_in_threadpool(records_of, body, form)
    except Unreadable as wrong:
        sentence = f"{wrong}; nothing was stored"
        if wrong.line is None:
            raise Turned(400, sentence) from wrong
        raise Turned(400, sentence, line=wrong.line) from wrong


def _acknowledged(accepted: Accepted, name: str) -> Response:
    url = f"/links/{name}/events/{accepted.event}"
    body = {"event": accepted.event, "received": accepted.received, "url": url}
    return JSONResponse(body, 202, headers={"Location": url})


def _result(told: Told) -> dict[str, Any]:
    result: dict[str, Any] = {
        "key": told.key,
        "outcome": told.outcome,
        "errors": [dict(error) for error in told.errors],
    }
    return result if told.reason is None else {**result, "reason": told.reason}


def _away(away: TurnedAway) -> Turned:
    return Turned(503, f"{away}; nothing was stored", {"Retry-After": str(away.again)})
