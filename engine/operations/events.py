"""Sync Events looked at: one, many, one Batch of one."""

from collections.abc import Sequence
from dataclasses import replace

from engine.domain.batch import BatchState
from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.domain.requests import BatchDetail, Page, Selection
from engine.domain.sync_event import BatchSeen, Kind, SyncEvent
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.engines import PATIENCE


def seen(context: Context, event: int) -> SyncEvent:
    """One Sync Event as people see it. Raises Refused where there is none of that number."""
    (told,) = honest(context, [masking.event(context, known(context, event))])
    return told


def known(context: Context, event: int) -> SyncEvent:
    """One Sync Event as it is stored, personal values and all."""
    found = context.store.event(event)
    if found is None:
        raise Refused(f"there is no Sync Event #{event}; linkdeck events lists them")
    return found


def listed(
    context: Context,
    *,
    link: str | None,
    status: str | None,
    kind: str | None,
    limit: int,
    before: int | None,
) -> Page[SyncEvent]:
    """Sync Events, newest first."""
    page = context.store.events(
        link=link,
        status=_word(status, [each.token for each in Status], "status"),
        kind=_word(kind, [each.value for each in Kind], "kind"),
        limit=limit,
        before=before,
    )
    shown = [masking.event(context, each) for each in page.items]
    return Page(honest(context, shown), page.next)


def honest(context: Context, events: Sequence[SyncEvent]) -> tuple[SyncEvent, ...]:
    """The same; those that nobody runs any more, or that nobody will take, say so."""
    if all(event.status.over for event in events):
        return tuple(events)
    orphans = context.store.queue.orphans()
    waiting = _unattended(context, events)
    return tuple(
        replace(event, abandoned=event.id in orphans, unattended=event.id in waiting)
        for event in events
    )


def _unattended(context: Context, events: Sequence[SyncEvent]) -> frozenset[int]:
    """Those that are queued for longer than an engine takes to begin, and there is none."""
    latest = context.clock() - PATIENCE
    waiting = frozenset(
        event.id
        for event in events
        if event.status is Status.QUEUED and event.queued_at < latest
    )
    if not waiting or context.store.engines.alive():
        return frozenset()
    return waiting & {event for event, _, _ in context.store.queue.waiting()}


def batch(context: Context, event: int, index: int) -> BatchDetail:
    """One Batch with its failing records."""
    found = context.store.batches(event, index=index)
    if not found.items:
        raise Refused(f"#{event} has no batch {index}")
    records, _ = context.store.failures(event, Selection(batch=index))
    of = seen(context, event)
    rules = masking.privacy(context, of)
    return BatchDetail(
        of,
        masking.batch(found.items[0], rules),
        tuple(masking.snapshot(each, rules) for each in records.items),
    )


def batches(
    context: Context, event: int, *, state: str | None, limit: int, after: str | None
) -> Page[BatchSeen]:
    """Batches of a Sync Event in order, their errors masked."""
    rules = masking.privacy(context, known(context, event))
    page = context.store.batches(
        event,
        state=_word(state, [each.value for each in BatchState], "state of a Batch"),
        limit=limit,
        after=after,
    )
    return Page(tuple(masking.batch(each, rules) for each in page.items), page.next)


def _word(said: str | None, words: Sequence[str], what: str) -> str | None:
    if said is None:
        return None
    token = said.replace(" ", "_")
    if token not in words:
        raise Refused(f"'{said}' is no {what}; one of {', '.join(words)}")
    return token
