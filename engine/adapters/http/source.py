"""A source that answers over HTTP with lists of records as JSON."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

from engine.adapters.http import agreement, kept
from engine.adapters.http.address import named_by, origin_of
from engine.adapters.http.asking import Asker
from engine.adapters.http.body import Answer
from engine.adapters.http.calling import HttpCaller
from engine.adapters.http.chained import next_link
from engine.adapters.http.cutting import NotJson, WrongShape
from engine.adapters.http.faults import Fault, cut_short, raised, unexpected
from engine.adapters.http.lookups import KeyLookup, lookup_of
from engine.adapters.http.manners import Ask, Manners
from engine.adapters.http.options import (
    Auth,
    HttpSourceOptions,
    LookupOptions,
    NumberedPages,
    OffsetPages,
)
from engine.adapters.http.paging import ChainBroken, Seen, Unplannable
from engine.adapters.http.redaction import redaction
from engine.adapters.http.requests import (
    credentials_of,
    headers_of,
    with_missing_params,
    with_params,
    without_params,
)
from engine.adapters.http.rows import Items, Shape
from engine.adapters.http.styles import paging_of
from engine.domain.adapter import Lookup, Plan, SourceContext, SourceTraits, Waits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import (
    Attempt,
    BatchSyncError,
    ErrorClass,
    SyncError,
    SystemSyncError,
)

_NO_CONTENT = 204
_LOOKBACK = 60.0
_NOT_THERE = {"connect_timeout", "http_404", "http_405", "http_410"}


class HttpSource:
    """Pages of records, or one answer that is everything.

    A scope names its page and, as `since` and `until`, the window changes are asked from.
    """

    Options: ClassVar[type[Any]] = HttpSourceOptions
    Caller: ClassVar[type[Any]] = HttpCaller
    traits = SourceTraits(waits=Waits.NETWORK, default_lookback=_LOOKBACK)

    check_options = staticmethod(agreement.of_source)

    def __init__(self, options: HttpSourceOptions, context: SourceContext) -> None:
        self._options = options
        self._url, auth = credentials_of(options.url, options.auth)
        self._origin = origin_of(self._url)
        self._headers = headers_of(auth, options.headers, usual=_usual(options))
        self._paging = paging_of(
            options.paginate, parallel=context.parallel, most=options.max_pages
        )
        self._shape = Shape(options.records, wanted=context.wanted, seek=self._paging.seek)
        manners = _manners(options, auth, context)
        self._asker = Asker(manners)
        self._auth, self._manners = auth, manners
        self._lookups: dict[tuple[str, ...], KeyLookup] = {}
        if options.lookup is not None:
            self._lookup_by(())
        self._body = None if options.body is None else msgspec.json.encode(options.body)
        self._planned: list[Ask] = []
        self.traits = SourceTraits(
            change_filter=ChangeFilter.TIME if options.changed_since else ChangeFilter.NONE,
            parallel=self._paging.parallel,
            waits=Waits.NETWORK,
            default_lookback=_LOOKBACK,
            tells_drift=_tells_drift(options),
            lookup=_how(options.lookup),
            upper_bound=options.changed_until is not None,
        )

    def plan_fetch(self, window: Window) -> Plan:
        """Reads the first page, which is kept as the first Batch, and plans the others by it."""
        first = self._paging.start({**self._bounds(window), "planned": True})
        ask = self._ask(first)
        seen: Seen | None = None
        try:
            (answer, seen), attempts = self._asker.ask(ask, self._glanced)
        except Fault as fault:
            if fault.fatal or fault.refused or self._needed(fault):
                raise raised(SystemSyncError, fault) from fault
            kept.keep(ask, fault)
        else:
            kept.keep(ask, (answer, attempts))
        self._planned.append(ask)
        return Plan(
            self._scopes(first, seen),
            bound=window.until if self._options.changed_since else None,
            grows=self._paging.grows,
        )

    def fetch(self, scope: Scope) -> Fetched:
        """The records of one page; raises BatchSyncError, or SystemSyncError when shut out."""
        if self._paging.beyond(scope):
            raise self._too_far(scope)
        try:
            (answer, items), attempts = self._page(scope)
            return self._fetched(scope, answer, items, attempts)
        except Fault as fault:
            raise self._failed(fault, scope) from fault

    def lookup(
        self, keys: Sequence[tuple[Any, ...]], *, by: tuple[str, ...] = ()
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """What the source has for each key, None where nothing; {} where it cannot be asked."""
        if self._options.lookup is None:
            return {}
        try:
            return self._lookup_by(by).all_of(keys)
        except Fault as fault:
            raise raised(
                SystemSyncError if fault.fatal else BatchSyncError, fault
            ) from fault

    def close(self) -> None:
        """Let go of connections, and of a first page that nobody asked for."""
        for ask in self._planned:
            kept.take(ask)
        for lookup in self._lookups.values():
            lookup.close()
        self._asker.close()

    def _lookup_by(self, by: tuple[str, ...]) -> KeyLookup:
        options = self._options
        if by not in self._lookups and options.lookup is not None:
            self._lookups[by] = lookup_of(
                options.lookup,
                auth=self._auth,
                headers=options.headers,
                key=by,
                manners=self._manners,
            )
        return self._lookups[by]

    def _needed(self, fault: Fault) -> bool:
        """Whether nothing can be planned without the first page."""
        return not self._paging.blind or fault.code in _NOT_THERE

    def _scopes(self, first: Scope, seen: Seen | None) -> list[Scope]:
        try:
            return self._paging.plan(first, seen)
        except Unplannable as why:
            raise SystemSyncError(
                f"{self._origin}: {why}", code="unplannable", error_class=ErrorClass.SCHEMA
            ) from why

    def _ask(self, scope: Scope) -> Ask:
        options = self._options
        if "url" in scope:
            url = with_missing_params(scope["url"], options.params)
            return Ask(options.method, url, self._headers, self._body)
        params = {**options.params, **self._paging.params(scope)}
        if options.changed_since and "since" in scope:
            params[options.changed_since] = scope["since"]
        if options.changed_until and "until" in scope:
            params[options.changed_until] = scope["until"]
        url = with_params(self._url, params)
        return Ask(options.method, url, self._headers, self._body)

    def _page(self, scope: Scope) -> tuple[tuple[Answer, Items], tuple[Attempt, ...]]:
        ask = self._ask(scope)
        planned = kept.take(ask) if scope.get("planned") else None
        if isinstance(planned, Fault):
            raise planned
        if planned is None:
            return self._asker.ask(ask, self._read)
        answer, attempts = planned
        return self._read(answer), attempts

    def _glanced(self, answer: Answer) -> tuple[Answer, Seen]:
        if answer.status == _NO_CONTENT:
            return answer, Seen(0)
        try:
            return answer, Seen(*self._shape.glance(answer.body))
        except (NotJson, WrongShape) as cause:
            raise self._not_asked_for(cause, answer) from cause

    def _read(self, answer: Answer) -> tuple[Answer, Items]:
        if answer.status == _NO_CONTENT:
            return answer, self._shape.nothing()
        try:
            return answer, self._shape.read(answer.body)
        except (NotJson, WrongShape) as cause:
            raise self._not_asked_for(cause, answer) from cause

    def _not_asked_for(self, cause: Exception, answer: Answer) -> Fault:
        who = str(self._origin)
        if isinstance(cause, NotJson):
            if cause.truncated and answer.body and not answer.delimited:
                return cut_short(who)
            is_json = answer.kind.endswith("json")
            told = f"damaged JSON ({cause})" if is_json else answer.kind
            return unexpected(who, f"expected JSON, got {told}", code="not_json")
        where = f" at '{self._options.records}'" if self._options.records else ""
        told = f"expected a list of records{where}, found {cause}; check records"
        return unexpected(who, told, code="wrong_shape")

    def _next_link(self, answer: Answer) -> str | None:
        given = next_link(answer.headers.get("link"))
        if given is None:
            return None
        named = named_by(answer.url, given)
        if named is None:
            raise ChainBroken("the next page has an address that cannot be read")
        link, origin = named
        if origin != self._origin:
            raise ChainBroken("the next page is elsewhere, where credentials do not go")
        return without_params(link, self._options.params)

    def _fetched(
        self, scope: Scope, answer: Answer, items: Items, attempts: tuple[Attempt, ...]
    ) -> Fetched:
        try:
            seen = Seen(items.count, items.found, self._next_link(answer))
            follow = self._paging.after(scope, seen)
        except ChainBroken as why:
            raise unexpected(str(self._origin), str(why), code="chain_broken") from why
        drift = self._paging.drift(scope, seen)
        return Fetched(
            rows=items.rows,
            raw=items.raw,
            struct=items.struct,
            places=items.places,
            broken=items.broken,
            follow=follow,
            unit=self._paging.unit(scope),
            attempts=attempts,
            warnings=drift,
            drifted=bool(drift),
            again=_without_more(scope) if follow else None,
        )

    def _failed(self, fault: Fault, scope: Scope) -> SyncError:
        if fault.fatal:
            return raised(SystemSyncError, fault)
        error = raised(BatchSyncError, fault)
        error.follow = self._paging.after_failure(scope)
        error.again = _without_more(scope) if error.follow else None
        return error

    def _too_far(self, scope: Scope) -> BatchSyncError:
        most = self._options.max_pages
        return BatchSyncError(
            f"{scope['what']} was not read: max_pages ({most}) ends the reading before it; "
            "raise max_pages and retry",
            code="max_pages",
            error_class=ErrorClass.BUSINESS_RULE,
        )

    def _bounds(self, window: Window) -> Mapping[str, str]:
        options = self._options
        ends = {
            "since": (options.changed_since, window.since),
            "until": (options.changed_until, window.until),
        }
        return {
            name: _moment(value, options.changed_format)
            for name, (param, value) in ends.items()
            if param and value is not None
        }


def _usual(options: HttpSourceOptions) -> Mapping[str, str]:
    accepted = {"Accept": "application/json"}
    if options.body is None:
        return accepted
    return {**accepted, "Content-Type": "application/json"}


def _how(lookup: LookupOptions | None) -> Lookup:
    if lookup is None:
        return Lookup.NONE
    return Lookup.SINGLE if lookup.size is None else Lookup.BULK


def _without_more(scope: Scope) -> Scope:
    """The scope of a page whose successors are planned already, and must not be once more."""
    return {name: scope[name] for name in scope if name != "planned"} | {"alone": True}


def _manners(
    options: HttpSourceOptions, auth: Auth | None, context: SourceContext
) -> Manners:
    return Manners(
        timeouts=options.timeout,
        cap=options.max_body,
        retry=context.retry,
        responses=context.responses,
        redaction=redaction(
            options.url, auth=auth, headers=options.headers, params=options.params
        ),
        writing=False,
        sleep=context.sleep or time.sleep,
        rate=options.rate,
        breaker=options.breaker,
        shared=context.shared,
        endpoint=options.url,
    )


def _moment(value: MarkValue, style: str) -> str:
    """A mark as this source takes it; down to whole units, since the lower bound is inclusive."""
    if not isinstance(value, datetime):
        return str(value)
    moment = value.astimezone(UTC)
    if style == "iso":
        return moment.isoformat().replace("+00:00", "Z")
    unit = 1 if style == "epoch" else 1000
    return str(int(moment.timestamp() * unit // 1))


def _tells_drift(options: HttpSourceOptions) -> bool:
    """Pages and offsets move when the source changes; only a total gives that away (M5)."""
    paginate = options.paginate
    if isinstance(paginate, NumberedPages | OffsetPages):
        return paginate.total is not None
    return True
