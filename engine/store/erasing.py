"""One subject's data erased: Snapshots, deliveries, and whatever quotes them.

The rows stay, blank, so that the books still add up. The audit stays as it is: its chain cannot be
changed, and it holds no values; where a person named the key in it, that is said.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Text, func, or_, select, type_coerce, update

from engine.domain.batch import BatchState
from engine.domain.snapshot import OPEN_STATES
from engine.domain.values import dataclass
from engine.store.kept_errors import FIELDS
from engine.store.push_tables import DELIVERY
from engine.store.stored_text import decoded, label_text
from engine.store.tables import AUDIT, BATCH, EVENT, GROUP, ITEM, PLAN, REASON, SNAPSHOT
from engine.store.watch_tables import CAUSE, NOTE

ERASED = "(erased)"

CHUNK = 400

Match = Callable[[Any], bool]
"""Whether a record, as its source gave it, is the subject's."""

_SHORT = 4
_MESSAGE, _ATTEMPTS = FIELDS.index("message"), FIELDS.index("attempts")
_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder(list[bytes]).decode


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: the key as a person writes it, the Links, and how a raw record is known."""

    key: str
    links: tuple[str, ...]
    match: Match


@dataclass(frozen=True, slots=True)
class Found:
    """The Snapshots of a subject, those of them that are open, and the Sync Events they are in."""

    snapshots: tuple[int, ...]
    open: tuple[int, ...]
    events: tuple[int, ...]
    values: frozenset[str]


def find(connection: Connection, subject: Subject) -> Found:
    """Every Snapshot of the subject, with all that came before and after it on its journey."""
    rows = {row.id: row for row in _labelled(connection, subject)}
    rows |= {row.id: row for row in _unlabelled(connection, subject)}
    fresh = list(rows)
    while fresh:
        kin = {row.id: row for row in _kin(connection, fresh, rows)}
        fresh = [number for number in kin if number not in rows]
        rows |= kin
    values = frozenset(
        text
        for row in rows.values()
        for side in (row.before, row.after, row.edited)
        for text in _texts(side)
        if len(text) >= _SHORT
    )
    return Found(
        snapshots=tuple(sorted(rows)),
        open=tuple(sorted(row.id for row in rows.values() if row.state in OPEN_STATES)),
        events=tuple(sorted({row.event for row in rows.values()})),
        values=values | {subject.key},
    )


_COLUMNS = tuple(
    SNAPSHOT.c[name]
    for name in ("id", "event", "state", "previous", "before", "after", "edited")
)


def _of_links(subject: Subject) -> Any:
    return select(EVENT.c.id).where(EVENT.c.link.in_(subject.links))


def _labelled(connection: Connection, subject: Subject) -> Sequence[Row[Any]]:
    query = select(*_COLUMNS).where(
        SNAPSHOT.c.event.in_(_of_links(subject)),
        SNAPSHOT.c.label == label_text(subject.key),
    )
    return connection.execute(query).all()


def _unlabelled(connection: Connection, subject: Subject) -> Iterator[Row[Any]]:
    """Records that failed before their key was known: looked at one by one."""
    query = select(*_COLUMNS).where(
        SNAPSHOT.c.event.in_(_of_links(subject)),
        SNAPSHOT.c.key.is_(None),
        SNAPSHOT.c.before.is_not(None),
    )
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        if subject.match(_document(row.before)):
            yield row


def _kin(
    connection: Connection, fresh: Sequence[int], known: dict[int, Row[Any]]
) -> Iterator[Row[Any]]:
    """The Snapshots right before and right after these."""
    for chunk in _chunks(fresh):
        before = [known[number].previous for number in chunk if known[number].previous]
        query = select(*_COLUMNS).where(
            or_(SNAPSHOT.c.previous.in_(chunk), SNAPSHOT.c.id.in_(before))
        )
        yield from connection.execute(query)


def _document(raw: bytes | None) -> Any:
    return None if raw is None else decoded(bytes(raw).decode(errors="replace"))


def _texts(raw: bytes | None) -> Iterator[str]:
    try:
        yield from leaves(_document(raw))
    except ValueError:
        yield bytes(raw or b"").decode(errors="replace")


def leaves(document: Any) -> Iterator[str]:
    """Every single value of a document, as text."""
    match document:
        case dict():
            for value in document.values():
                yield from leaves(value)
        case list():
            for value in document:
                yield from leaves(value)
        case None | bool():
            return
        case _:
            yield str(document)


def blank(connection: Connection, found: Found) -> None:
    """The Snapshots without anything of the subject; their codes and classes stay."""
    empty = dict.fromkeys(
        ("before", "after", "edited", "key", "key_hash", "warnings", "blame", "held")
    )
    for chunk in _chunks(found.snapshots):
        these = SNAPSHOT.c.id.in_(chunk)
        rows = connection.execute(
            select(SNAPSHOT.c.id, SNAPSHOT.c.errors).where(these)
        ).all()
        connection.execute(update(SNAPSHOT).where(these).values(label=ERASED, **empty))
        for row in rows:
            if row.errors:
                said = [_unsaid(error) for error in row.errors]
                mine = update(SNAPSHOT).where(SNAPSHOT.c.id == row.id)
                connection.execute(mine.values(errors=said))
        connection.execute(
            update(ITEM).where(ITEM.c.snapshot.in_(chunk)).values(label=ERASED)
        )


def _unsaid(error: Sequence[Any]) -> list[Any]:
    kept = list(error)
    kept[_MESSAGE] = ERASED
    kept[_ATTEMPTS] = [[number, ERASED, wait] for number, _, wait in kept[_ATTEMPTS]]
    return kept


def scrub(connection: Connection, subject: Subject, found: Found) -> None:
    """Sentences that quote the subject, wherever its Sync Events keep them."""
    hide = _Hiding(found.values)
    of_links = _of_links(subject)
    among = GROUP.c.event.in_(found.events) | GROUP.c.message.contains(
        subject.key, autoescape=True
    )
    groups = select(GROUP).where(GROUP.c.event.in_(of_links), among)
    prints = set()
    for row in connection.execute(groups).all():
        prints.add(row.fingerprint)
        _rewrite(connection, GROUP, row, "message", hide, ("event", "tier", "fingerprint"))
    for chunk in _chunks(sorted(prints)):
        causes = select(CAUSE).where(CAUSE.c.fingerprint.in_(chunk))
        for row in connection.execute(causes).all():
            _rewrite(connection, CAUSE, row, "message", hide, ("fingerprint", "link"))
    quotes = REASON.c.event.in_(found.events) | REASON.c.text.contains(
        subject.key, autoescape=True
    )
    reasons = select(REASON).where(REASON.c.event.in_(of_links), quotes)
    for row in connection.execute(reasons).all():
        _rewrite(connection, REASON, row, "text", hide, ("event", "kind", "digest"))
    _scrub_batches(connection, found, hide)
    _scrub_plans(connection, subject, hide)


def _rewrite(
    connection: Connection,
    table: Any,
    row: Row[Any],
    column: str,
    hide: "_Hiding",
    keys: Sequence[str],
) -> None:
    values = row._mapping  # noqa: SLF001 - a Row's public mapping
    said = hide(values[column])
    if said != values[column]:
        mine = [table.c[name] == values[name] for name in keys]
        connection.execute(update(table).where(*mine).values({column: said}))


def _scrub_batches(connection: Connection, found: Found, hide: "_Hiding") -> None:
    """Errors of whole Batches, and what senders were told of each record."""
    query = select(BATCH.c.event, BATCH.c.number, BATCH.c.error, BATCH.c.told).where(
        BATCH.c.event.in_(found.events),
        or_(BATCH.c.error.is_not(None), BATCH.c.told.is_not(None)),
    )
    for row in connection.execute(query).all():
        values = {"error": hide.inside(row.error), "told": hide.inside(row.told)}
        mine = (BATCH.c.event == row.event, BATCH.c.number == row.number)
        connection.execute(update(BATCH).where(*mine).values(**values))


def _scrub_plans(connection: Connection, subject: Subject, hide: "_Hiding") -> None:
    """What plans were narrowed to."""
    query = select(PLAN.c.id, PLAN.c.said).where(
        PLAN.c.link.in_(subject.links),
        type_coerce(PLAN.c.said, Text).contains(subject.key, autoescape=True),
    )
    for row in connection.execute(query).all():
        said = {**row.said, "selection": hide.inside(row.said.get("selection"))}
        connection.execute(update(PLAN).where(PLAN.c.id == row.id).values(said=said))


class _Hiding:
    """Values hidden in sentences; short ones only where they stand alone."""

    def __init__(self, values: Collection[str]) -> None:
        ranked = sorted(values, key=len, reverse=True)
        parts = [
            re.escape(each) if len(each) >= _SHORT else rf"(?<!\w){re.escape(each)}(?!\w)"
            for each in ranked
            if each
        ]
        self._values = re.compile("|".join(parts)) if parts else None

    def __call__(self, said: str) -> str:
        return self._values.sub(ERASED, said) if self._values else said

    def inside(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        match value:
            case str():
                return self(value)
            case list():
                return [self.inside(each) for each in value]
            case dict():
                return {name: self.inside(each) for name, each in value.items()}
            case int() if not isinstance(value, bool):
                return ERASED if self(str(value)) == ERASED else value
            case _:
                return value


def deliveries(connection: Connection, subject: Subject) -> tuple[int, int]:
    """The subject's records in stored payloads made null; in how many, and how many wait still."""
    query = select(DELIVERY).where(
        DELIVERY.c.link.in_(subject.links), DELIVERY.c.body.is_not(None)
    )
    changed = waiting = 0
    for row in connection.execute(query, execution_options={"yield_per": 100}).all():
        records = _UNPACK(row.body)
        kept = [b"null" if _is(subject, each) else each for each in records]
        if kept == records:
            continue
        if _in_use(connection, row):
            waiting += 1
            continue
        changed += 1
        mine = update(DELIVERY).where(DELIVERY.c.id == row.id)
        connection.execute(mine.values(body=_PACK(kept)))
    return changed, waiting


