"""Asking a system for one record at a time, by its key."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from engine.adapters.http.address import Template, origin_of, without_user
from engine.adapters.http.asking import Ask, Asker, Manners
from engine.adapters.http.body import Answer
from engine.adapters.http.cutting import UNREADABLE, plain
from engine.adapters.http.faults import Fault, unexpected
from engine.adapters.http.options import Auth, LookupOptions
from engine.adapters.http.requests import headers_of
from engine.domain.errors import ErrorClass, SystemSyncError

_ABSENT = {404, 410}
_LARGEST = 16 << 20


class SingleLookup:
    """A lookup by an address with the key's fields in it; 404 means there is no such record."""

    def __init__(
        self,
        options: LookupOptions,
        *,
        auth: Auth | None,
        headers: Mapping[str, str],
        key: tuple[str, ...],
        manners: Manners,
    ) -> None:
        url, _ = without_user(options.url)
        self._origin = origin_of(url)
        self._address = Template(url)
        self._headers = headers_of(auth, headers, usual={"Accept": "application/json"})
        self._key = key
        self._asker = Asker(replace(manners, writing=False, cap=_LARGEST))
        self._check()

    def get(self, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """What the system holds for this key, or None; raises Fault, Stopped, RecordSyncError."""
        ask = Ask(
            "GET", self._address.fill(lambda name: self._value(name, key)), self._headers
        )
        try:
            found, _ = self._asker.ask(ask, self._record)
        except Fault as fault:
            if fault.status in _ABSENT:
                return None
            raise
        return found

    def close(self) -> None:
        """Let go of the connections."""
        self._asker.close()

    def _check(self) -> None:
        unknown = [name for name in self._address.fields if name not in self._key]
        if self._address.fields and (not unknown or len(self._key) == 1):
            return
        raise SystemSyncError(
            f"the lookup's url must name the key ({', '.join(self._key)}) in braces",
            code="bad_address",
            error_class=ErrorClass.SCHEMA,
        )

    def _value(self, name: str, key: tuple[Any, ...]) -> Any:
        # With one key field, whatever stands in braces means it.
        return key[self._key.index(name) if name in self._key else 0]

    def _record(self, answer: Answer) -> dict[str, Any]:
        try:
            return msgspec.json.decode(plain(answer.body), type=dict[str, Any])
        except UNREADABLE as cause:
            told = f"expected one record as JSON, got {answer.kind}"
            raise unexpected(str(self._origin), told, code="not_json") from cause
