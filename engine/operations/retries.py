"""Retry Failures: a plan that is made, shown, and run once (C1-C6, P1-P6)."""

from collections.abc import Mapping

from engine.domain.errors import Refused
from engine.domain.requests import Selection, Stop, Watch
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions, RetryPlan
from engine.domain.sync_event import Kind, SyncEvent
from engine.operations import errands, planning, runs
from engine.operations.context import Context
from engine.operations.errands import Errand
from engine.operations.events import seen
from engine.operations.versions import Versions
from engine.store.retry_plans import KeptPlan


def plan(
    context: Context,
    ref: str,
    selection: Selection,
    *,
    choice: Choice | None,
    include: frozenset[ItemClass],
    simulate: bool,
    actor: str,
) -> RetryPlan:
    """Freeze what a retry would touch, and show it; nothing else changes (P1)."""
    event, only = planning.where(context, ref)
    wanted = planning.Wanted(
        event=event,
        selection=selection,
        actor=actor,
        choice=choice or Choice.CURRENT,
        include=include,
        only=only,
        simulate=simulate,
    )
    return planning.told(context, wanted)


def retry(
    context: Context,
    ref: str,
    selection: Selection,
    options: RetryOptions,
    *,
    stop: Stop,
    watch: Watch | None,
) -> SyncEvent:
    """Run the plan that is given, or the one made now; the child as it then stands."""
    number, only = planning.where(context, ref)
    event = seen(context, number)
    interrupted = interrupted_retry(context, event, selection, options, only)
    if interrupted is not None:
        return runs.resume(
            context, interrupted, actor=options.actor, stop=stop, watch=watch
        )
    errand = errand_of(context, event, selection, options, only)
    return errands.run(context, errand, stop=stop, watch=watch)


def errand_of(
    context: Context,
    event: SyncEvent,
    selection: Selection,
    options: RetryOptions,
    only: planning.Only,
) -> Errand:
    """The plan that is given, or the one made now, ready to be run."""
    versions = Versions(context, event.id)
    planning.refuse_unfit(event)
    if options.plan is None:
        _refuse_unchosen(event.id, versions, options.definition)
        wanted = _wanted(event.id, selection, options, only)
        kept = planning.made(context, wanted, versions)
    else:
        kept = _given(context, event.id, selection, options, only)
    definition = versions.chosen(Choice(kept.choice))
    if definition.hash != kept.definition:
        raise Refused(
            f"the definition of '{kept.link}' changed since the plan {kept.hash[:12]} was made; "
            f"linkdeck plan {event.id} makes a new one"
        )
    runs.refuse_disabled(context, definition)
    said = frozenset(ItemClass(name) for name in kept.said["include"])
    errand = Errand(
        plan=kept,
        definition=definition,
        kind=Kind.RETRY,
        actor=options.actor,
        reason=options.reason,
        include=said | options.include,
        canary=options.canary,
    )
    _refuse_nothing(kept, errand.include)
    return errand


def _wanted(
    event: int, selection: Selection, options: RetryOptions, only: planning.Only
) -> planning.Wanted:
    return planning.Wanted(
        event=event,
        selection=selection,
        actor=options.actor,
        choice=options.definition or Choice.CURRENT,
        include=options.include,
        only=only,
    )


def _refuse_unchosen(event: int, versions: Versions, choice: Choice | None) -> None:
    """Where the definition changed since, somebody must have chosen (P6)."""
    compared = versions.compared(choice)
    if choice is None and not compared.same:
        raise Refused(_two_definitions(event, compared.as_run, compared.current))


def _given(
    context: Context,
    event: int,
    selection: Selection,
    options: RetryOptions,
    only: planning.Only,
) -> KeptPlan:
    """The plan of a hash; refused where it is of something else than what is asked for."""
    kept = context.store.retries.find(options.plan or "")
    if kept.event != event:
        raise Refused(
            f"the plan {kept.hash[:12]} is of #{kept.event}, not of #{event}; "
            f"linkdeck retry {kept.event} --plan {kept.hash[:12]}"
        )
    narrowed = selection != Selection() or (
        only is not None and only.single != kept.said["selection"]["only"]
    )
    if narrowed:
        raise Refused(
            "a plan has its selection in it; leave the selection out, or make another plan"
        )
    if options.definition is not None and options.definition.value != kept.choice:
        raise Refused(
            f"the plan {kept.hash[:12]} goes with the {kept.choice} definition; make "
            f"another: linkdeck plan {event} --definition {options.definition.value}"
        )
    return kept


def _two_definitions(event: int, as_run: str, current: str | None) -> str:
    now = current[:12] if current else "not loadable"
    return (
        f"the definition changed since #{event} ran: as-run {as_run[:12]}, current {now}; "
        "say which: --definition as-run or --definition current"
    )


def _refuse_nothing(kept: KeptPlan, include: frozenset[ItemClass]) -> None:
    counts: Mapping[str, int] = kept.said["counts"]
    going = sum(
        counts.get(each, 0) for each in (ItemClass.SAFE, ItemClass.UNKNOWN, *include)
    )
    closing = counts.get(ItemClass.EQUAL, 0) + counts.get(ItemClass.SUPERSEDED, 0)
    if kept.said["batches"] or going or closing:
        return
    left = ", ".join(f"{times} {name}" for name, times in counts.items() if times)
    hints = []
    if counts.get(ItemClass.CHANGED) or counts.get(ItemClass.GONE):
        hints.append("changed and gone ones go with --include")
    if counts.get(ItemClass.NO_SNAPSHOT):
        hints.append("no value was kept of those without a Snapshot (snapshots: none)")
    if counts.get(ItemClass.IN_DOUBT):
        hints.append("those in doubt wait for: linkdeck resolve")
    raise Refused(f"nothing of this plan may go: {left}; {'; '.join(hints)}")


def interrupted_retry(
    context: Context,
    event: SyncEvent,
    selection: Selection,
    options: RetryOptions,
    only: planning.Only,
) -> int | None:
    """The interrupted retry of this Chain, to be finished first; refused with another selection."""
    found = context.store.interrupted(event.link)
    if found is None or found.root != event.root or found.id == found.root:
        return None
    asked = options.plan or options.canary or options.include or options.definition
    if selection != Selection() or only is not None or asked:
        raise Refused(
            f"the retry #{found.id} of this Chain was interrupted: linkdeck resume {found.id}, "
            f"or: linkdeck cancel {found.id} --reason …"
        )
    return found.id
