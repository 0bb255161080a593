"""Writes that go out one a request."""

from collections.abc import Iterable
from http import HTTPStatus

from engine.adapters.http.address import Template, reach
from engine.adapters.http.asking import Asker
from engine.adapters.http.faults import Fault
from engine.adapters.http.ledger import Ledger
from engine.adapters.http.manners import Ask
from engine.adapters.http.requests import Headers
from engine.adapters.http.writing import Doubts, Write
from engine.domain.errors import RecordSyncError

IDEMPOTENCY = b"Idempotency-Key"


class OneByOne:
    """A request a record, to the record's own address."""

    def __init__(
        self,
        method: str,
        address: Template,
        headers: Headers,
        *,
        asker: Asker,
        doubts: Doubts,
    ) -> None:
        self._method = method
        self._address = address
        self._headers = headers
        self._asker = asker
        self._doubts = doubts

    def send(self, ledger: Ledger, writes: Iterable[Write]) -> None:
        """Each in turn, until the books say that it is no use."""
        for write in writes:
            if ledger.error is not None:
                return
            self._send(ledger, write, ask_after=True)

    def _send(self, ledger: Ledger, write: Write, *, ask_after: bool) -> None:
        """A write whose answer is lost is looked up once where that can be (K3)."""
        try:
            _, attempts = self._asker.ask(
                self._ask(ledger, write), lambda answer: answer.status
            )
        except RecordSyncError as unfit:
            ledger.refuse(write.row, unfit)
        except Fault as fault:
            if fault.status == HTTPStatus.CONFLICT and self._doubts.is_there(write):
                ledger.wrote((write.row,), fault.attempts)
                return
            asks = (
                fault.lost and not ledger.idempotent and ask_after and self._doubts.lookup
            )
            if not asks:
                ledger.fault((write.row,), fault)
            elif not self._doubts.settle(ledger, write):
                self._send(ledger, write, ask_after=False)
        else:
            ledger.wrote((write.row,), attempts)

    def _ask(self, ledger: Ledger, write: Write) -> Ask:
        return Ask(
            self._method,
            self._address.fill(lambda name: reach(write.record, name)),
            (*self._headers, (IDEMPOTENCY, write.signature.encode())),
            write.body,
            resend=ledger.idempotent,
            heard=True,
        )
