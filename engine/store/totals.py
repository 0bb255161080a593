"""Totals that only grow: what Sync Events came to, added up as each ends.

They outlive the Sync Events themselves, and cost nothing to read, however many there were.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store.tables import EVENT, GROUP
from engine.store.watch_tables import TOTAL

EVENTS = "sync_events"
RECORDS = "records"
BATCHES = "batches"
ERRORS = "errors"
TRIES = "failed_tries"
WAITS = "waited_ms"
LASTED = "lasted"
"""Sync Events by how long they took: at most so many seconds, by bucket."""
LASTED_MS = "lasted_ms"
CLOSED = "failures_closed"

BUCKETS = (1, 5, 15, 60, 300, 900, 3600, 14400)
ENDLESS = "+Inf"

_OF_RECORDS = (
    "fetched",
    "from_snapshots",
    "written",
    "would_write",
    "ignored",
    "failed",
    "warned",
    "in_doubt",
)
_OF_BATCHES = {
    "completed": "completed",
    "failed_batches": "failed",
    "not_attempted": "not_attempted",
}
_ACTIVE = (Status.QUEUED.value, Status.RUNNING.value)

_ADD = text(
    "INSERT INTO metric_total (name, link, kind, detail, value)"
    " VALUES (:name, :link, :kind, :detail, :value) ON CONFLICT (name, link, kind, detail)"
    " DO UPDATE SET value = metric_total.value + excluded.value"
)


@dataclass(frozen=True, slots=True)
class Total:
    """One sum; `detail` says what of: an outcome, a state, `tier/class/severity`, a bucket."""

    name: str
    link: str
    kind: str
    detail: str
    value: int


def ended(connection: Connection, row: Row[Any]) -> None:
    """Add a Sync Event that has just ended."""
    outcome = Status(row.outcome).token
    found = [
        Total(EVENTS, row.link, row.kind, outcome, 1),
        *_duration(row),
        *_counted(row),
        *_errors(connection, [row.id]),
    ]
    add(connection, found)


def add(connection: Connection, totals: Iterable[Total]) -> None:
    """Add to the sums."""
    # In one order, so that two that add at once take turns.
    rows = sorted(
        (each.name, each.link, each.kind, each.detail, each.value)
        for each in totals
        if each.value
    )
    if rows:
        names = ("name", "link", "kind", "detail", "value")
        connection.execute(_ADD, [dict(zip(names, row, strict=True)) for row in rows])


def totals(connection: Connection) -> Iterator[Total]:
    """All sums, with what the runs under way have done until now."""
    for row in connection.execute(select(TOTAL)):
        yield Total(row.name, row.link, row.kind, row.detail, row.value)
    running = connection.execute(select(EVENT).where(EVENT.c.status.in_(_ACTIVE))).all()
    for row in running:
        yield from _counted(row)
    yield from _errors(connection, [row.id for row in running])


def _duration(row: Row[Any]) -> Iterator[Total]:
    lasted = (row.finished_at - (row.started_at or row.queued_at)).total_seconds()
    lasted = max(lasted, 0.0)
    bucket = next((str(each) for each in BUCKETS if lasted <= each), ENDLESS)
    yield Total(LASTED, row.link, row.kind, bucket, 1)
    yield Total(LASTED_MS, row.link, row.kind, "", round(lasted * 1000))


def _counted(row: Row[Any]) -> Iterator[Total]:
    values = row._mapping  # noqa: SLF001 - a Row's public mapping
    for name in _OF_RECORDS:
        yield Total(RECORDS, row.link, row.kind, name, values[name])
    for name, state in _OF_BATCHES.items():
        yield Total(BATCHES, row.link, row.kind, state, values[name])
    yield Total(TRIES, row.link, row.kind, "", row.failed_tries)
    yield Total(WAITS, row.link, row.kind, "", row.waited_ms)


def _errors(connection: Connection, events: list[int]) -> Iterator[Total]:
    severity = func.coalesce(GROUP.c.severity, EVENT.c.severity)
    query = (
        select(
            EVENT.c.link,
            EVENT.c.kind,
            GROUP.c.tier,
            GROUP.c.error_class,
            severity.label("severity"),
            func.sum(GROUP.c.times).label("times"),
        )
        .join(EVENT, EVENT.c.id == GROUP.c.event)
        .where(GROUP.c.event.in_(events), EVENT.c.kind != Kind.TEST.value)
        .group_by(EVENT.c.link, EVENT.c.kind, GROUP.c.tier, GROUP.c.error_class, severity)
    )
    for row in connection.execute(query):
        detail = f"{row.tier}/{row.error_class}/{row.severity}"
        yield Total(ERRORS, row.link, row.kind, detail, int(row.times))
