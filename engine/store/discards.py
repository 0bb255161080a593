"""Failures discarded: accounted for by a person's decision; nothing is deleted (I3)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, select, update

from engine.domain.errors import Refused
from engine.domain.inbox import Discarded
from engine.domain.outcome import Status
from engine.domain.requests import Selection
from engine.domain.snapshot import OPEN_STATES, RecordState
from engine.domain.values import dataclass
from engine.store import tallies, turns
from engine.store.audit import Act
from engine.store.books import RETRIES, add
from engine.store.candidates import events_below
from engine.store.choosing import open_batches, open_records, these
from engine.store.closing import DISCARD, Closure, close_batches, close_records, follow
from engine.store.database import Write
from engine.store.events import known
from engine.store.marks import Settle, settled
from engine.store.tables import EVENT, SNAPSHOT
from engine.store.underway import refuse_underway

CHUNK = 400
"""Snapshots or batches that are closed by one statement."""

DISCARDED_SYSTEM_ERROR = "the System error was discarded"

_CLOSURE = Closure(RecordState.DISCARDED, DISCARD)
_UNSETTLED = (Status.FAILED.value, Status.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Meant:
    """What is to be discarded of one Chain.

    `event`: what `selection` says of its subtree. `snapshots`, where given, are all that is meant.
    `only_open`: those among them that have closed since are passed over, not refused.
    """

    event: int
    selection: Selection = field(default_factory=Selection)
    snapshots: tuple[int, ...] | None = None
    only_open: bool = False

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it: a System error is discarded, too."""
        return self.snapshots is None and self.selection == Selection()

    @property
    def subject(self) -> str:
        """What the audit calls it."""
        if self.snapshots is None or self.only_open:
            return f"#{self.event}"
        more = len(self.snapshots) - 1
        return f"s{self.snapshots[0]}" + (f" and {more} more" if more else "")


@dataclass
class _Closed:
    records: int = 0
    batches: int = 0
    system: list[int] = field(default_factory=list)
    events: set[int] = field(default_factory=set)

    @property
    def nothing(self) -> bool:
        return not (self.records or self.batches or self.system)

    def count(self, name: str, counts: Mapping[int, int]) -> None:
        setattr(self, name, getattr(self, name) + sum(counts.values()))
        self.events |= set(counts)


def by_chain(connection: Connection, snapshots: Sequence[int]) -> tuple[Meant, ...]:
    """These Snapshots, a Chain at a time. Refused where there is none of a number."""
    query = select(SNAPSHOT.c.id, EVENT.c.root).join(EVENT, EVENT.c.id == SNAPSHOT.c.event)
    roots: dict[int, int] = {}
    for chunk in _chunks(snapshots):
        for row in connection.execute(query.where(SNAPSHOT.c.id.in_(chunk))):
            roots[row.id] = row.root
    chains: defaultdict[int, list[int]] = defaultdict(list)
    for number in dict.fromkeys(snapshots):
        if number not in roots:
            raise Refused(
                f"there is no Snapshot s{number}; linkdeck failures EVENT lists them"
            )
        chains[roots[number]].append(number)
    return tuple(Meant(root, snapshots=tuple(ids)) for root, ids in chains.items())


def take_turns(connection: Connection, meant: Sequence[Meant]) -> None:
    """The turn at the Links of all that is meant, before anything of it is touched."""
    events = [each.event for each in meant]
    links = select(EVENT.c.link).where(EVENT.c.id.in_(events))
    turns.take(connection, *connection.execute(links).scalars())


def discard(
    write: Write, meant: Meant, *, act: Act, now: datetime, settle: Settle
) -> tuple[Discarded, Act]:
    """Close all that is meant; what that did, and the act as the audit is to keep it.

    Refused where nothing is open of it, or where a plan that runs has taken it up.
    """
    connection = write.connection
    link = _locked(connection, meant.event)
    before = unsettled(connection, link)
    closed = _closed(connection, meant, link)
    if closed.nothing:
        raise Refused(_nothing(connection, meant))
    follow(connection, closed.events | set(closed.system), _CLOSURE)
    settled(connection, link, settle, now=now)
    completed = tuple(sorted(before - unsettled(connection, link)))
    detail = _detail(meant, closed, completed, link)
    done = Act(act.actor, act.action, meant.subject, act.reason, detail)
    events = tuple(sorted(closed.events | set(closed.system)))
    return Discarded(closed.records, closed.batches, events, completed), done


