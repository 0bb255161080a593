"""Stopping a run, and saying whether a Link may run at all; always with a reason (P7)."""

from engine.domain.errors import Misused, Refused
from engine.domain.sync_event import SyncEvent
from engine.operations import definitions
from engine.operations.context import Context
from engine.operations.events import seen
from engine.recovery import mark


def cancel(context: Context, event: int, *, reason: str, actor: str) -> SyncEvent:
    """Ask a running Sync Event to end; one that nobody runs is ended here and now."""
    require(reason)
    before = seen(context, event)
    if before.status.over:
        raise Refused(f"#{event} is over ({before.status}); there is nothing to cancel")
    if context.store.queue.nobody_runs(event):
        context.store.end_dead(event, actor, reason, settle=mark.settle)
        return seen(context, event)
    context.store.request_cancel(event, actor, reason)
    return seen(context, event)


def set_enabled(
    context: Context, link: str, *, enabled: bool, reason: str, actor: str
) -> None:
    """Let a Link run, or keep it from running, whatever its file says."""
    require(reason)
    definition = definitions.as_written(context, link)
    context.store.set_enabled(definition.link.name, enabled, actor=actor, reason=reason)


def require(reason: str) -> None:
    """Every act that changes something carries its reason."""
    if not reason.strip():
        raise Misused("a reason is needed: --reason 'why'")
