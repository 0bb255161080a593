"""Asking a system for records by key: one by one, or several at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from engine.adapters.http.address import Template, origin_of, without_user
from engine.adapters.http.asking import Asker
from engine.adapters.http.body import Answer
from engine.adapters.http.cutting import (
    UNREADABLE,
    NotJson,
    WrongShape,
    path_of,
    plain,
    records_at,
)
from engine.adapters.http.faults import Fault, unexpected
from engine.adapters.http.manners import Ask, Manners
from engine.adapters.http.options import Auth, LookupOptions
from engine.adapters.http.requests import headers_of
from engine.domain.errors import ErrorClass, RecordSyncError, SystemSyncError

Key = tuple[Any, ...]
Held = Mapping[str, Any]

_ABSENT = {404, 410}
_LARGEST = 16 << 20
_LONGEST_URL = 4000
_JOINT = ","


class KeyLookup(Protocol):
    """Whatever can be asked for records by key; `bulk`: several at once."""

    bulk: bool

    def get(self, key: Key) -> Held | None:
        """The record of this key, or None; raises Fault, Stopped, RecordSyncError."""
        ...

    def all_of(self, keys: Sequence[Key]) -> dict[Key, Held | None]:
        """The record or None for each key that can be asked for; raises Fault, Stopped."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


def lookup_of(
    options: LookupOptions,
    *,
    auth: Auth | None,
    headers: Mapping[str, str],
    key: tuple[str, ...],
    manners: Manners,
) -> KeyLookup:
    """The lookup a definition asks for; `key` names the fields of a key, where they are known."""
    url, _ = without_user(options.url)
    address = Template(url)
    fields = key or address.fields
    _check(address, fields)
    asking = _Asking(
        str(origin_of(url)),
        headers_of(auth, headers, usual={"Accept": "application/json"}),
        Asker(replace(manners, writing=False, cap=_LARGEST, endpoint=options.url)),
    )
    if options.size is None:
        return OneByOne(address, fields, asking)
    if len(fields) != 1:
        raise _bad_address("a lookup with size takes keys of one field")
    return Listed(address, options, field=options.id or fields[0], asking=asking)


class _Asking:
    """Who is asked, with which headers, over which connections."""

    def __init__(
        self, who: str, headers: tuple[tuple[bytes, bytes], ...], asker: Asker
    ) -> None:
        self.who = who
        self.asker = asker
        self._headers = headers

    def get(self, url: str) -> Ask:
        return Ask("GET", url, self._headers)


class OneByOne:
    """A lookup by an address with the key's fields in it; 404 means there is no such record."""

    bulk = False

    def __init__(self, address: Template, fields: tuple[str, ...], asking: _Asking) -> None:
        self._address = address
        self._fields = fields
        self._asking = asking

    def get(self, key: Key) -> Held | None:
        url = self._address.fill(lambda name: _value(name, self._fields, key))
        try:
            found, _ = self._asking.asker.ask(self._asking.get(url), self._record)
        except Fault as fault:
            if fault.status in _ABSENT:
                return None
            raise
        return found

    def all_of(self, keys: Sequence[Key]) -> dict[Key, Held | None]:
        found: dict[Key, Held | None] = {}
        for key in keys:
            try:
                found[key] = self.get(key)
            except RecordSyncError:
                continue  # no address can carry this key: nothing can be said of it
        return found

    def close(self) -> None:
        self._asking.asker.close()

    def _record(self, answer: Answer) -> dict[str, Any]:
        try:
            return msgspec.json.decode(plain(answer.body), type=dict[str, Any])
        except UNREADABLE as cause:
            told = f"expected one record as JSON, got {answer.kind}"
            raise unexpected(self._asking.who, told, code="not_json") from cause


class Listed:
    """A lookup of several keys a request: a list of those records that there are."""

    bulk = True

    def __init__(
        self, address: Template, options: LookupOptions, *, field: str, asking: _Asking
    ) -> None:
        self._address = address
        self._path = path_of(options.records)
        self._size = options.size or 1
        self._field = field
        self._asking = asking

    def get(self, key: Key) -> Held | None:
        if _JOINT in str(key[0]):
            raise RecordSyncError(
                f"the key '{key[0]}' holds a comma, which parts the keys of a lookup",
                code="bad_address",
                error_class=ErrorClass.VALIDATION,
            )
        return self.all_of([key])[key]

    def all_of(self, keys: Sequence[Key]) -> dict[Key, Held | None]:
        found: dict[Key, Held | None] = {}
        for few in self._requests([key for key in keys if _JOINT not in str(key[0])]):
            held, _ = self._asking.asker.ask(self._request(few), self._records)
            found |= {key: held.get(str(key[0])) for key in few}
        return found

    def close(self) -> None:
        self._asking.asker.close()

    def _request(self, keys: Sequence[Key]) -> Ask:
        joined = _JOINT.join(str(key[0]) for key in keys)
        return self._asking.get(self._address.fill(lambda _: joined))

    def _requests(self, keys: Sequence[Key]) -> Iterator[list[Key]]:
        """The keys in handfuls that an address can carry."""
        few: list[Key] = []
        length = 0
        for key in keys:
            room = 3 * len(str(key[0]).encode("utf-8", "surrogatepass")) + 3
            if few and (len(few) == self._size or length + room > _LONGEST_URL):
                yield few
                few, length = [], 0
            few.append(key)
            length += room
        if few:
            yield few

    def _records(self, answer: Answer) -> dict[str, Held]:
        who = self._asking.who
        try:
            pieces = records_at(plain(answer.body), self._path)
            records = [msgspec.json.decode(piece, type=dict[str, Any]) for piece in pieces]
        except (NotJson, WrongShape, *UNREADABLE) as cause:
            told = f"expected a list of records as JSON, got {answer.kind}"
            raise unexpected(who, told, code="not_json") from cause
        nameless = sum(self._field not in record for record in records)
        if nameless:
            told = f"{nameless} of the records it lists have no '{self._field}'; correct id"
            raise unexpected(who, told)
        return {str(record[self._field]): record for record in records}


def _check(address: Template, fields: tuple[str, ...]) -> None:
    unknown = [name for name in address.fields if name not in fields]
    if address.fields and (not unknown or len(fields) == 1):
        return
    raise _bad_address(
        f"the lookup's url must name the key ({', '.join(fields)}) in braces"
    )


def _bad_address(message: str) -> SystemSyncError:
    return SystemSyncError(message, code="bad_address", error_class=ErrorClass.SCHEMA)


def _value(name: str, fields: tuple[str, ...], key: Key) -> Any:
    # With one key field, whatever stands in braces means it.
    return key[fields.index(name) if name in fields else 0]
