"""A target that takes records as JSON over HTTP, one a request or in bulk."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPMethod
from typing import Any, ClassVar

from engine.adapters.http import agreement
from engine.adapters.http.address import Template
from engine.adapters.http.asking import Asker
from engine.adapters.http.bulk import Bulk, BulkParts
from engine.adapters.http.checking import checked, place_of
from engine.adapters.http.faults import Fault, raised
from engine.adapters.http.ledger import Ledger
from engine.adapters.http.lookups import KeyLookup, lookup_of
from engine.adapters.http.manners import Manners
from engine.adapters.http.one_by_one import OneByOne
from engine.adapters.http.options import Auth, HttpTargetOptions
from engine.adapters.http.payload import Payloads, Signer, record_of
from engine.adapters.http.redaction import redaction
from engine.adapters.http.requests import Headers, credentials_of, headers_of
from engine.adapters.http.writing import Doubts, Write, written
from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    Stopped,
    TargetContext,
    TargetTraits,
)
from engine.domain.checkup import Check
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)

_USUAL = {"Accept": "application/json", "Content-Type": "application/json"}


class HttpTarget:
    """Records go out with their idempotency keys (K1); answers say what became of each."""

    Options: ClassVar[type[Any]] = HttpTargetOptions
    traits = TargetTraits()
    encoders: Mapping[str, Callable[[Any], Any]] = {}

    check_options = staticmethod(agreement.of_target)

    def __init__(self, options: HttpTargetOptions, context: TargetContext) -> None:
        self._context = context
        url, auth = credentials_of(options.url, options.auth)
        self._address = Template(url)
        self._payloads = Payloads(options.body)
        self._signer = Signer(context.secret, context.link, url, self._payloads)
        manners = _manners(options, auth, context)
        self._asker = Asker(manners)
        self._lookup = _lookup_of(options, auth, context, manners)
        self._doubts = Doubts(self._lookup, self._payloads)
        headers = headers_of(auth, options.headers, usual=_USUAL)
        self._headers = headers
        self._place = url if options.bulk is None else options.bulk.url
        self._writer = self._writer_of(options, headers)
        self.traits = TargetTraits(
            idempotent=_harmless_twice(options),
            lookup=_how(self._lookup),
        )

    def open(self) -> None:
        """Checks the address against what the stages make; asks nothing of the server."""
        columns = self._context.columns
        if columns is None or isinstance(self._writer, Bulk):
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
        """Writes Load by Load; what stops one of them stops those after it."""
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
        """What the target holds for each key; {} where it cannot be asked."""
        if self._lookup is None:
            return {}
        try:
            return self._lookup.all_of(keys)
        except Fault as fault:
            kind = SystemSyncError if fault.fatal else BatchSyncError
            raise raised(kind, fault) from fault

    def check(self, load: Load | None) -> Sequence[Check]:
        """What it says without a write; where there is a lookup, that says more."""
        self.open()
        if self._lookup is not None and load is not None:
            return ()
        record = record_of(load.rows[0], load.columns) if load else None
        place = place_of(self._place, record)
        try:
            return checked(self._asker, place, self._headers)
        except RecordSyncError as unfit:
            return (Check("target address", ok=False, message=unfit.message),)

    def close(self) -> None:
        """Let go of the connections."""
        self._asker.close()
        if self._lookup is not None:
            self._lookup.close()

    def _pushed(self, load: Load, stop: SyncError | None) -> Receipt:
        ledger = Ledger(load, self.traits.idempotent, error=stop)
        try:
            self._writer.send(ledger, self._ready(ledger))
        except Stopped:
            ledger.stopped()
        return ledger.receipt()

    def _ready(self, ledger: Ledger) -> Iterator[Write]:
        """The rows that are to be sent, each made ready when it is its turn."""
        load = ledger.load
        doubtful = load.uncertain and not ledger.idempotent
        for row, (fields, key) in enumerate(zip(load.rows, load.keys, strict=True)):
            if ledger.error is not None:
                return
            record = record_of(fields, load.columns)
            try:
                write = written(
                    row, record, key, payloads=self._payloads, signer=self._signer
                )
            except RecordSyncError as unfit:
                ledger.refuse(row, unfit)
                continue
            if not (doubtful and self._doubts.settle(ledger, write)):
                yield write

    def _writer_of(self, options: HttpTargetOptions, headers: Headers) -> OneByOne | Bulk:
        if options.bulk is not None:
            parts = BulkParts(self._payloads, self._signer, self._asker, self._doubts)
            return Bulk(options.bulk, options.method, headers, parts)
        return OneByOne(
            options.method, self._address, headers, asker=self._asker, doubts=self._doubts
        )


def _manners(
    options: HttpTargetOptions, auth: Auth | None, context: TargetContext
) -> Manners:
    return Manners(
        timeouts=options.timeout,
        cap=options.max_body,
        retry=context.retry,
        responses=context.responses,
        redaction=redaction(options.url, auth=auth, headers=options.headers),
        writing=True,
        sleep=context.sleep or time.sleep,
        rate=options.rate,
        breaker=options.breaker,
        shared=context.shared,
        endpoint=options.url,
    )


def _lookup_of(
    options: HttpTargetOptions, auth: Auth | None, context: TargetContext, manners: Manners
) -> KeyLookup | None:
    if options.lookup is None:
        return None
    return lookup_of(
        options.lookup,
        auth=auth,
        headers=options.headers,
        key=context.key,
        manners=manners,
    )


def _how(lookup: KeyLookup | None) -> Lookup:
    if lookup is None:
        return Lookup.NONE
    return Lookup.BULK if lookup.bulk else Lookup.SINGLE


def _harmless_twice(options: HttpTargetOptions) -> bool:
    if options.idempotent is None:
        return options.method == HTTPMethod.PUT
    return options.idempotent
