"""Whom this process trusts: the authorities of httpx, or those an operator names.

They are read when the first secure connection is made and then kept, since that takes longer than
a request; a Link that speaks plain HTTP never reads them.
"""

import os
import ssl
from functools import cache

import httpcore
import httpx

_NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where an operator says whom to trust; the first that is set counts."""


class Untold(httpcore.ConnectError):
    """The certificates of those to trust cannot be read."""


def nobody() -> ssl.SSLContext:
    """What stands for `trust` where one is asked for before there is a connection."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def trust() -> ssl.SSLContext:
    """What secure connections are made with; raises Untold."""
    try:
        context = httpx.create_ssl_context()
    except OSError as cause:
        raise Untold(f"{_whose()} cannot be read: {_why(cause)}") from cause
    context.set_alpn_protocols(["http/1.1"])
    return context


def _whose() -> str:
    for name in _NAMED:
        if os.environ.get(name):
            return f"the certificates that {name} names ({os.environ[name]})"
    return "the certificates that certifi brings"


def _why(cause: OSError) -> str:
    return (
        "there are none in it" if isinstance(cause, ssl.SSLError) else str(cause.strerror)
    )
