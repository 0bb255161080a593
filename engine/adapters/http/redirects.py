"""Redirects: followed within their origin where that is safe, refused in words elsewhere."""

from http import HTTPMethod

from engine.adapters.http.address import Origin, named_by
from engine.adapters.http.body import Answer
from engine.adapters.http.faults import Fault
from engine.domain.errors import ErrorClass

HOPS = 5
"""Redirects of one request that are followed."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPS_METHOD = {307, 308}


def redirected(answer: Answer, method: str, origin: Origin) -> str:
    """The place the server names, where it may be asked; else raises Fault."""
    named = named_by(answer.url, answer.headers.get("location", ""))
    place, elsewhere = named or ("", None)
    if elsewhere != origin:
        told = f"{origin} redirects to {_named(origin, elsewhere)}, where credentials do not go"
        raise _refused(told)
    if method != HTTPMethod.GET and answer.status not in _KEEPS_METHOD:
        raise _refused(f"{origin} answers {method} with a redirect ({answer.status})")
    return place


def in_a_circle(origin: Origin) -> Fault:
    """The fault of redirects that do not end."""
    return _refused(f"{origin} redirects in a circle")


def _named(origin: Origin, elsewhere: Origin | None) -> str:
    if elsewhere is None:
        return "no address"
    if elsewhere.scheme != origin.scheme:
        return f"{elsewhere.scheme}://{elsewhere}"
    return str(elsewhere)


def _refused(told: str) -> Fault:
    return Fault("redirected", ErrorClass.UNCLASSIFIED, f"{told}; correct url", fatal=True)
