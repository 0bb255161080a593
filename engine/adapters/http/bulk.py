"""Writes that go out many a request, with an answer about each."""

from collections.abc import Iterable, Sequence
from itertools import islice

from engine.adapters.http.address import origin_of, without_user
from engine.adapters.http.asking import Asker
from engine.adapters.http.faults import Fault
from engine.adapters.http.ledger import Ledger
from engine.adapters.http.manners import Ask
from engine.adapters.http.one_by_one import IDEMPOTENCY
from engine.adapters.http.options import BulkOptions
from engine.adapters.http.payload import Payloads, Signer
from engine.adapters.http.requests import Headers
from engine.adapters.http.results import Results
from engine.adapters.http.writing import Doubts, Write
from engine.domain.values import dataclass

_ABOUT_RECORDS = {400, 409, 413, 422}
"""Refusals of a whole request that one of its records may be to blame for."""


@dataclass(frozen=True, slots=True)
class BulkParts:
    """What bulk writes are made of, and whom they are sent by."""

    payloads: Payloads
    signer: Signer
    asker: Asker
    doubts: Doubts


class Bulk:
    """Many records a request; one refused as a whole is halved, down to the culprit (T3)."""

    def __init__(
        self, options: BulkOptions, method: str, headers: Headers, parts: BulkParts
    ) -> None:
        self._options = options
        self._url, _ = without_user(options.url)
        self._method = method
        self._headers = headers
        self._parts = parts
        self._results = Results(options, str(origin_of(self._url)), parts.asker.manners)

    def send(self, ledger: Ledger, writes: Iterable[Write]) -> None:
        """Request by request, until the books say that it is no use."""
        left = iter(writes)
        while ledger.error is None:
            chunk = list(islice(left, self._options.size))
            if not chunk:
                return
            self._send(ledger, chunk, ask_after=True)

    def _send(self, ledger: Ledger, chunk: Sequence[Write], *, ask_after: bool) -> None:
        left = list(chunk)

        def once() -> None:
            outcomes = self._asked(ledger, left)
            left[:] = _booked(ledger, left, outcomes)
            for fault in outcomes:
                if fault is not None and fault.repeat:
                    raise fault

        try:
            _, attempts = self._parts.asker.tried(
                once, resend=ledger.idempotent, url=self._url
            )
        except Fault as fault:
            self._failed(ledger, left, fault, ask_after=ask_after)
        else:
            ledger.attempts += attempts

    def _asked(self, ledger: Ledger, chunk: Sequence[Write]) -> Sequence[Fault | None]:
        parts, options = self._parts, self._options
        signature = parts.signer.key_for_all(write.signature for write in chunk)
        ask = Ask(
            self._method,
            self._url,
            (*self._headers, (IDEMPOTENCY, signature.encode())),
            parts.payloads.bodies((write.body for write in chunk), options.wrap),
            heard=self._results.silent,
        )
        answer = parts.asker.once(ask)
        return self._results.of(answer, [write.key for write in chunk])

    def _failed(
        self, ledger: Ledger, chunk: Sequence[Write], fault: Fault, *, ask_after: bool
    ) -> None:
        if fault.status in _ABOUT_RECORDS and len(chunk) > 1:
            half = len(chunk) // 2
            for part in (chunk[:half], chunk[half:]):
                if ledger.error is None:
                    self._send(ledger, part, ask_after=ask_after)
        elif (
            fault.lost and not ledger.idempotent and ask_after and self._parts.doubts.lookup
        ):
            settle = self._parts.doubts.settle
            absent = [write for write in chunk if not settle(ledger, write)]
            if absent and ledger.error is None:
                self._send(ledger, absent, ask_after=False)
        else:
            ledger.fault([write.row for write in chunk], fault)


def _booked(
    ledger: Ledger, chunk: Sequence[Write], outcomes: Sequence[Fault | None]
) -> list[Write]:
    """Puts on the books what an answer settles; gives the records it says to try again."""
    again = []
    written = []
    for write, fault in zip(chunk, outcomes, strict=True):
        if fault is None:
            written.append(write.row)
        elif fault.repeat:
            again.append(write)
        else:
            ledger.item(write.row, fault)
    if written:
        ledger.wrote(written)
    return again
