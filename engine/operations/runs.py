"""Running a Link: the Sync Event opened before anything is asked; resumed after a crash (X1)."""

from pathlib import Path

from engine.domain.batch import Job
from engine.domain.errors import Refused
from engine.domain.link import Definition
from engine.domain.requests import RunOptions, Stop, Watch
from engine.domain.sync_event import Kind, SyncEvent
from engine.operations import definitions, windows
from engine.operations.conduct import Begun, conduct
from engine.operations.context import Context
from engine.operations.replays import replayed
from engine.store.events import NewEvent, Owned
from engine.traits import source_traits


def run(
    context: Context, link: str, options: RunOptions, *, stop: Stop, watch: Watch | None
) -> SyncEvent:
    """Run a Link once; an interrupted Sync Event of it is finished first."""
    definition = definitions.load(context, link)
    refuse_disabled(context, definition)
    refuse_delivered(context, definition)
    interrupted = context.store.interrupted(definition.link.name)
    if interrupted is not None:
        finished = resume(
            context, interrupted.id, actor=options.actor, stop=stop, watch=watch
        )
        if stop.asked or asked_the_same(interrupted, options):
            return finished
    ended = conduct(context, _begun(context, definition, options), stop=stop, watch=watch)
    return replayed(context, ended, definition, stop=stop, watch=watch)


def resume(
    context: Context, event: int, *, actor: str, stop: Stop, watch: Watch | None
) -> SyncEvent:
    """Finish an interrupted Sync Event with the definition it began with (D1)."""
    owned = context.store.adopt_event(event, context.owner(actor))
    return finish(context, owned, stop=stop, watch=watch)


def finish(context: Context, owned: Owned, *, stop: Stop, watch: Watch | None) -> SyncEvent:
    """Run what is stored of a Sync Event to its end: one queued, interrupted or left."""
    from engine.definition import loader

    stored = context.store.plan_of(owned.event)
    definition = loader.from_stored(
        stored.text,
        path=Path(stored.path),
        folder=Path(stored.folder),
        catalogue=context.catalogue,
        environ=context.settings.environ,
    )
    jobs = tuple(
        Job(index, scope, uncertain=started) for index, scope, started in stored.pending
    )
    begun = Begun(
        owned=owned,
        definition=definition,
        kind=stored.kind,
        window=stored.window,
        limit=context.settings.batch_limit,
        pending=jobs if stored.planned or stored.kind is Kind.PUSH else None,
        takes=stored.kind is Kind.PUSH and not stored.planned,
        first_new=stored.next_index,
        resumed=stored.resumed,
        # A Batch that ends the process it is in may only end a worker from now on.
        executor="processes" if stored.deadly else stored.options.get("executor"),
    )
    ended = conduct(context, begun, stop=stop, watch=watch)
    if ended.kind is Kind.RETRY:
        return ended
    return replayed(context, ended, definition, stop=stop, watch=watch)


def refuse_disabled(context: Context, definition: Definition) -> None:
    """Refused where this Link may not run; an operator's word counts before the file's."""
    link = definition.link
    said = context.store.enabled(link.name)
    if said is False or (said is None and not link.enabled):
        raise Refused(
            f"the Link '{link.name}' is disabled; linkdeck enable {link.name} --reason …"
        )


def refuse_delivered(context: Context, definition: Definition) -> None:
    """Refused where there is nobody to fetch from: records are delivered to this Link (C9)."""
    link = definition.link
    if definitions.takes_deliveries(context, definition):
        raise Refused(
            f"nothing can be fetched for '{link.name}': its records are delivered by "
            f"POST /links/{link.name}/records, to: linkdeck engine"
        )


def asked_the_same(event: SyncEvent, options: RunOptions) -> bool:
    """Whether an interrupted Sync Event is the run that is asked for now."""
    kind = Kind.TEST if options.test else Kind.SYNC
    said = {name: each for name, each in event.options.items() if name != "executor"}
    wanted = {name: each for name, each in _kept(options).items() if name != "executor"}
    return event.kind is kind and said == wanted


def _kept(options: RunOptions) -> dict[str, object]:
    """The options a Sync Event keeps, by which a resume knows itself."""
    said = {
        "full": options.full,
        "test": options.test,
        "since": options.since,
        "until": options.until,
        "executor": options.executor,
    }
    return {name: value for name, value in said.items() if value}


def _begun(context: Context, definition: Definition, options: RunOptions) -> Begun:
    """The Sync Event opened in the store, before any network call."""
    limit = context.settings.batch_limit
    new, notes = asked_for(context, definition, options)
    owned = context.store.open_event(new, context.owner(options.actor))
    audit_window(context, owned.event, options)
    return Begun(
        owned=owned,
        definition=definition,
        kind=new.kind,
        window=new.window,
        limit=limit,
        executor=options.executor,
        notes=notes,
    )


def asked_for(
    context: Context, definition: Definition, options: RunOptions
) -> tuple[NewEvent, tuple[str, ...]]:
    """What a run opens, with its window fixed; and what there is to say about that."""
    chosen = _window(context, definition, options)
    new = NewEvent(
        link=definition.link.name,
        kind=Kind.TEST if options.test else Kind.SYNC,
        definition=definition,
        actor=options.actor,
        reason=options.reason,
        options=_kept(options),
        window=chosen.window,
        queued_at=context.clock(),
        moves=chosen.moves and not options.test,
        slot=options.slot,
    )
    return new, chosen.notes


def audit_window(context: Context, event: int, options: RunOptions) -> None:
    """A replayed window is an act of a person (M4)."""
    if options.since is not None:
        context.store.audit(
            actor=options.actor,
            action="replay window",
            subject=f"#{event}",
            reason=options.reason,
            detail=_kept(options),
        )


def _window(
    context: Context, definition: Definition, options: RunOptions
) -> windows.Chosen:
    source = definition.link.source
    adapter = context.catalogue["source"][source.adapter]
    traits = source_traits(definition, adapter)
    return windows.choose(
        options,
        traits=traits,
        lookback=source.lookback,
        mark=context.store.mark(definition.link.name),
        source_hash=source.block_hash,
        now=context.clock(),
    )
