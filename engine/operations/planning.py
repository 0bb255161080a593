"""A retry plan made: what is open is found, each item classified, the list frozen (P1-P6)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from engine import worker
from engine.domain.errors import LinkdeckError, Refused
from engine.domain.link import Definition
from engine.domain.requests import Page, Selection, Stop
from engine.domain.retry_plan import (
    BatchItem,
    Choice,
    ItemClass,
    RecordItem,
    RetryPlan,
    WouldPass,
    check_include,
    goes,
)
from engine.domain.sync_event import Kind, SyncEvent
from engine.domain.values import dataclass
from engine.operations.classifying import Classifier
from engine.operations.conduct import sleeping_on
from engine.operations.context import Context
from engine.operations.events import seen
from engine.operations.failures import document, snapshot_number
from engine.operations.simulation import Passed, Simulator
from engine.operations.versions import Versions
from engine.store.audit import Act
from engine.store.candidates import Candidate
from engine.store.retry_plans import Going, Item, KeptPlan, NewPlan


@dataclass(frozen=True, slots=True)
class Picked:
    """Failures named one by one: Snapshots, and kept scopes by Sync Event and Batch."""

    snapshots: tuple[int, ...] = ()
    scopes: tuple[tuple[int, int], ...] = ()

    @property
    def single(self) -> int | None:
        """The Snapshot, where it is one and nothing else."""
        alone = len(self.snapshots) == 1 and not self.scopes
        return self.snapshots[0] if alone else None


Only = Picked | None
"""What a plan is narrowed to, if it is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan is to be made of. `loose`: failing records only, no batches."""

    event: int
    selection: Selection
    actor: str
    choice: Choice = Choice.CURRENT
    include: frozenset[ItemClass] = frozenset()
    only: Only = None
    loose: bool = False
    simulate: bool = False


def where(context: Context, ref: str) -> tuple[int, Only]:
    """The Sync Event that an EVENT or a Snapshot means, and the Snapshot where it is one."""
    if ref.startswith("s") and ref[1:].isdigit():
        number = snapshot_number(ref)
        found = context.store.snapshot(number)
        if found is None:
            raise Refused(f"there is no Snapshot {ref}; linkdeck failures EVENT lists them")
        return found.event, Picked((number,))
    return context.event_number(ref), None


def told(context: Context, wanted: Wanted) -> RetryPlan:
    """The plan, frozen, as people see it; Refused as `made` is."""
    versions = Versions(context, wanted.event)
    return shown(made(context, wanted, versions), versions)


def made(context: Context, wanted: Wanted, versions: Versions) -> KeptPlan:
    """The plan, frozen; Refused where there is nothing a retry could take up."""
    check_include(wanted.include)
    event = seen(context, wanted.event)
    refuse_unfit(event)
    definition = versions.chosen(wanted.choice)
    new = NewPlan(
        event=wanted.event,
        link=versions.link,
        definition=definition.hash,
        choice=wanted.choice.value,
        actor=wanted.actor,
        made_at=context.clock(),
    )
    plan = context.store.retries.begin(new)
    frozen = False
    try:
        with worker.collecting_seldom():
            found = _filled(context, plan, wanted, definition, event)
        _refuse_empty(event, wanted, found)
        said = _said(context, wanted, versions, found)
        act = Act(wanted.actor, "plan", f"#{wanted.event}", None)
        of = (versions.link, str(wanted.event), definition.hash, *sorted(wanted.include))
        kept = context.store.retries.freeze(plan, said, of=of, act=act)
        frozen = True
    finally:
        if not frozen:
            context.store.retries.drop(plan)
    return kept


def shown(kept: KeptPlan, versions: Versions) -> RetryPlan:
    """A stored plan as people see it."""
    said = kept.said
    passes = said.get("would_pass")
    return RetryPlan(
        hash=kept.hash,
        event=kept.event,
        link=kept.link,
        definitions=versions.compared(Choice(kept.choice)),
        counts={ItemClass(name): times for name, times in said["counts"].items()},
        batches=said["batches"],
        records=said["records"],
        runs_as=said["runs_as"],
        include=frozenset(ItemClass(name) for name in said["include"]),
        selection=_selection(said["selection"]),
        made_at=kept.made_at,
        actor=kept.actor,
        target=said["target"],
        place=said.get("place", ""),
        edited=said.get("edited", 0),
        would_pass=WouldPass(**passes) if passes else None,
        canary=said.get("canary"),
        used_by=kept.used_by,
        oldest=datetime.fromisoformat(said["oldest"]) if said["oldest"] else None,
        notes=tuple(said["notes"]),
    )


def found(context: Context, hash_: str) -> RetryPlan:
    """A plan made before."""
    kept = context.store.retries.find(hash_)
    return shown(kept, Versions(context, kept.event))


def items(context: Context, hash_: str, *, limit: int, after: str | None) -> Page[Item]:
    """A part of a plan's items."""
    kept = context.store.retries.find(hash_)
    return context.store.retries.items(kept.id, limit=limit, after=after)


