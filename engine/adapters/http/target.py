"""A target that takes a record a request, as JSON over HTTP."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPMethod
from typing import Any, ClassVar

import msgspec

from engine.adapters.http.address import Template, origin_of, reach
from engine.adapters.http.asking import Ask, Asker, Manners
from engine.adapters.http.faults import Fault, raised
from engine.adapters.http.ledger import Ledger
from engine.adapters.http.options import Auth, HttpTargetOptions
from engine.adapters.http.payload import Payloads, Signer, record_of
from engine.adapters.http.redaction import redaction
from engine.adapters.http.requests import credentials_of, headers_of
from engine.adapters.http.single import SingleLookup
from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    Stopped,
    TargetContext,
    TargetTraits,
)
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)

_USUAL = {"Accept": "application/json", "Content-Type": "application/json"}
_ROOM_FOR_WORDS = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Write:
    """One record on its way: its fields, its key, and the request that writes it."""

    record: Mapping[str, Any]
    key: tuple[Any, ...]
    ask: Ask


class HttpTarget:
    """Records go out one by one, each with its idempotency key (K1)."""

    Options: ClassVar[type[Any]] = HttpTargetOptions
    traits = TargetTraits()
    encoders: Mapping[str, Callable[[Any], Any]] = {}

    def __init__(self, options: HttpTargetOptions, context: TargetContext) -> None:
        self._options = options
        self._context = context
        url, auth = credentials_of(options.url, options.auth)
        self._origin = origin_of(url)
        self._address = Template(url)
        self._headers = headers_of(auth, options.headers, usual=_USUAL)
        self._payloads = Payloads(options.body)
        self._signer = Signer(context.secret, context.link, url, self._payloads)
        manners = Manners(
            timeouts=options.timeout,
            cap=_ROOM_FOR_WORDS,
            retry=context.retry,
            responses=context.responses,
            redaction=redaction(options.url, auth=auth, headers=options.headers),
            writing=True,
            sleep=context.sleep or time.sleep,
        )
        self._asker = Asker(manners)
        self._lookup = _lookup_of(options, auth, context, manners)
        self.traits = TargetTraits(
            idempotent=_harmless_twice(options),
            lookup=Lookup.SINGLE if self._lookup else Lookup.NONE,
        )

    def open(self) -> None:
        """Checks the address against what the stages make; asks nothing of the server."""
        columns = self._context.columns
        if columns is None:
            return
        made = {column.name for column in columns}
        for name in self._address.fields:
            if name not in made and name.split(".")[0] not in made:
                raise SystemSyncError(
                    f"the target's url needs {{{name}}}, but the stages make no such field",
                    code="missing_field",
                    error_class=ErrorClass.SCHEMA,
                    field=name,
                )

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """Writes record by record; what stops one Load stops those after it."""
        receipts: list[Receipt] = []
        stop: SyncError | None = None
        for load in loads:
            receipt = self._pushed(load, stop)
            receipts.append(receipt)
            stop = receipt.error
        return receipts

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """What the target holds for each key, asked one by one; {} where it cannot be asked."""
        if self._lookup is None:
            return {}
        ask = self._lookup.get
        try:
            return {key: ask(key) for key in keys}
        except Fault as fault:
            kind = SystemSyncError if fault.fatal else BatchSyncError
            raise raised(kind, fault) from fault

    def close(self) -> None:
        """Let go of the connections."""
        self._asker.close()
        if self._lookup is not None:
            self._lookup.close()

    def _pushed(self, load: Load, stop: SyncError | None) -> Receipt:
        ledger = Ledger(load, self.traits.idempotent, error=stop)
        reached = 0
        for row, (fields, key) in enumerate(zip(load.rows, load.keys, strict=True)):
            if ledger.error is not None:
                break
            reached += 1
            self._put(ledger, row, record_of(fields, load.columns), key)
        return ledger.receipt(reached)

    def _put(
        self, ledger: Ledger, row: int, record: dict[str, Any], key: tuple[Any, ...]
    ) -> None:
        try:
            write = self._write(record, key)
            if ledger.load.uncertain and not self.traits.idempotent:
                self._settle(ledger, row, write)
            else:
                self._send(ledger, row, write, ask_after=True)
        except RecordSyncError as unfit:
            ledger.refuse(row, unfit)
        except Stopped:
            ledger.stopped()

    def _write(self, record: dict[str, Any], key: tuple[Any, ...]) -> _Write:
        body = self._payloads.body(record)
        signature = self._signer.key_for(key, record).encode()
        ask = Ask(
            self._options.method,
            self._address.fill(lambda name: reach(record, name)),
            (*self._headers, (b"Idempotency-Key", signature)),
            body,
            resend=self.traits.idempotent,
            heard=True,
        )
        return _Write(record, key, ask)

    def _send(self, ledger: Ledger, row: int, write: _Write, *, ask_after: bool) -> None:
        """Sends it; a write whose answer is lost is looked up once where that can be (K3)."""
        try:
            _, attempts = self._asker.ask(write.ask, lambda answer: answer.status)
        except Fault as fault:
            if fault.lost and not self.traits.idempotent and ask_after and self._lookup:
                self._settle(ledger, row, write)
            else:
                ledger.fault(row, fault)
        else:
            ledger.wrote(attempts)

    def _settle(self, ledger: Ledger, row: int, write: _Write) -> None:
        """What became of a write that may have happened: asked, or in doubt (K3, K4)."""
        if self._lookup is None:
            ledger.doubt(row, _interrupted("and the target cannot be asked"))
            return
        try:
            held = self._lookup.get(write.key)
        except Fault as fault:
            ledger.fault_of_lookup(row, fault)
            return
        if held is None:
            self._send(ledger, row, write, ask_after=False)
        elif self._agrees(held, write):
            ledger.wrote(())
        else:
            ledger.doubt(
                row, _interrupted("and the target holds something else for its key")
            )

    def _agrees(self, held: Mapping[str, Any], write: _Write) -> bool:
        """Whether the target has all that was sent, value for value."""
        there = self._payloads.unwrapped(held)
        canonical = self._payloads.canonical
        sent = msgspec.json.decode(canonical(write.record))
        return isinstance(there, dict) and all(
            name in there and there[name] == value for name, value in sent.items()
        )


def _lookup_of(
    options: HttpTargetOptions, auth: Auth | None, context: TargetContext, manners: Manners
) -> SingleLookup | None:
    if options.lookup is None:
        return None
    return SingleLookup(
        options.lookup,
        auth=auth,
        headers=options.headers,
        key=context.key,
        manners=manners,
    )


def _interrupted(what: str) -> RecordSyncError:
    return RecordSyncError(
        f"whether the record was written is not known, {what}",
        code="answer_lost",
        error_class=ErrorClass.PARTIAL_LOAD,
    )


def _harmless_twice(options: HttpTargetOptions) -> bool:
    if options.idempotent is None:
        return options.method == HTTPMethod.PUT
    return options.idempotent
