"""A store with many Sync Events: one told to the journal, the others copies of its rows.

Of every hundred Sync Events one is still open, with all its failing records; of the others
everything was recovered. They belong to twenty Links in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from engine.store.store import Store
from engine.store.tables import TABLES
from tests.store.world import a_snapshot, an_error, running, with_failures

LINKS = 20
ONE_OPEN_IN = 100
CAUSES = 5


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many Sync Events, batches of each and failing records of each Batch."""

    events: int
    batches: int
    failing: int

    @property
    def snapshots(self) -> int:
        """Failing records of a Sync Event."""
        return self.batches * self.failing

    @property
    def open_event(self) -> int:
        """A Sync Event in the middle in which everything is open."""
        return max(self.events // 2 // ONE_OPEN_IN * ONE_OPEN_IN, 0) + 1

    @property
    def closed_event(self) -> int:
        """Its neighbour, which was recovered."""
        return self.open_event + 1


def fill(store: Store, crowd: Crowd) -> None:
    """Sync Events 1 to `crowd.events`, in an empty store."""
    _first(store, crowd)
    with store._database.writing() as write:
        for table, changed in _changes(crowd).items():
            _copy(write.connection, table, changed, crowd.events)
        numbers = {"sync_event": crowd.events, "snapshot": crowd.events * crowd.snapshots}
        for name, value in numbers.items():
            write.connection.execute(
                text("UPDATE counter SET value = :value WHERE name = :name"),
                {"value": value, "name": name},
            )
    with store._database.writing() as write:
        write.connection.execute(text("ANALYZE"))


def _first(store: Store, crowd: Crowd) -> None:
    run = running(store, crowd.batches)
    run.finishes(
        *(
            with_failures(
                batch,
                [
                    a_snapshot(place, error=an_error(f"cause {place % CAUSES}"))
                    for place in range(crowd.failing)
                ],
            )
            for batch in range(crowd.batches)
        )
    )
    run.ends()


def _changes(crowd: Crowd) -> Mapping[str, Mapping[str, str]]:
    """By table, the columns that differ in copy `n`."""
    whole = f"n % {ONE_OPEN_IN} = 0"
    shifted = f"+ n * {crowd.snapshots}"
    mine = {"event": "t.event + n"}

    def still(column: str, settled: str) -> str:
        return f"CASE WHEN {whole} THEN t.{column} ELSE {settled} END"

    return {
        "sync_event": {
            "id": "t.id + n",
            "root": "t.root + n",
            "link": f"'link ' || (n % {LINKS})",
            "status": still("status", "'completed'"),
            "open_records": still("open_records", "0"),
        },
        "batch": {
            **mine,
            "first_snapshot": f"t.first_snapshot {shifted}",
            "last_snapshot": f"t.last_snapshot {shifted}",
        },
        "error_group": {**mine, "open_records": still("open_records", "0")},
        "snapshot": {
            **mine,
            "id": f"t.id {shifted}",
            "label": f"'order-' || (t.id {shifted})",
            "key_hash": f"t.id {shifted}",
            "state": still("state", "'recovered'"),
        },
    }


def _copy(
    connection: Connection, table: str, changed: Mapping[str, str], copies: int
) -> None:
    names: Sequence[str] = [f'"{column.name}"' for column in TABLES[table].columns]
    values = [changed.get(name.strip('"'), f"t.{name}") for name in names]
    connection.execute(text(f"CREATE TEMPORARY TABLE template AS SELECT * FROM {table}"))
    # CROSS JOIN keeps the order: a copy's rows lie together, as those of a run do.
    connection.execute(
        text(
            "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more "
            f"WHERE n < :last) INSERT INTO {table} ({', '.join(names)}) "
            f"SELECT {', '.join(values)} FROM more CROSS JOIN template t"
        ),
        {"last": copies - 1},
    )
    connection.execute(text("DROP TABLE template"))
