"""The kept counters counted anew, from batches and Snapshots, and the identity proved (S3)."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, case, func, literal_column, select

from engine.domain.batch import BatchState
from engine.domain.requests import Finding
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import open_causes
from engine.store.books import batch_counts, record_counts
from engine.store.rows import AnyRow
from engine.store.tables import BATCH, EVENT, OPEN, SNAPSHOT

_REMEDY = "keep the store as it is, and report this with: linkdeck evidence"

_SUMS = ("written", "ignored", "failed", "warned", "in_doubt")
_STATES = {
    BatchState.COMPLETED: "completed",
    BatchState.FAILED: "failed_batches",
    BatchState.NOT_ATTEMPTED: "not_attempted",
    BatchState.IN_FLIGHT: "in_flight",
    BatchState.WAITING: "waiting",
}


@dataclass(frozen=True, slots=True)
class Miscount:
    """A counter of a Sync Event that is not what its rows say; `column` is where it is kept."""

    column: str
    kept: int
    found: int

    @property
    def said(self) -> str:
        """The counter in words."""
        return self.column.replace("_", " ")


def recounted(connection: Connection) -> Iterator[Finding]:
    """Every Sync Event whose books do not add up, or are not what its rows say."""
    count = _Count(connection)
    for row in connection.execute(select(EVENT).order_by(EVENT.c.id)):
        if record_counts(row).residual or batch_counts(row).residual:
            yield Finding(f"#{row.id}", "the books do not add up", _REMEDY)
        for each in count.miscounts(row):
            said = f"{each.said}: kept as {each.kept}, counted as {each.found}"
            yield Finding(f"#{row.id}", said, _REMEDY, fixable=True)
    for wrong in open_causes.miscounts(connection):
        said = f"{wrong.said}: kept as {wrong.kept}, counted as {wrong.found}"
        yield Finding(f"#{wrong.cause[0]}", said, _REMEDY, fixable=True)


def miscounts(connection: Connection, row: AnyRow) -> tuple[Miscount, ...]:
    """The counters of one Sync Event that are not what its rows say."""
    return tuple(_Count(connection, row.id).miscounts(row))


class _Count:
    """What the rows of all Sync Events say, or of one."""

    def __init__(self, connection: Connection, event: int | None = None) -> None:
        self._by_batches = _by_batches(connection, event)
        self._open_records = _open_records(connection, event)

    def miscounts(self, row: AnyRow) -> Iterator[Miscount]:
        counted = {**_nothing(), **self._by_batches.get(row.id, {})}
        if row.batches_purged_at is not None:
            counted = {}
        counted["open_records"] = self._open_records.get(row.id, 0)
        for name, found in counted.items():
            column = _column(row, name)
            # Of a Batch, what came from Snapshots counts as fetched.
            apart = row.from_snapshots if name == "fetched" else 0
            kept: int = row._asdict()[column]
            if kept + apart != found:
                yield Miscount(column, kept, found - apart)


def _column(row: AnyRow, name: str) -> str:
    return "would_write" if name == "written" and row.kind == Kind.TEST else name


def _nothing() -> dict[str, int]:
    return dict.fromkeys(
        ("planned", *_STATES.values(), *_SUMS, "fetched", "open_batches"), 0
    )


def _by_batches(connection: Connection, event: int | None) -> Mapping[int, dict[str, int]]:
    counts = {
        name: func.sum(case((BATCH.c.state == state.value, 1), else_=0))
        for state, name in _STATES.items()
    }
    sums = {name: func.sum(BATCH.c[name]) for name in _SUMS}
    query = select(
        BATCH.c.event,
        func.count().label("planned"),
        func.coalesce(func.sum(BATCH.c.fetched), 0).label("fetched"),
        func.sum(case((BATCH.c.open, 1), else_=0)).label("open_batches"),
        *(column.label(name) for name, column in (counts | sums).items()),
    ).group_by(BATCH.c.event)
    if event is not None:
        query = query.where(BATCH.c.event == event)
    return {row.event: _numbers(row) for row in connection.execute(query)}


def _numbers(row: AnyRow) -> dict[str, int]:
    values = row._asdict()
    return {name: int(value) for name, value in values.items() if name != "event"}


def _open_records(connection: Connection, event: int | None) -> Mapping[int, int]:
    query = (
        select(SNAPSHOT.c.event, func.count().label("open_records"))
        .where(literal_column(f"({OPEN})"))
        .group_by(SNAPSHOT.c.event)
    )
    if event is not None:
        query = query.where(SNAPSHOT.c.event == event)
    return {row.event: row.open_records for row in connection.execute(query)}
