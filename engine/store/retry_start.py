"""A plan started: the child opened, its batches planned, what needs no sending closed - at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, text, update

from engine.domain.batch import BatchState, Job, Scope
from engine.domain.errors import Refused
from engine.domain.inbox import edit_version
from engine.domain.parking import at_once
from engine.domain.retry_plan import BY_NAME, GOES, ItemClass
from engine.domain.snapshot import RecordState
from engine.domain.values import dataclass
from engine.store import events, turns, uncertain
from engine.store.books import add
from engine.store.candidates import LOST
from engine.store.closing import EQUAL, IS_OPEN, SUPERSEDED, Closure, close_records, follow
from engine.store.database import Write
from engine.store.events import NewEvent, Owned, Owner
from engine.store.kept_errors import FIELDS
from engine.store.retry_plans import KeptPlan
from engine.store.retrying import RECORDS
from engine.store.rows import AnyRow
from engine.store.tables import BATCH, EVENT, ITEM, PLAN, SNAPSHOT

FIRST_BATCH = 1
_CODE = FIELDS.index("code")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan is run: which classes go by name, how many records a Batch takes.

    `canary` items of each fingerprint go first, where it is set. `unsafe`: the target does not
    take the same write twice without harm.
    """

    include: frozenset[ItemClass]
    batch_size: int
    canary: int | None
    unsafe: bool


@dataclass(frozen=True, slots=True)
class Started:
    """The child in its owner's hands, its jobs, and what was left out since the plan was made."""

    owned: Owned
    jobs: tuple[Job, ...]
    dropped: Mapping[str, int]
    closed: int


def started(
    write: Write, plan: KeptPlan, new: NewEvent, owner: Owner, terms: Terms
) -> Started:
    """The retry opened with exactly the plan's items; refused where the plan has run already."""
    connection = write.connection
    turns.take(connection, plan.link)
    _refuse_used(connection, plan)
    owned = events.opened(write, new, owner)
    child = owned.event
    connection.execute(
        update(PLAN)
        .where(PLAN.c.id == plan.id)
        .values(used_by=child, said={**plan.said, "canary": terms.canary})
    )
    dropped = _drop_changed(connection, plan)
    closed = _close_unsent(connection, plan, child)
    _place(connection, plan, terms)
    jobs = _planned(connection, plan, child, terms)
    values = {"plan": plan.id, "planning_complete": True}
    connection.execute(update(EVENT).where(EVENT.c.id == child).values(**values))
    return Started(owned, jobs, dropped, closed)


def _refuse_used(connection: Connection, plan: KeptPlan) -> None:
    query = select(PLAN.c.used_by).where(PLAN.c.id == plan.id).with_for_update()
    used = connection.execute(query).scalar()
    if used is not None:
        raise Refused(
            f"the plan {plan.hash[:12]} was run as #{used}, and a plan runs once; "
            f"linkdeck plan {plan.event} makes a new one"
        )


_SINCE = {
    "closed since": "closed since the plan was made",
    "edited since": "edited since the plan was made",
}


def _drop_changed(connection: Connection, plan: KeptPlan) -> dict[str, int]:
    """Items that are not as they were when the plan was made, each with its reason (P2)."""
    closed, edited = _changed(connection, plan)
    scope = (
        select(BATCH.c.number)
        .where(BATCH.c.event == ITEM.c.event, BATCH.c.number == ITEM.c.batch, BATCH.c.open)
        .exists()
    )
    gone = ITEM.c.batch.is_not(None) & ~scope
    left = {
        _SINCE["closed since"]: _drop(connection, plan, closed, _SINCE["closed since"])
        + _mark(connection, plan, gone, _SINCE["closed since"]),
        _SINCE["edited since"]: _drop(connection, plan, edited, _SINCE["edited since"]),
    }
    return {why: times for why, times in left.items() if times}


def _changed(connection: Connection, plan: KeptPlan) -> tuple[list[int], list[int]]:
    """The items whose records are open no longer, and those edited since; one look at each."""
    query = (
        select(ITEM.c.number, ITEM.c.version, SNAPSHOT.c.edited, IS_OPEN.label("open"))
        .join(SNAPSHOT, SNAPSHOT.c.id == ITEM.c.snapshot, isouter=True)
        .where(
            ITEM.c.plan == plan.id,
            ITEM.c.snapshot.is_not(None),
            or_(
                SNAPSHOT.c.id.is_(None),
                ~IS_OPEN,
                SNAPSHOT.c.edited.is_not(None),
                ITEM.c.version != "",
            ),
        )
    )
    rows = connection.execute(query).all()
    closed = [row.number for row in rows if not row.open]
    edited = [
        row.number for row in rows if row.open and edit_version(row.edited) != row.version
    ]
    return closed, edited


