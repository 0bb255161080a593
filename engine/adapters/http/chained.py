"""Pages that name the next one, by a cursor or in a Link header: read in order, one at a time.

A failed page keeps what asks for it, and with it the rest of the chain. Whether a chain has come
back to itself is told by Brent's method: one earlier page is remembered, at distances that double.
"""

import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from engine.adapters.http.options import CursorPages, LinkedPages
from engine.adapters.http.paging import ChainBroken, Paging, Params, Seen
from engine.domain.batch import Scope

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION = re.compile(r"rel\s*=\s*\"?([^\";,]*)", re.IGNORECASE)


class _Chained(Paging, ABC):
    """What both styles share: a scope holds `page`, how many there were, and what asks for it."""

    name: ClassVar[str]
    grows = True
    parallel = False

    def __init__(self, options: CursorPages | LinkedPages, most: int) -> None:
        super().__init__()
        self._options = options
        self._most = most

    def start(self, given: Scope) -> Scope:
        return {**given, "what": "page 1", "page": 1}

    def params(self, scope: Scope) -> Params:
        options = self._options
        return {} if options.size_param is None else {options.size_param: options.size}

    def after(self, scope: Scope, seen: Seen) -> tuple[Scope, ...]:
        token = self._token(seen)
        if token is None or scope.get("alone"):
            return ()
        if token in (scope.get(self.name), scope.get("mark")):
            raise ChainBroken(f"the {self.name} of the next page was there before")
        number = scope["page"] + 1
        mark, turn = scope.get("mark"), scope.get("turn", 2)
        if number == turn:
            mark, turn = token, turn * 2
        plain = {name: scope[name] for name in scope if name not in {"planned", "mark"}}
        loop = {} if mark is None else {"mark": mark}
        here = {"what": f"page {number} and the rest", "page": number, self.name: token}
        return ({**plain, **loop, **here, "turn": turn},)

    def beyond(self, scope: Scope) -> bool:
        past: bool = scope["page"] > self._most
        return past

    def unit(self, scope: Scope) -> str:
        return f"page {scope['page']} item"

    @abstractmethod
    def _token(self, seen: Seen) -> str | int | None:
        """What asks for the page after this one; None where it was the last."""


class ByCursor(_Chained):
    """A chain by cursors."""

    name = "cursor"

    def __init__(self, options: CursorPages, most: int) -> None:
        super().__init__(options, most)
        self._param = options.param
        self.seek = {"next": options.next}

    def params(self, scope: Scope) -> Params:
        given = {self._param: scope["cursor"]} if "cursor" in scope else {}
        return {**super().params(scope), **given}

    def _token(self, seen: Seen) -> str | int | None:
        return _cursor(seen.found.get("next"))


class ByLink(_Chained):
    """A chain by Link headers."""

    name = "url"

    def params(self, scope: Scope) -> Params:
        return {} if "url" in scope else super().params(scope)

    def _token(self, seen: Seen) -> str | None:
        return seen.link


def _cursor(value: Any) -> str | int | None:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, str) and not _is_whole(value):
        raise ChainBroken(
            "the cursor of the next page holds half a letter, and cannot be sent"
        )
    if isinstance(value, str) or (isinstance(value, int) and value is not True):
        return value
    raise ChainBroken("the cursor of the next page is neither text nor number")


def _is_whole(text: str) -> bool:
    """Whether it can be sent: JSON may hold half of a letter that is written as two escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def next_link(header: str | None) -> str | None:
    """The address a Link header gives for the next page."""
    for target, attributes in _LINK.findall(header or ""):
        relation = _RELATION.search(attributes)
        if relation and "next" in relation.group(1).lower().split():
            return str(target)
    return None
