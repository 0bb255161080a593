"""Ten thousand Sync Events and millions of Snapshots: no screen reads a table from end to end."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, func, literal_column, select

from engine.domain.snapshot import RecordState
from engine.store.closing import DISCARD, Closure, close_records
from engine.store.store import Store
from engine.store.tables import GROUP, OPEN, SNAPSHOT
from tests.store.asked import questions
from tests.store.crowd import Crowd, fill

MANY = Crowd(events=210, batches=3, failing=10)
LARGE = ("snapshot", "batch", "sync_event", "error_group")
"""The tables that grow with every run."""

_WHOLE = re.compile(rf"(?:SCAN|Seq Scan on) ({'|'.join(LARGE)})\b(?! USING)")

ALLOWED = {"Links": {"sync_event"}, "Sync Events, newest": {"sync_event"}}
"""The newest run of every Link takes a row for each run and nothing else; the newest runs are read
in the order of their numbers, which SQLite calls a scan, and no further than a page."""


@contextmanager
def plans() -> Iterator[list[str]]:
    """What the database says of how it answers each query asked meanwhile."""
    said: list[str] = []

    def explain(
        connection: sa.Connection, cursor: Any, query: str, bound: Any, *_: Any
    ) -> None:
        del cursor
        if not query.lstrip().startswith(("SELECT", "WITH")):
            return
        raw = connection.connection.cursor()
        if connection.dialect.name == "sqlite":
            raw.execute(f"EXPLAIN QUERY PLAN {query}", bound)
            said.extend(row[3] for row in raw.fetchall())
        else:
            # Where there is an index for it, it is taken, however small the table.
            raw.execute("SET LOCAL enable_seqscan = off")
            raw.execute(f"EXPLAIN {query}", bound)
            said.extend(row[0] for row in raw.fetchall())
        raw.close()

    event.listen(sa.Engine, "before_cursor_execute", explain)
    try:
        yield said
    finally:
        event.remove(sa.Engine, "before_cursor_execute", explain)


def read_whole(ask: Callable[[], Any]) -> set[str]:
    """The large tables that a question reads from end to end."""
    with plans() as said:
        ask()
    return {found[1] for line in said if (found := _WHOLE.search(line))}


def test_every_query_of_the_console_finds_its_rows_by_an_index(store: Store) -> None:
    fill(store, MANY)
    whole = {name: read_whole(ask) for name, ask in questions(store, MANY).items()}
    astray = {name: whole[name] - ALLOWED.get(name, set()) for name in whole}

    assert {name: tables for name, tables in astray.items() if tables} == {}


def test_how_much_waits_is_kept_and_not_counted(store: Store) -> None:
    """Some have closed, of several routes: only what is kept by cause still tells."""
    fill(store, MANY)
    some = select(SNAPSHOT.c.id).where(SNAPSHOT.c.state == "open").limit(7)
    with store._database.writing() as write:
        numbers = write.connection.execute(some).scalars().all()
        done = Closure(RecordState.DISCARDED, DISCARD)
        close_records(write.connection, SNAPSHOT.c.id.in_(numbers), done)
        other = GROUP.update().where(GROUP.c.fingerprint.startswith("cause 1"))
        write.connection.execute(other.values(route="review"))

    with plans() as said:
        scraped = store.upkeep.inbox_routes()
        shown = store.desk.counts()

    assert scraped == shown.routes
    assert (len(scraped), sum(scraped.values())) == (2, _open(store))
    assert [line for line in said if "snapshot" in line] == []


def _open(store: Store) -> int:
    query = select(func.count()).where(literal_column(f"({OPEN})"))
    with store._database.reading() as connection:
        return int(connection.execute(query.select_from(SNAPSHOT)).scalar_one())


def test_a_table_read_from_end_to_end_is_noticed(store: Store) -> None:
    fill(store, Crowd(events=3, batches=1, failing=2))

    def count() -> None:
        with store._database.reading() as connection:
            connection.execute(sa.text("SELECT sum(position) FROM snapshot")).all()

    assert read_whole(count) == {"snapshot"}
