"""How a source is read page by page: which scopes there are, and which an answer reveals."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from engine.domain.batch import Scope
from engine.domain.values import dataclass

Params = Mapping[str, str | int]


class Unplannable(Exception):
    """The first page does not say what planning needs; its text is why."""


class ChainBroken(Exception):
    """A page names a next page that cannot be right; its text is why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What paging needs to know of an answered page: `link` is its next page by Link header."""

    count: int
    found: Mapping[str, Any] = field(default_factory=dict)
    link: str | None = None


class Paging:
    """A style of paging; this one is none at all: one answer is everything.

    `seek` is what answers are searched for, by name and dotted path. `blind`: the plan can be made
    though the first page failed. `grows`: answers reveal further scopes. `parallel`: pages can be
    read at once. Scopes keep whatever keys they were given at the start.
    """

    seek: Mapping[str, str]
    blind = True
    grows = False
    parallel = True

    def __init__(self) -> None:
        self.seek = {}

    def start(self, given: Scope) -> Scope:
        """The scope of the first page."""
        return {**given, "what": "everything"}

    def params(self, scope: Scope) -> Params:
        """What asks for this page, as query parameters."""
        return {}

    def plan(self, first: Scope, seen: Seen | None) -> list[Scope]:
        """The scopes, once the first page was seen or could not be; raises Unplannable."""
        return [first]

    def after(self, scope: Scope, seen: Seen) -> tuple[Scope, ...]:
        """What an answered page reveals; raises ChainBroken."""
        return ()

    def after_failure(self, scope: Scope) -> tuple[Scope, ...]:
        """What is read though this page failed."""
        return ()

    def beyond(self, scope: Scope) -> bool:
        """Whether the scope lies past `max_pages`."""
        return False

    def drift(self, scope: Scope, seen: Seen) -> tuple[str, ...]:
        """A Warning where the source has changed since the plan was made (M5)."""
        return ()

    def unit(self, scope: Scope) -> str:
        """What a person counts the page's records by."""
        return "answer item"
