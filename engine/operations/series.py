"""Several retries left to an engine, one after another on each Link (P3, C5, X2)."""

from collections.abc import Sequence
from dataclasses import replace

from engine.domain.errors import Refused
from engine.domain.requests import Selection
from engine.domain.retry_plan import RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.operations.context import Context
from engine.operations.launch import ensure_engine
from engine.operations.queueing import queue_retry
from engine.store.refusals import LinkBusy


def start(context: Context, hashes: Sequence[str], options: RetryOptions) -> SyncEvent:
    """Queue these plans; the first child. What must wait for another of its Link is promised.

    Refused where none may begin; one that is refused keeps no other from its turn.
    """
    first: SyncEvent | None = None
    refused: Refused | None = None
    busy: set[str] = set()
    for hash_ in hashes:
        plan = context.store.retries.find(hash_)
        one = replace(options, plan=plan.hash)
        if plan.link in busy:
            context.store.promises.make(plan, one)
            continue
        try:
            child = queue_retry(context, str(plan.event), Selection(), one)
        except Refused as why:
            refused = refused or why
        else:
            busy.add(plan.link)
            first = first or child
    if first is None:
        raise refused or Refused("there is no plan to run; see: linkdeck plan")
    ensure_engine(context)
    return first


def keep(context: Context) -> tuple[int, ...]:
    """Queue what was promised and may begin now; the children."""
    begun = []
    for promise in context.store.promises.due():
        try:
            child = queue_retry(context, str(promise.event), Selection(), promise.options)
        except LinkBusy:
            continue
        except Refused as why:
            context.store.promises.drop(promise, why=str(why).splitlines()[0])
        else:
            context.store.promises.drop(promise)
            begun.append(child.id)
    return tuple(begun)
