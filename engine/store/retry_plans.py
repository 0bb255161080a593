"""Retry plans in the store: made in pieces, frozen with a hash, shown, and found again (P1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update

from engine.domain.errors import Refused
from engine.domain.requests import Page
from engine.domain.retry_plan import BatchItem, ItemClass, RecordItem, goes, plan_hash
from engine.domain.values import dataclass
from engine.store.cursors import cursor
from engine.store.numbers import RETRY_PLAN, taken
from engine.store.rows import AnyRow
from engine.store.stored_text import label_text, plain
from engine.store.tables import ITEM, PLAN

Item = BatchItem | RecordItem

ABANDONED = timedelta(hours=1)
"""How long a plan may be in the making; three million items take minutes."""

_COLUMNS = (
    "plan",
    "number",
    "event",
    "batch",
    "snapshot",
    "fingerprint",
    "class",
    "version",
    "label",
    "place",
)
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_MARKS = ", ".join("?" * len(_COLUMNS))

_OLDER_TWINS = text(
    "UPDATE plan_item SET class = 'superseded' WHERE plan = :plan AND number IN ("
    " SELECT number FROM (SELECT item.number AS number, row_number() OVER ("
    "  PARTITION BY kept.key_hash, kept.key ORDER BY kept.id DESC) AS age"
    "  FROM plan_item AS item JOIN snapshot AS kept ON kept.id = item.snapshot"
    "  WHERE item.plan = :plan AND kept.key IS NOT NULL) AS aged WHERE age > 1)"
)
"""A key stands in a plan once: the newest Snapshot goes, the older ones close with it (P1)."""


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What a plan is of, before its items: `said` is all else that is shown of it."""

    event: int
    link: str
    definition: str
    choice: str
    actor: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as stored."""

    id: int
    hash: str
    event: int
    link: str
    definition: str
    choice: str
    said: Mapping[str, Any]
    actor: str
    made_at: datetime
    used_by: int | None


def begun(connection: Connection, new: NewPlan) -> int:
    """An empty plan without a hash, which nobody can run yet."""
    _forget_abandoned(connection, new.made_at)
    number = taken(connection, RETRY_PLAN)
    row = {
        "id": number,
        "hash": "",
        "event": new.event,
        "link": new.link,
        "definition": new.definition,
        "choice": new.choice,
        "said": {},
        "actor": plain(new.actor),
        "made_at": new.made_at,
    }
    connection.execute(insert(PLAN), row)
    return number


def _forget_abandoned(connection: Connection, now: datetime) -> None:
    """Forget plans whose maker died before they were frozen: nobody can run or find them."""
    for plan in abandoned(connection, now):
        dropped(connection, plan)


def abandoned(connection: Connection, now: datetime) -> Sequence[int]:
    """Plans whose maker died before they were frozen."""
    unfrozen = select(PLAN.c.id).where(PLAN.c.hash == "", PLAN.c.made_at < now - ABANDONED)
    return connection.execute(unfrozen.order_by(PLAN.c.id)).scalars().all()


@dataclass(slots=True)
class Going:
    """Counts the records that go, in the order of their items; those of `include` go by name."""

    include: frozenset[ItemClass]
    records: int = 0

    def place(self, item: Item) -> int | None:
        """The place of a record in what is sent, unless something changes until then."""
        if isinstance(item, BatchItem) or not goes(item.item_class, self.include):
            return None
        self.records += 1
        return self.records - 1


def add_items(
    connection: Connection, plan: int, items: Iterable[Item], *, first: int, going: Going
) -> None:
    """These items, numbered from `first` on; straight through the driver, as there are many."""
    rows = [
        (*_row(plan, number, item), going.place(item))
        for number, item in enumerate(items, first)
    ]
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"INSERT INTO plan_item ({_NAMES}) VALUES ({_MARKS})", rows
        )
        return
    with connection.connection.cursor().copy(
        f"COPY plan_item ({_NAMES}) FROM STDIN"
    ) as copy:
        for row in rows:
            copy.write_row(row)


def thinned(connection: Connection, plan: int) -> None:
    """Every key once: older Snapshots of a key are superseded by its newest."""
    connection.execute(_OLDER_TWINS, {"plan": plan})


def counts(connection: Connection, plan: int) -> Mapping[ItemClass, int]:
    """Records of a plan by class."""
    query = (
        select(ITEM.c["class"], func.count().label("times"))
        .where(ITEM.c.plan == plan, ITEM.c.snapshot.is_not(None))
        .group_by(ITEM.c["class"])
    )
    return {ItemClass(name): times for name, times in connection.execute(query)}


def frozen(
    connection: Connection, plan: int, said: Mapping[str, Any], *, of: Sequence[str]
) -> str:
    """The plan with its hash: from here on it can be run, and never changes."""
    found = plan_hash((item.word for item in items(connection, plan)), of=of)
    kept = connection.execute(
        update(PLAN).where(PLAN.c.id == plan).values(hash=found, said=dict(said))
    )
    if not kept.rowcount:
        raise Refused("this plan took too long to make and was cleared away; plan again")
    return found


def dropped(connection: Connection, plan: int) -> None:
    """Forget a plan that nothing came of."""
    connection.execute(delete(ITEM).where(ITEM.c.plan == plan))
    connection.execute(delete(PLAN).where(PLAN.c.id == plan))


def by_hash(connection: Connection, said: str) -> KeptPlan:
    """The newest plan whose hash begins so; refused where there is none, or more than one."""
    if len(said) < _SHORTEST or not said.isalnum():
        raise Refused(
            f"'{said}' is no plan's hash: give at least its first {_SHORTEST} digits"
        )
    query = select(PLAN).where(PLAN.c.hash.startswith(said, autoescape=True))
    rows = connection.execute(query.order_by(PLAN.c.id.desc())).all()
    if not rows:
        raise Refused(
            f"there is no plan {said}; linkdeck plan EVENT makes one and prints its hash"
        )
    if len({row.hash for row in rows}) > 1:
        raise Refused(f"{len(rows)} plans begin with {said}; give more of the hash")
    return kept(rows[0])


_SHORTEST = 6


def kept(row: AnyRow) -> KeptPlan:
    """A plan's row as a value."""
    return KeptPlan(
        id=row.id,
        hash=row.hash,
        event=row.event,
        link=row.link,
        definition=row.definition,
        choice=row.choice,
        said=row.said,
        actor=row.actor,
        made_at=row.made_at,
        used_by=row.used_by,
    )


