"""Slots of schedules: each comes once, whoever sees it first."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from engine.domain.schedule import SlotState
from engine.store.refusals import SlotTaken
from engine.store.schedule_tables import SLOT

KEPT = timedelta(days=30)
"""How long it is remembered what became of a slot."""


def taken(connection: Connection, link: str, slot: datetime, event: int) -> None:
    """The slot became this Sync Event; SlotTaken where it has become something already."""
    if not _open(connection, link, slot):
        raise SlotTaken(
            f"what {link} was due for at {slot:%Y-%m-%d %H:%M} UTC has been seen to"
        )
    _put(connection, link, slot, SlotState.QUEUED, event=event)


def passed_over(connection: Connection, link: str, slot: datetime, note: str) -> bool:
    """There is no run for this slot; false where that, or a run, was known already."""
    if not _open(connection, link, slot):
        return False
    _put(connection, link, slot, SlotState.SKIPPED, note=note)
    return True


def waits(connection: Connection, link: str, slot: datetime, note: str) -> None:
    """The run of this slot waits; those before it that waited have become one with it."""
    if _open(connection, link, slot):
        _put(connection, link, slot, SlotState.WAITING, note=note)


def given_up(connection: Connection, link: str, note: str) -> None:
    """What waited does so no longer, and gets no run."""
    connection.execute(
        update(SLOT)
        .where(SLOT.c.link == link, SLOT.c.state == SlotState.WAITING.value)
        .values(state=SlotState.SKIPPED.value, note=note)
    )


def _open(connection: Connection, link: str, slot: datetime) -> bool:
    """Whether nobody has seen to it: it is new, or waits."""
    state = connection.execute(select(SLOT.c.state).where(_this(link, slot))).scalar()
    return state in (None, SlotState.WAITING.value)


def _put(
    connection: Connection,
    link: str,
    slot: datetime,
    state: SlotState,
    *,
    event: int | None = None,
    note: str | None = None,
) -> None:
    connection.execute(delete(SLOT).where(_this(link, slot)))
    row = {"link": link, "slot": slot, "state": state.value, "event": event, "note": note}
    connection.execute(insert(SLOT), row)
    merged = and_(SLOT.c.link == link, SLOT.c.slot < slot)
    waiting = SLOT.c.state == SlotState.WAITING.value
    connection.execute(
        update(SLOT)
        .where(merged, waiting)
        .values(state=SlotState.MERGED.value, note="a later one stands for it")
    )
    connection.execute(delete(SLOT).where(merged, SLOT.c.slot < slot - KEPT))


def _this(link: str, slot: datetime) -> Any:
    return and_(SLOT.c.link == link, SLOT.c.slot == slot)