def refuse_unfit(event: SyncEvent) -> None:
    """Refused where this Sync Event cannot be retried at all (C1, C6)."""
    if not event.status.over:
        raise Refused(
            f"#{event.id} still runs ({event.status}); wait for its end, or: "
            f"linkdeck cancel {event.id}"
        )
    if event.kind is Kind.TEST:
        raise Refused(
            f"#{event.id} was a test run: it wrote nothing, so there is nothing to retry; "
            f"linkdeck run {event.link}"
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What went into a plan while it was made."""

    scopes: int
    counts: Mapping[ItemClass, int]
    passing: int
    considered: int
    oldest: datetime | None
    notes: tuple[str, ...]
    edited: int = 0

    @property
    def items(self) -> int:
        return self.scopes + sum(self.counts.values())


def _filled(
    context: Context, plan: int, wanted: Wanted, definition: Definition, event: SyncEvent
) -> _Found:
    """Every open failure that is meant, as an item: batches first, they are fetched fresh."""
    retries = context.store.retries
    events = retries.below(wanted.event)
    batches: list[BatchItem] = []
    if not wanted.loose:
        scopes = retries.scopes(events, wanted.selection, of=wanted.event)
        batches = [each.item for each in scopes if _meant(wanted, each.item)]
    going = Going(wanted.include)
    retries.add(plan, batches, first=0, going=going)
    number, oldest, edited = len(batches), None, 0
    with closing(
        Simulator(context, definition, sleeping_on(Stop()), brief=True)
    ) as simulator:
        classifier = Classifier(simulator)
        for chunk in _chunks(context, events, wanted):
            new: Sequence[RecordItem] = classifier.items(chunk)
            retries.add(plan, new, first=number, going=going)
            number += len(new)
            edited += sum(bool(item.version) for item in new)
            ages = [each.at for each in chunk] + ([oldest] if oldest else [])
            oldest = min(ages, default=None)
    notes = [*classifier.notes, *_out_of_order(context, event, batches)]
    return _Found(
        scopes=len(batches),
        counts=retries.thin(plan),
        passing=classifier.would_pass,
        considered=number - len(batches),
        oldest=oldest,
        notes=tuple(notes),
        edited=edited,
    )


def _out_of_order(
    context: Context, event: SyncEvent, batches: Sequence[BatchItem]
) -> Iterator[str]:
    """A kept scope of a push Link brings nothing fresh, whatever was delivered since."""
    root = event if event.root == event.id else seen(context, event.root)
    if not batches or root.kind is not Kind.PUSH:
        return
    if (context.store.latest(root.link) or 0) > max(each.event for each in batches):
        yield (
            "what these batches hold was delivered before later Sync Events: where both have a "
            "key, the older is written last, unless the target has a modified column"
        )


def _meant(wanted: Wanted, item: BatchItem) -> bool:
    return wanted.only is None or (item.event, item.batch) in wanted.only.scopes


def _chunks(
    context: Context, events: Sequence[int], wanted: Wanted
) -> Iterator[Sequence[Candidate]]:
    from engine.domain.expression import ExpressionError, compile_expression

    retries = context.store.retries
    if wanted.only is not None:
        yield from retries.named(wanted.only.snapshots)
        return
    keep = None
    if wanted.selection.where is not None:
        from engine.domain.errors import Misused

        try:
            keep = compile_expression(wanted.selection.where)
        except ExpressionError as cause:
            raise Misused(f"--where: {cause}") from cause
    for chunk in retries.records(events, wanted.selection, of=wanted.event):
        if keep is None:
            yield chunk
            continue
        befores = [document(each.sent) for each in chunk]
        yield [
            each
            for each, before in zip(chunk, befores, strict=True)
            if isinstance(before, dict) and keep.truth(before)
        ]


def _refuse_empty(event: SyncEvent, wanted: Wanted, found: _Found) -> None:
    if found.items:
        return
    narrowed = wanted.only is not None or wanted.selection != Selection()
    if narrowed:
        raise Refused(
            f"nothing that is open in #{event.id} matches the selection; "
            f"linkdeck failures {event.id} lists what there is"
        )
    if not event.batches.planned:
        raise Refused(
            f"#{event.id} ended before anything was planned, so there is nothing to retry; "
            f"linkdeck run {event.link} starts anew"
        )
    raise Refused(f"nothing is open in #{event.id} ({event.status}): nothing to retry")


def _said(
    context: Context, wanted: Wanted, versions: Versions, found: _Found
) -> dict[str, Any]:
    definition = versions.chosen(wanted.choice)
    same = versions.compared(wanted.choice).same
    going = sum(times for each, times in found.counts.items() if goes(each, wanted.include))
    size = definition.link.batch_size
    notes = list(found.notes)
    if found.scopes and not same and wanted.choice is Choice.CURRENT:
        notes.append(
            "the definition changed since: failed batches are fetched from the scopes planned then"
        )
    passes = _would_pass(context, wanted, versions, found) if wanted.simulate else None
    return {
        "counts": {each.value: times for each, times in found.counts.items()},
        "edited": found.edited,
        "batches": found.scopes,
        "records": going,
        "runs_as": found.scopes + math.ceil(going / size),
        "include": sorted(wanted.include),
        "selection": _kept_selection(wanted),
        "target": definition.link.target.system,
        "place": place_of(definition),
        "would_pass": passes,
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "notes": notes,
    }


def place_of(definition: Definition) -> str:
    """Where in its target a Link writes: the table, the address without secrets, or the folder."""
    options = definition.link.target.options
    for name in ("table", "url", "path"):
        said = getattr(options, name, None)
        if isinstance(said, str) and said:
            place = said.partition("?")[0] if name == "url" else said
            return worker.redactor(definition.secrets)(_without_user(place))
    return ""


def _without_user(address: str) -> str:
    scheme, slashes, rest = address.partition("://")
    if not slashes:
        return address
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _would_pass(
    context: Context, wanted: Wanted, versions: Versions, found: _Found
) -> dict[str, Any]:
    """How many would pass the stages of each definition (P4)."""
    passing: dict[Choice, int | None] = {wanted.choice: found.passing}
    other = Choice.AS_RUN if wanted.choice is Choice.CURRENT else Choice.CURRENT
    same = versions.compared(wanted.choice).same
    passing[other] = found.passing if same else _passing(context, wanted, versions, other)
    return {
        "as_run": passing[Choice.AS_RUN],
        "current": passing[Choice.CURRENT],
        "of": found.considered,
    }


def _passing(
    context: Context, wanted: Wanted, versions: Versions, choice: Choice
) -> int | None:
    """How many records would pass; None where that definition cannot be had."""
    try:
        definition = versions.chosen(choice)
    except LinkdeckError:
        return None
    events = context.store.retries.below(wanted.event)
    passing = 0
    with closing(
        Simulator(context, definition, sleeping_on(Stop()), brief=True)
    ) as simulator:
        for chunk in _chunks(context, events, wanted):
            sent = [each.sent for each in chunk if each.sent is not None]
            passing += sum(isinstance(fate, Passed) for fate in simulator.fates(sent))
    return passing


def _kept_selection(wanted: Wanted) -> dict[str, Any]:
    chosen = wanted.selection
    return {
        "fingerprints": list(chosen.fingerprints),
        "keys": list(chosen.keys),
        "tier": chosen.tier,
        "batch": chosen.batch,
        "stage": chosen.stage,
        "where": chosen.where,
        "only": wanted.only.single if wanted.only else None,
        "named": len(wanted.only.snapshots) + len(wanted.only.scopes) if wanted.only else 0,
    }


def _selection(said: Mapping[str, Any]) -> Selection:
    return Selection(
        fingerprints=tuple(said["fingerprints"]),
        keys=tuple(said["keys"]),
        tier=said["tier"],
        batch=said["batch"],
        stage=said["stage"],
        where=said["where"],
    )
