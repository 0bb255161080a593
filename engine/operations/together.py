"""Failures of several Chains planned and retried together: a plan and a child each (P3)."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import partial

from engine.domain.errors import Misused, Refused
from engine.domain.inbox import Discarded, InboxFilter
from engine.domain.requests import Selection, Stop, Watch
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.domain.together import ChainRefused, Plans, Retried, Taken
from engine.domain.values import dataclass
from engine.operations import planning, retries
from engine.operations.context import Context
from engine.operations.control import require
from engine.operations.events import known
from engine.operations.planning import Picked, Wanted
from engine.recovery import mark
from engine.store.discards import Meant

_SNAPSHOT = re.compile(r"s[0-9]{1,18}", re.ASCII)
_SCOPE = re.compile(r"#?([0-9]{1,18})\.([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is meant of one Chain: of which Sync Event a plan is made, and of what."""

    event: int
    selection: Selection = field(default_factory=Selection)
    picked: Picked | None = None


def plans(
    context: Context,
    taken: Taken,
    *,
    choice: Choice | None,
    include: frozenset[ItemClass],
    simulate: bool,
    actor: str,
) -> Plans:
    """A plan for each Chain that is meant; what cannot be planned is told, Chain by Chain."""
    made, refused = [], []
    for event, find in _chains(context, taken):
        try:
            meant = find()
            wanted = Wanted(
                event=meant.event,
                selection=meant.selection,
                actor=actor,
                choice=choice or Choice.CURRENT,
                include=include,
                only=meant.picked,
                simulate=simulate,
            )
            made.append(planning.told(context, wanted))
        except Refused as why:
            refused.append(_refused(context, event, why))
    return Plans(tuple(made), tuple(refused))


def retry(
    context: Context,
    hashes: Sequence[str],
    options: RetryOptions,
    *,
    stop: Stop,
    watch: Watch | None,
) -> Retried:
    """Run these plans one after another; one that is refused does not keep the others."""
    ended: list[SyncEvent] = []
    refused: list[ChainRefused] = []
    for hash_ in hashes:
        event = context.store.retries.find(hash_).event
        if stop.asked:
            refused.append(_refused(context, event, Refused("it was not begun: stopped")))
            continue
        one = replace(options, plan=hash_)
        try:
            ended.append(
                retries.retry(context, str(event), Selection(), one, stop=stop, watch=watch)
            )
        except Refused as why:
            refused.append(_refused(context, event, why))
    return Retried(tuple(ended), tuple(refused))


def discard(context: Context, taken: Taken, *, reason: str, actor: str) -> Discarded:
    """Close all that is meant, of every Chain or of none."""
    require(reason)
    meant = list(_discarded(context, taken))
    if not meant:
        raise Refused("nothing that waits matches; linkdeck inbox lists what there is")
    return context.store.desk.discard(meant, actor=actor, reason=reason, settle=mark.settle)


def _discarded(context: Context, taken: Taken) -> Iterator[Meant]:
    if taken.inbox is not None:
        for chain in context.store.retries.chains(taken.inbox):
            prints = tuple(sorted(chain.fingerprints or ()))
            keys = (taken.inbox.key,) if taken.inbox.key is not None else ()
            yield Meant(chain.root, Selection(fingerprints=prints, keys=keys))
        yield from map(Meant, context.store.retries.stopped(taken.inbox))
        return
    named = [int(ref[1:]) for ref in taken.refs if _SNAPSHOT.fullmatch(ref)]
    yield from context.store.desk.by_chain(named)
    for ref in dict.fromkeys(taken.refs):
        if scope := _SCOPE.fullmatch(ref):
            yield Meant(int(scope[1]), Selection(tier="batch", batch=int(scope[2])))
        elif not _SNAPSHOT.fullmatch(ref):
            yield Meant(context.event_number(ref))


def _refused(context: Context, event: int, why: Refused) -> ChainRefused:
    return ChainRefused(event, known(context, event).link, str(why).splitlines()[0])


_Find = Callable[[], _Meant]


