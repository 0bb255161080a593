"""Sync Events looked at: one, many, one Batch of one."""

from collections.abc import Sequence

from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.domain.requests import BatchDetail, Page, Selection
from engine.domain.sync_event import Kind, SyncEvent
from engine.operations.context import Context


def seen(context: Context, event: int) -> SyncEvent:
    """One Sync Event. Raises Refused where there is none of that number."""
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
    return context.store.events(
        link=link,
        status=_word(status, [each.token for each in Status], "status"),
        kind=_word(kind, [each.value for each in Kind], "kind"),
        limit=limit,
        before=before,
    )


def batch(context: Context, event: int, index: int) -> BatchDetail:
    """One Batch with its failing records."""
    found = context.store.batches(event, index=index)
    if not found.items:
        raise Refused(f"#{event} has no batch {index}")
    records, _ = context.store.failures(event, Selection(batch=index))
    return BatchDetail(seen(context, event), found.items[0], records.items)


def _word(said: str | None, words: Sequence[str], what: str) -> str | None:
    if said is None:
        return None
    token = said.replace(" ", "_")
    if token not in words:
        raise Refused(f"'{said}' is no {what}; one of {', '.join(words)}")
    return token
