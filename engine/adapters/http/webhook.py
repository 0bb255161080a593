"""One POST to a webhook: signed after Standard Webhooks, no redirects, over before its deadline."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256

import httpx

from engine.adapters.http.address import origin_of
from engine.adapters.http.faults import Told
from engine.adapters.http.transport_faults import from_transport
from engine.adapters.http.wire import Wire, deadline
from engine.domain.errors import SystemSyncError

_ENCODED = "whsec_"
_CONNECT = 5.0
_GONE = 410
_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


class Undelivered(Exception):
    """It did not arrive, for all that is known; `hopeless`: nobody wants it any more."""

    def __init__(self, sentence: str, *, hopeless: bool = False) -> None:
        super().__init__(sentence)
        self.hopeless = hopeless


def signed(message: str, timestamp: int, body: bytes, secret: str) -> Mapping[str, str]:
    """The headers that name, date and sign a message."""
    headers = {"webhook-id": message, "webhook-timestamp": str(timestamp)}
    if secret:
        said = f"{message}.{timestamp}.".encode() + body
        digest = hmac.new(_key(secret), said, sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _key(secret: str) -> bytes:
    """`whsec_` and base64, as the standard writes secrets; any other text as it is."""
    if secret.startswith(_ENCODED):
        try:
            return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> None:
    """Send it; Undelivered unless it was answered with success."""
    wire = Wire()
    try:
        status = _status(wire, url, body, headers, seconds)
    finally:
        wire.close()
    if status in _SUCCESS:
        return
    who = origin_of(url)
    if status in _REDIRECT:
        raise Undelivered(
            f"{who} answers with a redirect ({status}), which is not followed"
        )
    raise Undelivered(f"{who} answers {status}", hopeless=status == _GONE)


def _status(
    wire: Wire, url: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> int:
    limits = dict.fromkeys(("read", "write", "pool"), seconds)
    try:
        who = str(origin_of(url))
        request = httpx.Request(
            "POST",
            url,
            headers={
                "content-type": "application/json",
                "user-agent": "linkdeck",
                **headers,
            },
            content=body,
            extensions={"timeout": {**limits, "connect": min(_CONNECT, seconds)}},
        )
    except (httpx.InvalidURL, SystemSyncError) as cause:
        raise Undelivered(str(cause)) from None
    with deadline(seconds) as up:
        try:
            response = wire.transport.handle_request(request)
        except httpx.TransportError as cause:
            told = Told(_CONNECT, seconds, seconds, up)
            raise Undelivered(str(from_transport(cause, who, told).message)) from cause
    response.close()
    return response.status_code
