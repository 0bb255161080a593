"""An HTTP target asked what it allows, which changes nothing there."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from engine.adapters.http.address import Template, origin_of, reach
from engine.adapters.http.asking import Asker
from engine.adapters.http.faults import Fault, raised
from engine.adapters.http.manners import Ask
from engine.adapters.http.requests import Headers
from engine.domain.checkup import Check
from engine.domain.errors import BatchSyncError, ErrorClass

_METHOD = "OPTIONS"


def place_of(url: str, record: Mapping[str, Any] | None) -> str:
    """Where the first record would go; without one, the server itself."""
    if record is None:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}/"
    return Template(url).fill(lambda name: reach(record, name))


def checked(asker: Asker, url: str, headers: Headers) -> Sequence[Check]:
    """Whether it answers and lets us in; raises BatchSyncError where it does not.

    Many servers answer OPTIONS to anybody, or not at all: what they say to a write shows a run.
    """
    try:
        status, _ = asker.ask(Ask(_METHOD, url, headers), lambda answer: answer.status)
    except Fault as fault:
        if not _harmless(fault):
            raise raised(BatchSyncError, fault) from fault
        status = fault.status or 0
    message = (
        f"{origin_of(url)} answers {_METHOD} with {status}; without a lookup, whether it takes "
        "records shows a run"
    )
    return (Check("target reachable", ok=True, message=message),)


def _harmless(fault: Fault) -> bool:
    """Whether it only says that it does not do OPTIONS."""
    if fault.status is None or fault.error_class is ErrorClass.AUTHORIZATION:
        return False
    return fault.status <= HTTPStatus.NOT_IMPLEMENTED