def _locked(connection: Connection, event: int) -> str:
    """The whole Chain, held until the transaction ends; its Link."""
    row = known(connection, event)
    # Children first, as a running retry takes them.
    chain = select(EVENT.c.id).where(EVENT.c.root == row.root).order_by(EVENT.c.id.desc())
    connection.execute(chain.with_for_update()).all()
    link: str = row.link
    return link


def unsettled(connection: Connection, link: str) -> frozenset[int]:
    """The Sync Events of a Link that are over and not completed."""
    query = select(EVENT.c.id).where(EVENT.c.status.in_(_UNSETTLED), EVENT.c.link == link)
    return frozenset(connection.execute(query).scalars())


def _closed(connection: Connection, meant: Meant, link: str) -> _Closed:
    closed = _Closed()
    for which in _records(connection, meant):
        refuse_underway(connection, link, records=which)
        closed.count("records", close_records(connection, which, _CLOSURE))
    if meant.snapshots is None:
        pairs = open_batches(connection, meant.event, meant.selection)
        for chunk in _chunks(pairs):
            some = these(chunk)
            refuse_underway(connection, link, batches=some)
            closed.count("batches", close_batches(connection, some, _CLOSURE))
    if meant.everything:
        closed.system = _close_system(connection, meant.event)
    return closed


def _records(connection: Connection, meant: Meant) -> list[ColumnElement[bool]]:
    if meant.snapshots is None:
        return [open_records(connection, meant.event, meant.selection)]
    if not meant.only_open:
        _refuse_closed(connection, meant.snapshots)
    return [SNAPSHOT.c.id.in_(chunk) for chunk in _chunks(meant.snapshots)]


def _refuse_closed(connection: Connection, snapshots: Sequence[int]) -> None:
    query = select(SNAPSHOT.c.id, SNAPSHOT.c.state).order_by(SNAPSHOT.c.id)
    for chunk in _chunks(sorted(snapshots)):
        for row in connection.execute(query.where(SNAPSHOT.c.id.in_(chunk))):
            refuse_settled(row.id, row.state, "discard")


def refuse_settled(snapshot: int, state: str, act: str) -> None:
    """Refused where a Snapshot does not wait for anybody any more."""
    if state not in {each.value for each in OPEN_STATES}:
        word = state.replace("_", " ")
        raise Refused(
            f"s{snapshot} is {word}; there is nothing to {act}. "
            f"linkdeck record s{snapshot} shows its journey"
        )


def _close_system(connection: Connection, event: int) -> list[int]:
    query = select(EVENT.c.id, EVENT.c.kind, EVENT.c.open_system).where(
        EVENT.c.id.in_(events_below(connection, event)), EVENT.c.open_system > 0
    )
    found = connection.execute(query).all()
    for row in found:
        connection.execute(update(EVENT).where(EVENT.c.id == row.id).values(open_system=0))
        if row.kind not in RETRIES:
            said = {DISCARDED_SYSTEM_ERROR: 1}
            tallies.count_reasons(connection, row.id, tallies.WARNING, said)
            add(connection, row.id, warnings=1)
    return [row.id for row in found]


def _nothing(connection: Connection, meant: Meant) -> str:
    row = known(connection, meant.event)
    if row.moved and meant.everything:
        moved = select(SNAPSHOT.c.closed_event).where(
            SNAPSHOT.c.event == meant.event,
            SNAPSHOT.c.state == RecordState.MOVED.value,
            SNAPSHOT.c.closed_event.is_not(None),
        )
        later = connection.execute(moved.order_by(SNAPSHOT.c.id.desc()).limit(1)).scalar()
        return f"#{meant.event} continues in #{later}; discard it there"
    what = "open" if meant.everything else "open that matches"
    return (
        f"nothing of #{meant.event} is {what}; "
        f"linkdeck failures {meant.event} shows what became of each"
    )


def _detail(
    meant: Meant, closed: _Closed, completed: tuple[int, ...], link: str
) -> dict[str, Any]:
    chosen = meant.selection
    said = {
        "fingerprints": list(chosen.fingerprints),
        "keys": list(chosen.keys),
        "tier": chosen.tier,
        "batch": chosen.batch,
        "stage": chosen.stage,
        "where": chosen.where,
    }
    named = () if meant.snapshots is None or meant.only_open else meant.snapshots
    return {
        "link": link,
        "event": meant.event,
        "events": sorted(closed.events | set(closed.system)),
        "records": closed.records,
        "batches": closed.batches,
        "system": bool(closed.system),
        "selection": {
            name: value for name, value in said.items() if value not in ([], None)
        },
        "snapshots": [f"s{number}" for number in named],
        "completed": list(completed),
    }


_Thing = TypeVar("_Thing")


def _chunks(things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
