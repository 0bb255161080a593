"""A record whose custom code asks for another try: parked while it has hops left (Repeat)."""

from math import isfinite

from engine.domain.errors import Attempt, ErrorClass
from engine.domain.override import Repeats
from engine.domain.parking import LONGEST
from engine.domain.record import Repeat
from engine.filters.flight import Failure, Flight


def repeated(asked: Repeat, flight: Flight, instead: Repeats | None) -> list[Failure]:
    """Park the record; its failure where it may not wait, or has no hop left.

    `instead` is what an operator says in place of interval and hops.
    """
    reason = " ".join(str(asked.reason).split()) or "asked to repeat"
    interval = _seconds(instead.interval if instead else asked.interval)
    hops = instead.hops if instead else asked.hops
    if interval is None or not isinstance(hops, int):
        why = "the function raised a Repeat whose interval or hops make no sense"
        return [Failure("repeat", why, error_class=ErrorClass.UNCLASSIFIED)]
    tries = flight.tries or ()
    if flight.tries is not None and len(tries) < hops:
        flight.parked = Attempt(len(tries) + 1, reason, interval)
        flight.over = True
        return []
    attempts = (*tries, Attempt(len(tries) + 1, reason, 0.0))
    return [Failure("repeat", reason, error_class=ErrorClass.TRANSIENT, attempts=attempts)]


def _seconds(interval: object) -> float | None:
    if isinstance(interval, bool) or not isinstance(interval, int | float):
        return None
    return interval if isfinite(interval) and 0 <= interval <= LONGEST else None
