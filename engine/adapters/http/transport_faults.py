"""What a failure below HTTP means: names, connections, certificates, time."""

import ssl
from collections.abc import Iterator, Mapping
from socket import gaierror

import httpx

from engine.adapters.http.faults import Fault, Told, unsendable
from engine.adapters.http.guard import Guarded
from engine.adapters.http.trust import Untold
from engine.domain.errors import ErrorClass

_HANDSHAKE_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


_INSIDE = "an address inside this machine's network that only a url itself may name"


def from_transport(cause: httpx.TransportError, who: str, timeouts: "Told") -> Fault:
    """What a failure below HTTP means."""
    if isinstance(cause, httpx.ConnectTimeout):
        return Fault(
            "connect_timeout",
            ErrorClass.AVAILABILITY,
            f"{who} did not accept a connection within {timeouts.connect:g} s",
            repeat=True,
        )
    if isinstance(cause, httpx.ConnectError):
        return _refused(cause, who)
    if isinstance(cause, httpx.TimeoutException):
        return _slow(who, timeouts)
    if isinstance(cause, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return unsendable(who, str(cause))
    return Fault(
        "connection_lost",
        ErrorClass.TRANSIENT,
        f"{who} broke off before its answer was complete ({str(cause) or 'connection lost'})",
        repeat=True,
        reached=True,
    )


def _slow(who: str, timeouts: Told) -> Fault:
    told = (
        f"{who} did not finish its answer within {timeouts.total:g} s in all"
        if timeouts.up()
        else f"{who} sent nothing for {timeouts.read:g} s"
    )
    return Fault("timeout", ErrorClass.TRANSIENT, told, repeat=True, reached=True)


def _refused(cause: httpx.ConnectError, who: str) -> Fault:
    down = ErrorClass.AVAILABILITY
    for below in _causes(cause):
        if isinstance(below, gaierror):
            told = f"{who} is not known by that name; check the host in url"
            return Fault("dns", down, told, repeat=True, refused=True)
        if isinstance(below, Guarded | Untold):
            return _unasked(below, who)
        if isinstance(below, ssl.SSLError):
            return _insecure(below, who)
        if isinstance(below, OSError) and not isinstance(below, ConnectionRefusedError):
            told = f"{who} cannot be reached: {below.strerror or below}"
            return Fault("unreachable", down, told, repeat=True, refused=True)
    told = f"{who} refused the connection; is it running?"
    return Fault("refused", down, told, repeat=True, refused=True)


def _unasked(found: Guarded | Untold, who: str) -> Fault:
    if isinstance(found, Guarded):
        told = f"{who} leads to {found.address}, {_INSIDE}"
        return Fault("guarded_address", ErrorClass.AUTHORIZATION, told, fatal=True)
    told = f"{found}; correct the setting, {who} was not asked"
    return Fault("trust", ErrorClass.AUTHORIZATION, told, fatal=True)


def _insecure(found: ssl.SSLError, who: str) -> Fault:
    if isinstance(found, ssl.SSLCertVerificationError):
        told = f"{who} {_certificate(found)}"
        return Fault("tls", ErrorClass.AUTHORIZATION, told, refused=True)
    told = f"no secure connection to {who}: {found.reason or 'no handshake'}"
    again = isinstance(found, _HANDSHAKE_CUT)
    return Fault("tls", ErrorClass.AVAILABILITY, told, repeat=again, refused=True)


_CERTIFICATES: Mapping[int, str] = {
    9: "shows a certificate that is not valid yet; compare both clocks",
    10: "shows a certificate that has expired; it must be renewed there",
    18: "shows a certificate that it signed itself; have its issuer trusted (SSL_CERT_FILE)",
    19: "shows a certificate whose issuer is not trusted here; have it trusted (SSL_CERT_FILE)",
    20: "shows a certificate whose issuer is not trusted here; have it trusted (SSL_CERT_FILE)",
    62: "shows a certificate for another name; correct the host in url",
    64: "shows a certificate for another address; correct the host in url",
}
"""What OpenSSL found, by its number, and what is to be done."""


def _certificate(found: ssl.SSLCertVerificationError) -> str:
    known = _CERTIFICATES.get(found.verify_code)
    return known or f"shows a certificate that is not accepted: {found.verify_message}"


def _causes(failure: BaseException) -> Iterator[BaseException]:
    below: BaseException | None = failure
    while below is not None:
        yield below
        below = below.__cause__ or below.__context__
