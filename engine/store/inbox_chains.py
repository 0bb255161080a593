"""Which Chains something waits in: what a retry or a discard over the Inbox is made of (P3)."""

from sqlalchemy import Connection

from engine.domain.inbox import InboxFilter
from engine.domain.inbox_place import SYSTEM
from engine.domain.values import dataclass
from engine.store import inbox
from engine.store.candidates import NOT_ATTEMPTED


@dataclass(frozen=True, slots=True)
class ChainWaiting:
    """What waits in one Chain: in which Sync Events, of which causes (None: of any)."""

    root: int
    events: tuple[int, ...]
    fingerprints: frozenset[str] | None


def chains(connection: Connection, wanted: InboxFilter) -> tuple[ChainWaiting, ...]:
    """The Chains in which records or kept scopes wait that a filter lets through."""
    events = [
        row
        for row in inbox.waiting(connection, wanted.link)
        if row.open_batches or row.open_records
    ]
    chosen = inbox.wanted_of(connection, wanted, events)
    found: dict[int, tuple[list[int], set[str]]] = {}
    for row in events:
        causes = chosen.of(row.id)
        mine = None if causes is None else set(causes)
        if mine is not None and row.open_batches:
            made = inbox.unattempted(row, 0, row.queued_at)
            mine |= {NOT_ATTEMPTED} if inbox.fits(made, row, chosen) else set()
        if mine is None or mine:
            ids, prints = found.setdefault(row.root, ([], set()))
            ids.append(row.id)
            prints |= mine or set()
    return tuple(
        ChainWaiting(
            root,
            tuple(ids),
            None if chosen.fingerprints is None else frozenset(prints),
        )
        for root, (ids, prints) in found.items()
    )


def stopped(connection: Connection, wanted: InboxFilter) -> tuple[int, ...]:
    """Sync Events of which a filter lets the System error through, where nothing else is open."""
    events = inbox.waiting(connection, wanted.link)
    chosen = inbox.wanted_of(connection, wanted, events)
    return tuple(
        row.id
        for row in events
        if not (row.open_batches or row.open_records)
        and inbox.others(connection, row, chosen, SYSTEM)
    )
