"""A retry whose page is slow: records that were kept wait beside it, to go ahead or not."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.inbox import Edit
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Answer, ScriptedServer, Seen, Status
from tests.servers.systems import Pages
from tests.stories.definitions import COLUMNS, EMAIL, definition, pages
from tests.stories.world import World, order

PATIENCE = 20.0
"""Seconds a page waits, at most, for what it waits for."""

Check = Callable[[], bool]


def until(true: Check) -> None:
    """Wait for it; TimeoutError where it does not become so."""
    late = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > late:
            raise TimeoutError("nothing was done while the page was waited for")
        time.sleep(0.01)


class Shop:
    """Pages of ten orders; those after the first fail once, and the last then comes on a sign."""

    def __init__(self, warehouse: Path, records: Sequence[Mapping[str, Any]]) -> None:
        self._records = list(records)
        self._last = len(records) // 10
        faults = {page: [Status(503)] * 2 for page in range(2, self._last + 1)}
        self._pages = Pages(self._records, faults=faults)
        self._warehouse = warehouse
        self.comes_when: Check | None = None

    def __call__(self, seen: Seen) -> Answer:
        answer = self._pages(seen)
        if int(seen.query["page"]) == self._last:
            until(lambda: self.comes_when is None or self.comes_when())
        return answer

    def brings(self, *records: Mapping[str, Any]) -> None:
        """The last page holds these first, in the place of its own."""
        start = len(self._records) - 10
        self._records[start : start + len(records)] = records

    def also(self, place: int, record: Mapping[str, Any]) -> None:
        """This record stands at this place, counted from 1, of all the shop gives."""
        self._records[place - 1] = record

    def has_written(self, number: int) -> bool:
        """Whether the warehouse holds this order."""
        with closing(sqlite3.connect(self._warehouse)) as warehouse:
            held = warehouse.execute("SELECT 1 FROM orders WHERE id = ?", (number,))
            return held.fetchone() is not None


@dataclass(frozen=True)
class Failed:
    """A Sync Event whose first page has records that were kept, and its shop."""

    world: World
    shop: Shop
    url: str
    event: SyncEvent

    def edit(self, label: str, changes: dict[str, Any]) -> None:
        """Edit what was kept of this record."""
        [kept] = [each for each in self.world.failing(self.event) if each.label == label]
        edit = Edit(changes)
        self.world.engine.edit(f"s{kept.id}", edit, reason="they called", actor="ben")

    def mended(self, **more: Any) -> None:
        """The Link without the rule for addresses, and with whatever else is said."""
        self.world.link("orders", link(self.url, **{"stages": [COLUMNS], **more}))

    def retry(self, *, written: int | None = None, **more: Any) -> SyncEvent:
        """Retry under the Link as it is; the page comes when this order is written."""
        if written is not None:
            self.shop.comes_when = lambda: self.shop.has_written(written)
        return self.world.retry(self.event, definition=Choice.CURRENT, **more)

    def begun(self) -> int:
        """How many batches of kept records the retry has begun."""
        with closing(sqlite3.connect(self.world.folder / "linkdeck.db")) as store:
            query = "SELECT count(*) FROM batch WHERE event = 2 AND retries_batch = 0 AND started"
            count: int = store.execute(query).fetchone()[0]
            return count


def link(url: str, **more: Any) -> str:
    """Orders over HTTP, with threads."""
    return definition(**{"source": pages(url), "stages": [COLUMNS, EMAIL], **more})


@contextmanager
def failed_once(
    world: World,
    *,
    blank: Collection[int] = (3, 7),
    changed: Mapping[int, Mapping[str, Any]] | None = None,
    pages: int = 2,
    **more: Any,
) -> Iterator[Failed]:
    """A run of which all pages but the first failed, and those records without an address."""
    changed = changed or {}
    records = [
        order(n, **{"email": "" if n in blank else "a@x.de", **changed.get(n, {})})
        for n in range(1, pages * 10 + 1)
    ]
    shop = Shop(world.links / "warehouse.db", records)
    with ScriptedServer(shop) as server:
        world.link("orders", link(server.url, **more))
        first = world.run()
        assert first.open.batches == pages - 1
        assert first.open.records >= len(blank)
        yield Failed(world, shop, server.url, first)
