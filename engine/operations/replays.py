"""Automated Replay: right after a run, what is likely to pass goes again by itself (C8)."""

from engine.domain.errors import Durability, ErrorClass, Refused
from engine.domain.link import AutomatedReplay, Definition
from engine.domain.outcome import Ending
from engine.domain.requests import Selection, Stop, Watch
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import Kind, SyncEvent
from engine.operations import alerts, errands, planning
from engine.operations.context import Context
from engine.operations.errands import Errand
from engine.operations.events import seen
from engine.operations.versions import Versions

WHY = "automated replay"
EVERYTHING = "all"


def replayed(
    context: Context,
    ended: SyncEvent,
    definition: Definition,
    *,
    stop: Stop,
    watch: Watch | None,
) -> SyncEvent:
    """The run after its Automated Replay, where its Link has one; else as it is.

    `ended` is the run itself, or one of its replays that was taken up after a crash; `definition`
    is what it ran with.
    """
    if not definition.link.automated_replay.enabled:
        return ended
    last = _replayed(context, ended, definition, stop=stop, watch=watch)
    alerts.after_run(context, definition, event=last.id, kind=last.kind)
    return last


def _replayed(
    context: Context,
    ended: SyncEvent,
    definition: Definition,
    *,
    stop: Stop,
    watch: Watch | None,
) -> SyncEvent:
    root = seen(context, ended.root)
    if root.kind not in (Kind.SYNC, Kind.PUSH) or root.ending is not Ending.DONE:
        return ended
    family = [seen(context, number) for number in root.descendants]
    passes = [each for each in family if each.kind is Kind.REPLAY]
    last = passes[-1] if passes else root
    for number in range(len(passes) + 1, definition.link.automated_replay.max_attempts + 1):
        if stop.asked or last.ending is not Ending.DONE:
            break
        errand = _next_pass(context, definition, root, last, number)
        if errand is None:
            break
        last = errands.run(context, errand, stop=stop, watch=watch)
    return seen(context, root.id)


def _next_pass(
    context: Context, definition: Definition, root: SyncEvent, last: SyncEvent, number: int
) -> Errand | None:
    policy = definition.link.automated_replay
    chosen = _to_replay(last, policy)
    if chosen is None:
        return None
    wanted = planning.Wanted(
        event=last.id, selection=chosen, actor=root.actor, choice=Choice.AS_RUN, loose=True
    )
    try:
        kept = planning.made(context, wanted, Versions(context, last.id))
    except Refused:
        return None
    return Errand(
        plan=kept,
        definition=definition,
        kind=Kind.REPLAY,
        actor=root.actor,
        reason=WHY,
        replay=f"{number} of {policy.max_attempts} of #{root.id}",
        last_chance=number == policy.max_attempts,
    )


def _to_replay(event: SyncEvent, policy: AutomatedReplay) -> Selection | None:
    """The failing records that may go again by themselves: those likely to pass (T6)."""
    if not event.open.records:
        return None
    fingerprints = tuple(
        group.fingerprint
        for group in event.errors
        if policy.records == EVERYTHING
        or group.durability is Durability.EPHEMERAL
        or group.error_class is ErrorClass.UNCLASSIFIED
    )
    return Selection(fingerprints=fingerprints) if fingerprints else None
