"""Links listed with how they stand, and why their mark is where it is."""

from collections.abc import Mapping
from pathlib import Path

from engine.domain.delta import ChangeFilter, Mark
from engine.domain.errors import LinkdeckError
from engine.domain.gate import judged
from engine.domain.link import Definition
from engine.domain.requests import Explanation, Held
from engine.domain.sync_event import LinkSeen, OpenCounts, SyncEvent
from engine.operations import definitions, masking
from engine.operations.context import Context
from engine.operations.events import honest, seen
from engine.operations.schedules import Timely, next_run, timely
from engine.recovery import mark
from engine.traits import source_traits


def links(context: Context) -> tuple[LinkSeen, ...]:
    """Every Link of the folder, by name, with its last Sync Event, mark and open failures."""
    stored = context.store.link_states()
    lasts = [masking.event(context, last) for last, _, _ in stored.values() if last]
    last_of = {event.link: event for event in honest(context, lasts)}
    states = {
        link: (last_of.get(link), moved_to, waiting)
        for link, (_, moved_to, waiting) in stored.items()
    }
    kept = timely(context)
    listed = [_seen(context, path, states, kept) for path in definitions.files(context)]
    return tuple(sorted(listed, key=lambda link: link.name))


State = tuple[SyncEvent | None, Mark | None, OpenCounts]


def _seen(
    context: Context, path: Path, states: Mapping[str, State], kept: Timely
) -> LinkSeen:
    try:
        definition = definitions.load(context, str(path))
    except LinkdeckError as problem:
        return _unloadable(path, str(problem).splitlines()[0], states)
    link = definition.link
    last, moved_to, waiting = states.get(link.name, (None, None, OpenCounts()))
    said = context.store.enabled(link.name)
    return LinkSeen(
        name=link.name,
        label=link.label,
        path=str(path),
        enabled=link.enabled if said is None else said,
        severity=link.severity.value,
        owner=link.owner,
        last=last,
        mark=moved_to.value if moved_to else None,
        open=waiting,
        next=next_run(context, link, kept, context.clock()),
    )


def _unloadable(path: Path, problem: str, states: Mapping[str, State]) -> LinkSeen:
    """A Link that cannot run as its file stands; what it did before is still known."""
    from engine.definition.siblings import name_in

    name = name_in(path) or path.stem
    last, moved_to, waiting = states.get(name, (None, None, OpenCounts()))
    return LinkSeen(
        name=name,
        label="",
        path=str(path),
        enabled=False,
        severity="",
        owner=None,
        problem=problem,
        last=last,
        mark=moved_to.value if moved_to else None,
        open=waiting,
    )


def explain(context: Context, link: str) -> Explanation:
    """Why Last Successful Sync is where it is, and which failures hold it there."""
    definition = definitions.load(context, link)
    name = definition.link.name
    verdict = context.store.verdict(name, mark.settle)
    return Explanation(
        link=name,
        mark=verdict.mark,
        held_by=tuple(_held(context, event) for event in verdict.held_by),
        would_move_to=verdict.would_move_to,
        notes=(*_drift(context, name), *_notes(context, definition)),
        next=next_run(context, definition.link, timely(context), context.clock()),
        gate=judged(context.store.gates.data(name), now=context.clock()),
    )


def _held(context: Context, event: int) -> Held:
    """What is open of it, wherever in its Chain that is by now."""
    holding = seen(context, event)
    chain = (holding, *(seen(context, each) for each in holding.descendants))
    return Held(
        event,
        sum(each.open.batches for each in chain),
        sum(each.open.records for each in chain),
    )


def _drift(context: Context, link: str) -> tuple[str, ...]:
    """What M5 keeps where it is: a page that was not the planned one when it was fetched again."""
    events = context.store.drifted(link)
    if not events:
        return ()
    named = ", ".join(f"#{number}" for number in events)
    return (
        f"a page of {named} had drifted when it was fetched again, so Last Successful Sync "
        "stays; the next run fetches from there",
    )


def _notes(context: Context, definition: Definition) -> tuple[str, ...]:
    adapter = context.catalogue["source"][definition.link.source.adapter]
    traits = source_traits(definition, adapter)
    notes = []
    if traits.change_filter is ChangeFilter.NONE:
        notes.append(
            "the source has no change filter: every run fetches everything, "
            "and there is no Last Successful Sync"
        )
    if not traits.tells_drift:
        notes.append(
            "the source gives no total: whether a page has drifted between a run and its "
            "retry cannot be told"
        )
    return tuple(notes)
