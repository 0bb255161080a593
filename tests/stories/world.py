"""A fresh little world for a story: a home, Links, files, a warehouse, and the front door."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.requests import RunOptions, Selection, Stop, Watch
from engine.domain.retry_plan import Choice, RetryOptions, RetryPlan
from engine.domain.sync_event import Kind, SnapshotSeen, SyncEvent
from engine.engine import Engine
from engine.settings import Settings

ORDERS = """
link: orders
key: id
batch_size: {batch_size}
source: {{adapter: file, path: orders.ndjson}}
stages:
  - name: to columns
    map:
      id: {{from: id, cast: int}}
      email: {{from: email, do: [strip, lower]}}
      amount: {{from: amount, cast: int}}
  - name: rules
    check:
      - {{field: email, rule: required}}
target: {{adapter: sql, url: "sqlite:///warehouse.db", table: orders, create: true}}
{extra}
"""


def order(number: int, **changes: Any) -> dict[str, Any]:
    """A good order."""
    return {
        "id": number,
        "email": f"o{number}@example.com",
        "amount": number * 10,
        **changes,
    }


@dataclass
class World:
    """A home in a folder of its own; every Sync Event it runs is checked for the identity (S3)."""

    folder: Path
    engine: Engine
    store: str | None = None

    @property
    def links(self) -> Path:
        """The folder of Links."""
        return self.folder / "links"

    def link(self, name: str, text: str) -> None:
        """Write a definition."""
        (self.links / f"{name}.yaml").write_text(text, encoding="utf-8")

    def orders(
        self, records: Iterable[Any], *, batch_size: int = 10, extra: str = ""
    ) -> None:
        """The standard Link, file → SQLite, over these records (text lines stay as they are)."""
        lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
        (self.links / "orders.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.link("orders", ORDERS.format(batch_size=batch_size, extra=extra))

    def run(
        self,
        link: str = "orders",
        *,
        stop: Stop | None = None,
        watch: Watch | None = None,
        **options: Any,
    ) -> SyncEvent:
        """Run a Link through the front door."""
        event = self.engine.run(
            link, RunOptions(actor="ana@test", **options), stop=stop or Stop(), watch=watch
        )
        self.assert_books(event)
        return event

    def plan(
        self, event: SyncEvent | int | str, *, definition: Choice | None = None, **more: Any
    ) -> RetryPlan:
        """Make a retry plan; what is no option of a plan is its selection."""
        options = {name: more.pop(name) for name in ("include", "simulate") if name in more}
        return self.engine.plan(
            _ref(event),
            Selection(**more),
            definition=definition,
            actor="ana@test",
            **options,
        )

    def retry(
        self,
        event: SyncEvent | int | str,
        *,
        stop: Stop | None = None,
        watch: Watch | None = None,
        **more: Any,
    ) -> SyncEvent:
        """Retry Failures through the front door; what is no option is the selection."""
        names = ("plan", "definition", "canary", "include", "reason", "actor")
        said = {name: more.pop(name) for name in names if name in more}
        options = RetryOptions(**{"actor": "ana@test", "reason": "mended", **said})
        event = self.engine.retry(
            _ref(event), Selection(**more), options, stop=stop or Stop(), watch=watch
        )
        self.assert_books(event)
        return event

    def event(self, event: SyncEvent | int) -> SyncEvent:
        """A Sync Event as it stands now."""
        found = self.engine.event(_ref(event))
        self.assert_books(found)
        return found

    def assert_books(self, event: SyncEvent) -> None:
        """The books of a Sync Event are balanced, and those of its whole Chain (S3)."""
        assert_identity(event)
        chain = self.engine.chain(_ref(event))
        assert event.kind == Kind.TEST or chain.residual == 0, chain

    def failing(self, event: SyncEvent, **selection: Any) -> tuple[SnapshotSeen, ...]:
        """The failing records of a Sync Event."""
        found = self.engine.failures(str(event.id), Selection(**selection), limit=1000)
        return found.records

    def rows(
        self, table: str = "orders", database: str = "warehouse.db"
    ) -> list[dict[str, Any]]:
        """What the warehouse holds, as its own reader sees it."""
        with closing(sqlite3.connect(self.links / database)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]


def _ref(event: SyncEvent | int | str) -> str:
    return str(event.id if isinstance(event, SyncEvent) else event)


def a_world(folder: Path, store: str | None = None, **environ: str) -> World:
    """A new world in this folder, with its own store (SQLite, or the one at this URL).

    An engine that it starts does not stay.
    """
    links = folder / "links"
    folder.chmod(0o700)
    links.mkdir(mode=0o700)
    variables = {"HOME": str(folder), "LINKDECK_IDLE_EXIT": "1", **environ}
    settings = Settings.resolve(str(folder), None, store, variables)
    return World(folder, Engine(settings), store)


def assert_identity(event: SyncEvent) -> None:
    """The books are balanced, for records and for batches (S3)."""
    batches, records = event.batches, event.records
    assert batches.residual == 0, batches
    assert records.residual == 0, records
    assert event.residual == 0
    assert min(batches.planned, batches.waiting, records.fetched, records.written) >= 0


MakeWorld = Callable[[], World]