def _drop(connection: Connection, plan: KeptPlan, numbers: Sequence[int], why: str) -> int:
    return sum(
        _mark(connection, plan, ITEM.c.number.in_(chunk), why) for chunk in _chunks(numbers)
    )


def _mark(
    connection: Connection, plan: KeptPlan, which: ColumnElement[bool], why: str
) -> int:
    times: int = connection.execute(
        update(ITEM)
        .where(ITEM.c.plan == plan.id, ITEM.c.dropped.is_(None), which)
        .values(dropped=why)
    ).rowcount
    return times


def _close_unsent(connection: Connection, plan: KeptPlan, child: int) -> int:
    """What the target has already, and older failures of a key that goes in a newer version."""
    closed = 0
    touched: set[int] = set()
    for item_class, state, way in (
        (ItemClass.EQUAL, RecordState.EQUAL, EQUAL),
        (ItemClass.SUPERSEDED, RecordState.SUPERSEDED, SUPERSEDED),
    ):
        if not plan.said["counts"].get(item_class):
            continue
        chosen = select(ITEM.c.snapshot).where(
            ITEM.c.plan == plan.id,
            ITEM.c["class"] == item_class.value,
            ITEM.c.dropped.is_(None),
        )
        counts = close_records(
            connection, SNAPSHOT.c.id.in_(chosen), Closure(state, way, child)
        )
        closed += sum(counts.values())
        touched |= set(counts)
    root = connection.execute(select(EVENT.c.root).where(EVENT.c.id == child)).scalar_one()
    others = select(EVENT.c.id).where(EVENT.c.id.in_(touched), EVENT.c.root != root)
    follow(
        connection,
        list(connection.execute(others).scalars()),
        Closure(RecordState.EQUAL, EQUAL, child),
    )
    return closed


def _sent(plan: KeptPlan, terms: Terms) -> tuple[ColumnElement[bool], ...]:
    classes = [each.value for each in (*GOES, *(BY_NAME & terms.include))]
    return (
        ITEM.c.plan == plan.id,
        ITEM.c.snapshot.is_not(None),
        ITEM.c.dropped.is_(None),
        ITEM.c["class"].in_(classes),
    )


def _place(connection: Connection, plan: KeptPlan, terms: Terms) -> None:
    """Count the records that are sent, canaries first, then fingerprint by fingerprint."""
    if terms.canary is None and _is_placed(connection, plan, terms):
        return
    has_one = (ITEM.c.plan == plan.id, ITEM.c.place.is_not(None))
    connection.execute(update(ITEM).where(*has_one).values(place=None))
    number = func.row_number().over(partition_by=ITEM.c.fingerprint, order_by=ITEM.c.number)
    ranked = (
        select(ITEM.c.number, ITEM.c.fingerprint, number.label("rank"))
        .where(*_sent(plan, terms))
        .subquery()
    )
    order: list[ColumnElement[Any]]
    if terms.canary is None:
        order = [ranked.c.number]
    else:
        order = [ranked.c.rank > terms.canary, ranked.c.fingerprint, ranked.c.number]
    placed = select(
        ranked.c.number, (func.row_number().over(order_by=order) - 1).label("place")
    ).subquery()
    connection.execute(
        update(ITEM)
        .where(ITEM.c.plan == plan.id, ITEM.c.number == placed.c.number)
        .values(place=placed.c.place)
    )


def _is_placed(connection: Connection, plan: KeptPlan, terms: Terms) -> bool:
    """Whether exactly what is sent has a place, without a gap: it was counted with the plan."""
    sums = (func.count(), func.count(ITEM.c.place), func.max(ITEM.c.place))
    sent, placed, last = connection.execute(select(*sums).where(*_sent(plan, terms))).one()
    everything = (ITEM.c.plan == plan.id, ITEM.c.place.is_not(None))
    of_plan = connection.execute(select(func.count()).where(*everything)).scalar_one()
    return bool(sent == placed == of_plan == (0 if last is None else last + 1))