def items(connection: Connection, plan: int) -> Iterator[Item]:
    """Every item of a plan, in order, in constant memory."""
    query = select(ITEM).where(ITEM.c.plan == plan).order_by(ITEM.c.number)
    found = connection.execute(query, execution_options={"yield_per": 2000})
    for row in found:
        yield item(row)


def page(connection: Connection, plan: int, *, limit: int, after: str | None) -> Page[Item]:
    """A part of a plan's items."""
    start = -1 if after is None else cursor(after)
    query = (
        select(ITEM)
        .where(ITEM.c.plan == plan, ITEM.c.number > start)
        .order_by(ITEM.c.number)
        .limit(limit + 1)
    )
    rows = connection.execute(query).all()
    more = str(rows[limit - 1].number) if len(rows) > limit else None
    return Page(tuple(item(row) for row in rows[:limit]), more)


def item(row: AnyRow) -> Item:
    """An item's row as a value."""
    item_class = ItemClass(row._mapping["class"])  # noqa: SLF001 - a Row's public mapping
    if row.snapshot is None:
        return BatchItem(row.event, row.batch, row.fingerprint, item_class)
    return RecordItem(
        row.event, row.snapshot, row.label, row.fingerprint, item_class, row.version
    )


def _row(plan: int, number: int, item: Item) -> tuple[Any, ...]:
    said = (item.fingerprint, str(item.item_class))
    if isinstance(item, BatchItem):
        return (plan, number, item.event, item.batch, None, *said, "", "")
    label = label_text(item.label)
    return (plan, number, item.event, None, item.snapshot, *said, item.version, label)