def _is(subject: Subject, record: bytes) -> bool:
    try:
        return subject.match(_document(record))
    except ValueError:
        return False


def _in_use(connection: Connection, row: Row[Any]) -> bool:
    """Whether a Batch may still be made of it."""
    if row.batch is None:
        return True
    unfinished = (BatchState.WAITING.value, BatchState.IN_FLIGHT.value)
    query = select(func.count()).where(
        BATCH.c.event == row.event,
        BATCH.c.number >= row.batch,
        or_(BATCH.c.state.in_(unfinished), BATCH.c.open),
    )
    times: int = connection.execute(query).scalar_one()
    return times > 0


def named_in_audit(connection: Connection, subject: Subject) -> tuple[int, ...]:
    """Rows of the audit in which a person named the key; they cannot be changed."""
    said = [
        type_coerce(column, Text).contains(subject.key, autoescape=True)
        for column in (AUDIT.c.reason, AUDIT.c.detail)
    ]
    if len(subject.key) < _SHORT:
        return ()
    query = select(AUDIT.c.seq).where(or_(*said)).order_by(AUDIT.c.seq).limit(20)
    return tuple(connection.execute(query).scalars())


def named_in_notes(connection: Connection, subject: Subject) -> tuple[str, ...]:
    """Causes whose note names the key."""
    if len(subject.key) < _SHORT:
        return ()
    query = select(NOTE.c.fingerprint).where(
        NOTE.c.note.contains(subject.key, autoescape=True)
    )
    return tuple(connection.execute(query).scalars())


def _chunks(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
