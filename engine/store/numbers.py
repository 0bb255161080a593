"""Numbers given out by us: Sync Events and Snapshots, never used twice."""

from sqlalchemy import Connection, bindparam, select, update

from engine.store.tables import COUNTER

SYNC_EVENT = "sync_event"
SNAPSHOT = "snapshot"
RETRY_PLAN = "retry_plan"

_TAKE = (
    update(COUNTER)
    .where(COUNTER.c.name == bindparam("counter"))
    .values(value=COUNTER.c.value + bindparam("count"))
)
_LAST = select(COUNTER.c.value).where(COUNTER.c.name == bindparam("counter"))


def taken(connection: Connection, counter: str, count: int = 1) -> int:
    """The first of `count` new numbers in a row; the transaction holds the counter from here."""
    connection.execute(_TAKE, {"counter": counter, "count": count})
    last: int = connection.execute(_LAST, {"counter": counter}).scalar_one()
    return last - count + 1
