"""The Inbox: what waits, and what a person does with it; always with a reason (I2, I3, K3, P7)."""

from collections.abc import Sequence

from engine.domain.errors import Misused, Refused
from engine.domain.inbox import Discarded, InboxCounts, InboxFilter, InboxItem
from engine.domain.inbox_place import place_of
from engine.domain.requests import (
    Found,
    Page,
    RecordDetail,
    Search,
    Selection,
    Stretch,
)
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import SnapshotSeen
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.control import require
from engine.operations.failures import kept_by, record, snapshot_number
from engine.recovery import mark
from engine.store.discards import Meant
from engine.store.inbox import Waiting


def listed(
    context: Context, wanted: InboxFilter, *, limit: int, after: str | None
) -> Page[InboxItem]:
    """One page of what waits, the most severe first, then the oldest."""
    page = context.store.desk.inbox(wanted, limit=limit, after=after)
    return Page(tuple(_item(context, each) for each in page.items), page.next)


def stretch(context: Context, wanted: InboxFilter, part: Stretch) -> tuple[InboxItem, ...]:
    """Any part of what waits."""
    found = context.store.desk.inbox_stretch(wanted, part)
    return tuple(_item(context, each) for each in found)


def search(context: Context, wanted: InboxFilter, sought: Search, beyond: int) -> Found:
    """One step of a search through what waits, as it is shown: masked values match nothing."""

    def masked(definition: str, event: int) -> bool:
        return bool(masking.rules_of(context, definition, event).patterns)

    found, doubtful = context.store.desk.inbox_search(wanted, sought, beyond, masked)
    if not doubtful or not found.snapshots:
        return found
    shown = stretch(context, wanted, Stretch(ids=found.snapshots))
    kept = [
        item.place for item in shown if item.event not in doubtful or _says(item, sought)
    ]
    return Found(tuple(kept), found.reached)


def _says(item: InboxItem, sought: Search) -> bool:
    return sought.admits(item.label, f"{item.error.get('message', '')} {item.link}")


def counts(context: Context) -> InboxCounts:
    """How much waits, by route and by Link."""
    return context.store.desk.counts()


def _item(context: Context, found: Waiting) -> InboxItem:
    now = context.store.desk.now()
    snapshot = _masked(context, found)
    error = found.error
    if snapshot is not None:
        error = snapshot.errors[0] if snapshot.errors else {}
    else:
        rules = masking.rules_of(context, found.definition, found.event)
        said = rules.text(str(error["message"]), field=error.get("field"))
        error = {**error, "message": said}
    return InboxItem(
        event=found.event,
        link=found.link,
        batch=found.place[3] if found.batch else (snapshot.batch if snapshot else 0),
        snapshot=snapshot.id if snapshot else None,
        label=snapshot.label if snapshot else _label(found),
        state=_state(found),
        error=error,
        at=found.at,
        age_s=max(0.0, (now - found.at).total_seconds()),
        attempts=_attempts(found),
        severity=str(error.get("severity") or "normal"),
        downstream=tuple(error.get("downstream") or ()),
        owner=error.get("owner"),
        edited=snapshot is not None and snapshot.edited is not None,
        place=place_of(found.place),
    )


def _masked(context: Context, found: Waiting) -> SnapshotSeen | None:
    if found.snapshot is None:
        return None
    rules = masking.rules_of(context, found.definition, found.event)
    return masking.snapshot(found.snapshot, rules)


def _label(found: Waiting) -> str:
    if found.batch is None:
        return "the run itself"
    what = found.batch.scope.get("what")
    return str(what) if what else f"batch {found.batch.index}"


def _state(found: Waiting) -> str:
    if found.retrying:
        return RecordState.RETRYING.value
    return found.snapshot.state if found.snapshot else RecordState.OPEN.value


def _attempts(found: Waiting) -> int:
    if found.snapshot is not None:
        return found.snapshot.attempts
    return found.batch.attempts if found.batch else 1


def discard(
    context: Context, refs: Sequence[str], selection: Selection, *, reason: str, actor: str
) -> Discarded:
    """Close failures for good: a Sync Event's, or part of them, or Snapshots by their names."""
    require(reason)
    meant = _meant(context, refs, selection)
    return context.store.desk.discard(meant, actor=actor, reason=reason, settle=mark.settle)


def _meant(
    context: Context, refs: Sequence[str], selection: Selection
) -> tuple[Meant, ...]:
    if not refs:
        raise Misused("say what to discard: a Sync Event, or Snapshots such as s123")
    named = [ref for ref in refs if ref.startswith("s") and ref[1:].isdigit()]
    if named and (len(named) < len(refs) or selection != Selection()):
        raise Misused(
            "Snapshots are discarded by their names alone; a selection narrows a Sync Event"
        )
    if named:
        return context.store.desk.by_chain([snapshot_number(ref) for ref in named])
    events = dict.fromkeys(context.event_number(ref) for ref in refs)
    if len(events) > 1 and selection != Selection():
        raise Misused("a selection narrows one Sync Event; name just one")
    return tuple(_selected(context, event, selection) for event in events)


def _selected(context: Context, event: int, selection: Selection) -> Meant:
    keep = kept_by(selection)
    if keep is None:
        return Meant(event, selection)
    found = context.store.desk.each_open(event, selection)
    chosen = tuple(snapshot.id for snapshot in found if keep(snapshot))
    if not chosen:
        raise Refused(f"nothing open of #{event} matches --where {selection.where}")
    return Meant(event, selection, chosen, only_open=True)


def resolve(
    context: Context, ref: str, *, written: bool, reason: str, actor: str
) -> RecordDetail:
    """Say whether a record in doubt was written; it is then recovered, or open."""
    require(reason)
    number = snapshot_number(ref)
    context.store.desk.resolve(
        number, written=written, actor=actor, reason=reason, settle=mark.settle
    )
    return record(context, ref)
