"""Pages that can be asked for in any order: by number, or by how many records come before."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from math import ceil
from typing import Any, ClassVar

from engine.adapters.http.options import NumberedPages, OffsetPages
from engine.adapters.http.paging import Paging, Params, Seen, Unplannable
from engine.domain.batch import Scope
from engine.domain.values import dataclass

ENDS_AFTER = 10
"""So many failed pages in a row end their strand of the reading, until a retry goes on there."""

_OF_ONE_PAGE = ("size", "total", "pages", "blind", "after", "planned", "alone")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the pages of one plan lie: the value that asks for page `index`, and back."""

    first: int
    step: int

    def value(self, index: int) -> int:
        return self.first + index * self.step

    def index(self, value: int) -> int:
        return (value - self.first) // self.step


class _Numbered(Paging, ABC):
    """What both styles share.

    A scope holds its page's value, and where they matter: `size`, what a full page really has;
    `total` or `pages`, what the source said when planned; `blind`, planned without a look at the
    first page; `after`, how many pages failed right before it; `alone`, that it reveals nothing.
    """

    name: ClassVar[str]

    def __init__(
        self, options: NumberedPages | OffsetPages, parallel: int, most: int
    ) -> None:
        self._options = options
        self._strands = parallel
        self._most = most
        pages = options.pages if isinstance(options, NumberedPages) else None
        told = {"total": options.total, "pages": pages}
        self.seek: Mapping[str, str] = {
            name: path for name, path in told.items() if path is not None
        }
        self.grows = not self.seek
        self.blind = self.blind and self.grows

    def start(self, given: Scope) -> Scope:
        value = self._places(self._options.size).value(0)
        return {**given, "what": f"{self.name} {value}", self.name: value}

    def params(self, scope: Scope) -> Params:
        options = self._options
        return {options.param: scope[self.name], options.size_param: options.size}

    def plan(self, first: Scope, seen: Seen | None) -> list[Scope]:
        if seen is None:
            return self._planned(first, self._options.size, self._strands, {"blind": True})
        if self.grows:
            pages = self._strands if seen.count else 1
            return self._planned(first, self._full(seen.count), pages, {})
        told = {name: _whole(seen.found.get(name)) for name in self.seek}
        known = {name: number for name, number in told.items() if number is not None}
        whole = seen.count >= known.get("total", 0)
        size = self._options.size if whole else self._full(seen.count)
        return self._planned(first, size, self._pages(known, size), known)

    def after(self, scope: Scope, seen: Seen) -> tuple[Scope, ...]:
        ended = seen.count < self._size(scope) and not (scope.get("blind") and seen.count)
        if not self.grows or ended or scope.get("alone"):
            return ()
        return self._next(scope, failed=0)

    def after_failure(self, scope: Scope) -> tuple[Scope, ...]:
        failed = scope.get("after", 0) + 1
        if not self.grows or failed >= ENDS_AFTER or scope.get("alone"):
            return ()
        return self._next(scope, failed=failed)

    def beyond(self, scope: Scope) -> bool:
        return self._index(scope) >= self._most

    def drift(self, scope: Scope, seen: Seen) -> tuple[str, ...]:
        return tuple(
            f"drift: the source had {scope[name]} {word} when this was planned and has {now} now: "
            "records may have moved between pages"
            for name, word in (("total", "records"), ("pages", "pages"))
            if name in scope
            and (now := _whole(seen.found.get(name))) is not None
            and now != scope[name]
        )

    def unit(self, scope: Scope) -> str:
        return f"{self.name} {scope[self.name]} item"

    @abstractmethod
    def _places(self, size: int) -> _Places:
        """Where the pages lie when a full one holds `size` records."""

    def _size(self, scope: Scope) -> int:
        size: int = scope.get("size", self._options.size)
        return size

    def _index(self, scope: Scope) -> int:
        return self._places(self._size(scope)).index(scope[self.name])

    def _full(self, count: int) -> int:
        """What a full page holds: what was asked for, or less where the server gives less."""
        return count if 0 < count < self._options.size else self._options.size

    def _pages(self, known: Mapping[str, int], size: int) -> int:
        if not known:
            where = " or ".join(f"'{path}'" for path in self.seek.values())
            raise Unplannable(f"the first page has no number at {where}")
        pages = known["pages"] if "pages" in known else ceil(known["total"] / size)
        if pages > self._most:
            raise Unplannable(f"the source has {pages} pages, max_pages is {self._most}")
        return max(pages, 1)

    def _planned(
        self, first: Scope, size: int, pages: int, known: Mapping[str, Any]
    ) -> list[Scope]:
        places = self._places(size)
        if size != self._options.size:
            known = {**known, "size": size}
        later = (
            self._scope({**first, **known}, places.value(index), keep=known)
            for index in range(1, min(pages, self._most))
        )
        return [{**first, **known}, *later]

    def _next(self, scope: Scope, *, failed: int) -> tuple[Scope, ...]:
        places, index = self._places(self._size(scope)), self._index(scope)
        ahead = index + self._strands
        if ahead >= self._most:
            # The last page allowed was full: what comes after it is failed, not forgotten.
            if failed or index != self._most - 1:
                return ()
            ahead = self._most
        known = {name: scope[name] for name in ("size", "blind") if name in scope}
        if failed:
            known["after"] = failed
        return (self._scope(scope, places.value(ahead), keep=known),)

    def _scope(
        self, given: Scope, value: int, keep: Mapping[str, Any] | None = None
    ) -> Scope:
        plain = {name: given[name] for name in given if name not in _OF_ONE_PAGE}
        here = {"what": f"{self.name} {value}", self.name: value}
        return {**plain, **(keep or {}), **here}


class ByNumber(_Numbered):
    """Pages by their number."""

    name = "page"
    blind = True

    def _places(self, size: int) -> _Places:
        del size
        options = self._options
        first = options.first if isinstance(options, NumberedPages) else 1
        return _Places(first, 1)


class ByOffset(_Numbered):
    """Pages by offset; never planned blind, since offsets follow from what a page really holds."""

    name = "offset"
    blind = False

    def _places(self, size: int) -> _Places:
        return _Places(0, size)


def _whole(value: Any) -> int | None:
    """A count as servers write it, as number or digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value