def _chains(context: Context, taken: Taken) -> Iterator[tuple[int, _Find]]:
    """The Chains that are meant: by a Sync Event of each, and what finds out what is meant."""
    if taken.inbox is not None:
        if taken.refs:
            raise Misused("name Sync Events and Snapshots, or the Inbox; not both")
        yield from _of_inbox(context, taken.inbox, taken.selection)
        return
    if not taken.refs:
        raise Misused("say what to retry: a Sync Event, Snapshots such as s123, or inbox")
    yield from _named(context, taken)


def _of_inbox(
    context: Context, wanted: InboxFilter, selection: Selection
) -> Iterator[tuple[int, _Find]]:
    if selection.batch is not None:
        raise Misused(
            "a Batch is one of one Sync Event: name the Sync Event, not the Inbox"
        )
    keys = (*selection.keys, *((wanted.key,) if wanted.key is not None else ()))
    some = False
    for chain in context.store.retries.chains(wanted):
        prints = _narrowed(chain.fingerprints, selection.fingerprints)
        if prints is None:
            continue
        some = True
        event = _common(context, chain.events)
        meant = _Meant(event, replace(selection, fingerprints=prints, keys=keys))
        yield event, partial(_given, meant)
    if not some:
        raise Refused("nothing that waits matches; linkdeck inbox lists what there is")


def _given(meant: _Meant) -> _Meant:
    return meant


def _narrowed(
    causes: frozenset[str] | None, said: tuple[str, ...]
) -> tuple[str, ...] | None:
    """The causes to take, none meaning all of them; None: nothing of it is meant."""
    if causes is None:
        return said
    kept = causes & set(said) if said else causes
    return tuple(sorted(kept)) or None


@dataclass
class _Named:
    """What was named of one Chain."""

    whole: list[int] = field(default_factory=list)
    snapshots: list[int] = field(default_factory=list)
    scopes: list[tuple[int, int]] = field(default_factory=list)
    events: set[int] = field(default_factory=set)


def _named(context: Context, taken: Taken) -> Iterator[tuple[int, _Find]]:
    chains: defaultdict[int, _Named] = defaultdict(_Named)
    snapshots = [int(ref[1:]) for ref in taken.refs if _SNAPSHOT.fullmatch(ref)]
    for home in context.store.retries.homes(list(dict.fromkeys(snapshots))):
        chains[home.root].snapshots.append(home.snapshot)
        chains[home.root].events.add(home.event)
    for ref in dict.fromkeys(taken.refs):
        if _SNAPSHOT.fullmatch(ref):
            continue
        scope = _SCOPE.fullmatch(ref)
        event = int(scope[1]) if scope else context.event_number(ref)
        named = chains[known(context, event).root]
        named.events.add(event)
        if scope:
            named.scopes.append((event, int(scope[2])))
        else:
            named.whole.append(event)
    for named in chains.values():
        one = min(named.events)
        yield one, partial(_meant, context, named, taken.selection)


def _meant(context: Context, named: _Named, selection: Selection) -> _Meant:
    if not named.whole:
        if selection != Selection():
            raise Misused(
                "Snapshots are retried by their names alone; a selection narrows a Sync Event"
            )
        picked = Picked(tuple(named.snapshots), tuple(named.scopes))
        return _Meant(_common(context, named.events), picked=picked)
    top = min(named.whole)
    if not named.events <= set(context.store.retries.below(top)):
        others = " and ".join(f"#{event}" for event in sorted(named.events))
        common = _common(context, named.events)
        raise Refused(
            f"{others} are of one Chain, which runs one retry at a time; "
            f"#{common} covers them: linkdeck retry {common}"
        )
    return _Meant(top, selection)


def _common(context: Context, events: Iterable[int]) -> int:
    """The youngest Sync Event that all of these are, or descend from."""
    lines = [_line(context, event) for event in events]
    return max(set(lines[0]).intersection(*lines[1:]))


def _line(context: Context, event: int) -> list[int]:
    """The Sync Event and all that it descends from."""
    line = [event]
    while (parent := known(context, line[-1]).parent) is not None:
        line.append(parent)
    return line
