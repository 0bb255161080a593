"""The status table of a target: what those downstream of it are told of each load.

It is written when a run starts and again when it is over, with what that changed in earlier Sync
Events of the Link. Where it cannot be written the run is none the worse: that is a Warning, and
the next run writes what is missing.
"""

from dataclasses import replace
from typing import Any

from engine import worker
from engine.domain.adapter import TargetContext
from engine.domain.errors import SyncError
from engine.domain.link import Definition
from engine.domain.load_status import Reporting, status_of
from engine.domain.outcome import Status
from engine.domain.sync_event import Kind, SyncEvent
from engine.operations.context import Context

_RECENT = 50


def report(context: Context, setup: worker.Setup) -> None:
    """Tell those downstream how this Sync Event and its kin stand; never raises SyncError."""
    definition, event = setup.definition, setup.event
    if setup.test or not issubclass(setup.target, Reporting):
        return
    now = context.store.event(event)
    if now is None:
        return
    made: Any = setup.target(definition.link.target.options, _context(definition, now))
    try:
        if made.reports():
            made.report([status_of(each) for each in _kin(context, now)])
    except SyncError as failure:
        why = worker.redactor(definition.secrets)(failure.message)
        context.store.warn(event, f"the status table was not written: {why}")
    finally:
        made.close()


def _kin(context: Context, event: SyncEvent) -> list[SyncEvent]:
    """The Sync Event, its Chain, and the Link's latest: what its end may have closed."""
    store = context.store
    found = {each.id: each for each in store.events(link=event.link, limit=_RECENT).items}
    root = store.event(event.root)
    for number in (event.id, event.root, *(root.descendants if root else ())):
        if number not in found and (each := store.event(number)) is not None:
            found[number] = each
    return [
        each
        for each in found.values()
        if each.kind is not Kind.TEST and each.status is not Status.QUEUED
    ]


def _context(definition: Definition, event: SyncEvent) -> TargetContext:
    target = definition.link.target
    # While it runs, the run itself will find out soon enough that the target is not there.
    patience = 1 if event.finished_at is None else target.retry.max_attempts
    return TargetContext(
        link=definition.link.name,
        key=definition.link.key,
        folder=definition.folder,
        system=target.system,
        retry=replace(target.retry, max_attempts=patience),
        event=event.id,
    )
