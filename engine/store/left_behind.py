"""What a retry that was stopped left behind, and whether all of it has closed since (C4)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, text

from engine.domain.batch import BatchState
from engine.store.tables import BATCH

_LEFT = select(BATCH.c.scope, BATCH.c.retries_event, BATCH.c.retries_batch).where(
    BATCH.c.event == bindparam("this_event"),
    BATCH.c.retries_event.is_not(None),
    or_(
        BATCH.c.state == BatchState.NOT_ATTEMPTED.value,
        # Snapshots whose Batch failed as a whole stay open where they were.
        and_(
            BATCH.c.state == BatchState.FAILED.value,
            BATCH.c.fetched.is_(None),
            BATCH.c.retries_batch == 0,
        ),
    ),
)
"""Batches of a retry that settled nothing of what they were made of."""

_OPEN_SCOPE = text(
    "WITH RECURSIVE went (event, number) AS ("
    " SELECT event, number FROM batch WHERE event = :event AND number = :number"
    " UNION SELECT batch.event, batch.number FROM batch"
    "  JOIN went ON batch.retries_event = went.event AND batch.retries_batch = went.number"
    "  WHERE batch.event IN (SELECT id FROM sync_event WHERE root = :root AND id > :event))"
    " SELECT 1 FROM batch JOIN went ON batch.event = went.event"
    "  AND batch.number = went.number WHERE batch.open LIMIT 1"
)
"""A kept scope, or what a later retry kept of it."""

_IN_SLICE = (
    " IN (SELECT snapshot FROM plan_item"
    " WHERE plan = :plan AND place BETWEEN :first AND :last) LIMIT 1"
)
_STATES = "(state = 'open' OR state = 'unmet' OR state = 'in_doubt')"
_OPEN_RECORD = text(f"SELECT 1 FROM snapshot WHERE {_STATES} AND id {_IN_SLICE}")
_WENT_ON = text(
    f"SELECT 1 FROM snapshot WHERE (state = 'carried' OR state = 'moved') AND id {_IN_SLICE}"
)
_OPEN_ELSEWHERE = text(
    "WITH RECURSIVE earlier (id) AS ("
    " SELECT snapshot.previous FROM snapshot"
    "  JOIN sync_event ON sync_event.id = snapshot.event"
    f" WHERE sync_event.link = :link AND sync_event.open_records > 0 AND {_STATES}"
    "  AND snapshot.previous IS NOT NULL"
    " UNION SELECT snapshot.previous FROM snapshot JOIN earlier ON snapshot.id = earlier.id"
    "  WHERE snapshot.previous IS NOT NULL)"
    f" SELECT 1 FROM earlier WHERE id {_IN_SLICE}"
)
"""A record that went on, open where it went: found from there, back along its journey."""


def settled(connection: Connection, retry: Row[Any]) -> bool | None:
    """Whether all that this retry left behind has closed; None: it left nothing behind.

    `retry` is its row, with `id`, `root` and `link`.
    """
    found = connection.execute(_LEFT, {"this_event": retry.id})
    rows = cast("Sequence[Row[Any]]", found.all())
    if not rows:
        return None
    scopes = [row for row in rows if "plan" not in row.scope]
    slices = _merged(row.scope for row in rows if "plan" in row.scope)
    return not (
        any(_scope_open(connection, retry.root, row) for row in scopes)
        or any(_records_open(connection, retry.link, each) for each in slices)
    )


def _scope_open(connection: Connection, root: int, row: Row[Any]) -> bool:
    where = {"event": row.retries_event, "number": row.retries_batch, "root": root}
    return connection.execute(_OPEN_SCOPE, where).first() is not None


def _records_open(connection: Connection, link: str, part: Mapping[str, int]) -> bool:
    if connection.execute(_OPEN_RECORD, part).first() is not None:
        return True
    if connection.execute(_WENT_ON, part).first() is None:
        return False
    found = connection.execute(_OPEN_ELSEWHERE, {**part, "link": link})
    return found.first() is not None


def _merged(scopes: Iterable[Mapping[str, Any]]) -> Sequence[dict[str, int]]:
    """Slices of the plan as the fewest stretches."""
    merged: list[dict[str, int]] = []
    for scope in sorted(scopes, key=lambda each: int(each["first"])):
        if merged and merged[-1]["last"] + 1 == scope["first"]:
            merged[-1]["last"] = scope["last"]
        else:
            merged.append({name: scope[name] for name in ("plan", "first", "last")})
    return merged
