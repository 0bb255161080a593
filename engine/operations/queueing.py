"""Runs put into the queue: opened here and now, refused here and now, run by an engine."""

from engine.domain.requests import RunOptions, Selection
from engine.domain.retry_plan import RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.operations import definitions, errands, launch, planning, retries, runs
from engine.operations.context import Context
from engine.operations.events import seen
from engine.store.events import nobody
from engine.store.refusals import LinkBusy


def queue_run(context: Context, link: str, options: RunOptions) -> SyncEvent:
    """A run of a Link, queued; an interrupted one that was asked for alike goes on instead.

    Refused where the Link is disabled or busy (LinkBusy).
    """
    definition = definitions.load(context, link)
    runs.refuse_disabled(context, definition)
    runs.refuse_delivered(context, definition)
    interrupted = context.store.interrupted(definition.link.name)
    if interrupted is not None:
        context.store.queue.free(interrupted.id, actor=options.actor)
        if runs.asked_the_same(interrupted, options):
            return seen(context, interrupted.id)
        launch.ensure_engine(context)
        raise LinkBusy(
            f"the {interrupted.kind} #{interrupted.id} of {interrupted.link} was interrupted and "
            f"goes on first; ask again once it is over, or: linkdeck cancel {interrupted.id}"
        )
    new, notes = runs.asked_for(context, definition, options)
    event = context.store.queue.put(new, notes=notes)
    runs.audit_window(context, event, options)
    return seen(context, event)


def queue_retry(
    context: Context, ref: str, selection: Selection, options: RetryOptions
) -> SyncEvent:
    """Retry Failures, queued: its plan is checked, frozen and started; the child.

    An interrupted retry of the same Chain goes on instead. Refused as `retries.retry` refuses.
    """
    number, only = planning.where(context, ref)
    event = seen(context, number)
    interrupted = retries.interrupted_retry(context, event, selection, options, only)
    if interrupted is not None:
        return queue_resume(context, interrupted, actor=options.actor)
    errand = retries.errand_of(context, event, selection, options, only)
    started = errands.start(context, errand, nobody(options.actor))
    for note in errands.left_out(started):
        context.store.warn(started.owned.event, note)
    return seen(context, started.owned.event)


def queue_resume(context: Context, event: int, *, actor: str) -> SyncEvent:
    """An interrupted Sync Event, to be finished; refused while its owner lives, or once over."""
    context.store.queue.free(event, actor=actor)
    return seen(context, event)
