"""What a call stage asks of an HTTP system: one request a record, several at a time."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from http import HTTPStatus
from threading import Lock
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from engine.adapters.http.address import Template, origin_of, reach
from engine.adapters.http.asking import Asker
from engine.adapters.http.body import Answer
from engine.adapters.http.cutting import UNREADABLE, Path, path_of, plain
from engine.adapters.http.faults import Fault, cut_short, raised, unexpected
from engine.adapters.http.manners import Ask, Manners
from engine.adapters.http.options import Auth, Breaker, PerSecond, Timeouts
from engine.adapters.http.redaction import redaction
from engine.adapters.http.requests import credentials_of, headers_of
from engine.domain.call import CallContext
from engine.domain.errors import ErrorClass, RecordSyncError, SyncError, SystemSyncError
from engine.domain.reply import Reply
from engine.domain.units import Doc, Size
from engine.domain.values import dataclass

AT_ONCE = 8
"""Requests of one stage under way at a time, for one Batch."""

ENDS_AFTER = 5
"""So many requests in a row tried in vain: the system is ill, the Batch's others are spared it."""

LONGEST = 8192
"""Characters of an address; servers take no more, and only a record can have made it so long."""

_WITH_BODY = set(range(200, 300)) - {HTTPStatus.NO_CONTENT}
_ANSWER_CAP = Size(16 << 20)
_BREAKER = Breaker()
_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCallOptions:
    """A system that is asked about one record at a time, and answers with JSON."""

    url: Annotated[
        str, Doc("the address of the answer, with {field} for a record's values")
    ]
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: Auth | None = None
    timeout: Timeouts = _TIMEOUTS
    rate: PerSecond = None
    breaker: Breaker = _BREAKER
    records: Annotated[
        str | None, Doc("the part of the answer that is taken, as a dotted path")
    ] = None
    max_body: Annotated[Size, Doc("the largest answer read, unpacked")] = _ANSWER_CAP


class HttpCaller:
    """Asks about the records of a Batch; what several of them ask for is asked once."""

    Options: ClassVar[type[Any]] = HttpCallOptions

    def __init__(self, options: HttpCallOptions, context: CallContext) -> None:
        url, auth = credentials_of(options.url, options.auth)
        self._address = Template(url)
        self._who = str(origin_of(url))
        self.fields = self._address.fields
        self._method = options.method
        self._headers = headers_of(
            auth, options.headers, usual={"Accept": "application/json"}
        )
        self._part = path_of(options.records)
        self._asker = Asker(_manners(options, auth, context))
        self._at_once = min(context.parallel, AT_ONCE)
        self._pool: ThreadPoolExecutor | None = None

    def ask(self, records: Sequence[Mapping[str, Any]]) -> Sequence[Reply]:
        """What the system answers about each record, in order."""
        places = [self._place(record) for record in records]
        urls = list(dict.fromkeys(place for place in places if isinstance(place, str)))
        answered = dict(zip(urls, self._answers(urls), strict=True))
        return [
            answered[place] if isinstance(place, str) else Reply(error=place)
            for place in places
        ]

    def close(self) -> None:
        """Let go of the threads and the connections."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        self._asker.close()

    def _place(self, record: Mapping[str, Any]) -> str | RecordSyncError:
        """The address about this record, or why there is none."""
        try:
            url = self._address.fill(lambda name: reach(record, name))
        except RecordSyncError as unfit:
            return unfit
        if len(url) > LONGEST:
            return RecordSyncError(
                f"the address about this record is longer than {LONGEST} characters",
                code="bad_address",
                error_class=ErrorClass.VALIDATION,
            )
        return url

    def _answers(self, urls: Sequence[str]) -> list[Reply]:
        health = _Health()
        if self._at_once < 2 or len(urls) < 2:
            return [self._answer(url, health) for url in urls]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="call")
        return list(self._pool.map(lambda url: self._answer(url, health), urls))

    def _answer(self, url: str, health: "_Health") -> Reply:
        if health.ill is not None:
            return Reply(error=health.ill)
        try:
            value, attempts = self._asker.ask(
                Ask(self._method, url, self._headers), self._value
            )
        except Fault as fault:
            return Reply(error=health.failed(fault))
        health.answered()
        return Reply(value, attempts=attempts)

    def _value(self, answer: Answer) -> Any:
        """What is taken of an answer; null where there is none, or it was named no error."""
        if answer.status not in _WITH_BODY:
            return None
        try:
            value = msgspec.json.decode(plain(answer.body))
        except UNREADABLE as cause:
            if "truncated" in str(cause) and answer.body and not answer.delimited:
                raise cut_short(self._who) from cause
            why = f"expected an answer as JSON, got {answer.kind}"
            raise unexpected(self._who, why, code="not_json") from cause
        return self._taken(value, self._part)

    def _taken(self, value: Any, path: Path) -> Any:
        for step in path:
            if not isinstance(value, dict) or step not in value:
                why = f"its answer has no '{'.'.join(path)}'; correct records"
                raise unexpected(self._who, why)
            value = value[step]
        return value


@dataclass(slots=True)
class _Health:
    """How the system fares during one Batch, told by the threads that ask it."""

    ill: SyncError | None = None
    _in_vain: int = 0
    _lock: Lock = field(default_factory=Lock)

    def answered(self) -> None:
        """It has answered."""
        with self._lock:
            self._in_vain = 0

    def failed(self, fault: Fault) -> SyncError:
        """What a request that failed means for its record, and for those after it (T1, T3)."""
        kind = SystemSyncError if fault.fatal else RecordSyncError
        error = raised(kind, fault)
        error.field = fault.field
        with self._lock:
            self._in_vain = self._in_vain + 1 if fault.repeat else 0
            if (
                fault.fatal
                or fault.refused
                or not fault.sent
                or self._in_vain >= ENDS_AFTER
            ):
                self.ill = self.ill or _unasked(error)
        return error


def _unasked(error: SyncError) -> SyncError:
    """The same failure for a record that was not asked about: no attempt was made."""
    return type(error)(
        error.message,
        code=error.code,
        error_class=error.error_class,
        refused=error.refused,
    )


def _manners(options: HttpCallOptions, auth: Auth | None, context: CallContext) -> Manners:
    return Manners(
        timeouts=options.timeout,
        cap=options.max_body,
        retry=context.retry,
        responses=context.responses,
        redaction=redaction(options.url, auth=auth, headers=options.headers),
        # One record's answer is refused like one record's write: 404 is a reference, 403 its own.
        writing=True,
        sleep=context.sleep or time.sleep,
        rate=options.rate,
        breaker=options.breaker,
        shared=context.shared,
        endpoint=options.url,
    )