def _planned(
    connection: Connection, plan: KeptPlan, child: int, terms: Terms
) -> tuple[Job, ...]:
    """The child's batches: failed scopes first, as they are fresh; then slices of the Snapshots."""
    rows = [*_refetched(connection, plan, terms), *_slices(connection, plan, terms)]
    if terms.canary is not None:
        rows.sort(key=lambda row: "canary" not in row["scope"])
    for number, row in enumerate(rows, FIRST_BATCH):
        row |= {"event": child, "number": number}
    if rows:
        connection.execute(insert(BATCH), rows)
    add(connection, child, planned=len(rows), waiting=len(rows))
    connection.execute(
        update(EVENT).where(EVENT.c.id == child).values(next_batch=FIRST_BATCH + len(rows))
    )
    return tuple(Job(row["number"], row["scope"], row["started"]) for row in rows)


def _waiting(scope: Scope, event: int, batch: int, *, started: bool) -> dict[str, Any]:
    origin = scope.get("of")
    return {
        "scope": dict(scope),
        "origin": origin if isinstance(origin, str) else None,
        "state": BatchState.WAITING.value,
        "started": started,
        "open": False,
        "retries_event": event,
        "retries_batch": batch,
        **dict.fromkeys(_COUNTS, 0),
    }


_COUNTS = ("written", "ignored", "failed", "warned", "in_doubt", "attempts")


def _refetched(
    connection: Connection, plan: KeptPlan, terms: Terms
) -> Iterator[dict[str, Any]]:
    query = (
        select(
            BATCH.c.event, BATCH.c.number, BATCH.c.scope, BATCH.c.error, ITEM.c.fingerprint
        )
        .join(
            ITEM,
            (ITEM.c.event == BATCH.c.event) & (ITEM.c.batch == BATCH.c.number),
        )
        .where(ITEM.c.plan == plan.id, ITEM.c.dropped.is_(None))
        .order_by(ITEM.c.number)
    )
    sent: dict[str, int] = {}
    for row in connection.execute(query).all():
        lost = bool(row.error) and row.error[_CODE] in LOST
        doubtful = (lost or uncertain.uncertain(row.scope)) and terms.unsafe
        scope = dict(uncertain.without(at_once(row.scope)))
        scope.pop("canary", None)
        scope.pop("after_canary", None)
        if terms.canary is not None:
            sent[row.fingerprint] = sent.get(row.fingerprint, 0) + 1
            first = sent[row.fingerprint] <= terms.canary
            scope["canary" if first else "after_canary"] = row.fingerprint
        yield _waiting(scope, row.event, row.number, started=doubtful)


def _slices(
    connection: Connection, plan: KeptPlan, terms: Terms
) -> Iterator[dict[str, Any]]:
    for first, last, more in _stretches(connection, plan, terms):
        for start in range(first, last + 1, terms.batch_size):
            end = min(start + terms.batch_size, last + 1) - 1
            scope = {
                "plan": plan.id,
                "first": start,
                "last": end,
                "what": f"records {start + 1}-{end + 1} of the plan {plan.hash[:8]}",
                **more,
            }
            if terms.unsafe:
                scope["unsafe"] = True
            yield _waiting(scope, plan.event, RECORDS, started=False)


def _stretches(
    connection: Connection, plan: KeptPlan, terms: Terms
) -> Sequence[tuple[int, int, dict[str, str]]]:
    """Places that may share a Batch: all of them; with canaries, those of one fingerprint."""
    placed = (ITEM.c.plan == plan.id, ITEM.c.place.is_not(None))
    if terms.canary is None:
        last = connection.execute(select(func.max(ITEM.c.place)).where(*placed)).scalar()
        return [] if last is None else [(0, last, {})]
    rank = func.row_number().over(partition_by=ITEM.c.fingerprint, order_by=ITEM.c.place)
    ranked = (
        select(ITEM.c.fingerprint, ITEM.c.place, (rank > terms.canary).label("later"))
        .where(*placed)
        .subquery()
    )
    query = (
        select(
            ranked.c.fingerprint,
            ranked.c.later,
            func.min(ranked.c.place).label("first"),
            func.max(ranked.c.place).label("last"),
        )
        .group_by(ranked.c.fingerprint, ranked.c.later)
        .order_by(text("first"))
    )
    rows = cast("Sequence[AnyRow]", connection.execute(query).all())
    return [
        (row.first, row.last, {"after_canary" if row.later else "canary": row.fingerprint})
        for row in rows
    ]


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), 400):
        yield numbers[start : start + 400]
