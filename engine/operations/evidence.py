"""The evidence of a Chain: one JSON document that says the same whenever it is made anew.

What failed, what was replayed, by whom and why, what remains, plan hashes, the identity at each
step, the records with personal values masked, and what retention has taken away since.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from engine.domain.documents import batch_document, failure_document, group_document, when
from engine.domain.inbox import AuditSeen, Chain
from engine.domain.masking import MASK, Privacy
from engine.domain.outcome import Status
from engine.domain.recovery_documents import (
    audit_row_document,
    balance_document,
    chain_document,
    chain_event_document,
)
from engine.domain.requests import Selection
from engine.domain.stored_json import parsed, stored
from engine.domain.sync_event import BatchSeen, SnapshotSeen
from engine.operations import masking
from engine.operations.chains import chain
from engine.operations.context import Context
from engine.operations.events import known
from engine.operations.export import new_file

SHAPE = "linkdeck evidence 1"
MOST_BATCHES = 1_000_000


def evidence(context: Context, event: int, *, output: str) -> int:
    """Write it to a new file of mode 0600; how many failing records it tells of."""
    found = chain(context, event)
    with new_file(Path(output)) as file:
        return _write(context, found, file)


def _write(context: Context, found: Chain, file: TextIO) -> int:
    """The parts in the order of their names; each entry on a line of its own."""
    file.write("{\n")
    _part(file, "acts", _acts(context, found))
    file.write(f'"chain": {_line(_chain(found))},\n')
    _part(file, "downstream", _downstream(context, found))
    _part(file, "events", _events(context, found))
    file.write(f'"purged": {_line(_purged(context, found))},\n')
    told = _part(file, "records", _records(context, found))
    file.write(f'"shape": {_line(SHAPE)}\n}}\n')
    return told


def _part(file: TextIO, name: str, entries: Iterable[Any]) -> int:
    file.write(f'"{name}": [')
    count = 0
    for entry in entries:
        file.write((",\n" if count else "\n") + _line(entry))
        count += 1
    file.write("\n],\n" if count else "],\n")
    return count


def _line(value: Any) -> str:
    return stored(_in_order(value)).decode()


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_in_order(each) for each in value]
    return value


def _chain(found: Chain) -> dict[str, Any]:
    said = chain_document(found)
    del said["events"]
    return {**said, "identity": balance_document(found.balance)}


def _downstream(context: Context, found: Chain) -> Iterator[dict[str, Any]]:
    """What depends on the data: affected, cleared once all is recovered, or never affected."""
    root = known(context, found.root)
    state = "affected" if root.label == "partial" else "cleared"
    if root.outcome not in (Status.FAILED, Status.CANCELLED):
        state = "unaffected"
    by = root.superseded_by if root.closed_by == "superseded" else root.recovered_by
    for name in sorted(root.downstream):
        yield {"name": name, "state": state, "by": by, "closed_by": root.closed_by}


def _acts(context: Context, found: Chain) -> Iterator[dict[str, Any]]:
    events = frozenset(each.event for each in found.events)
    rules = masking.privacy(context, known(context, found.root))
    for row in context.store.desk.acts_on(events):
        yield _act(row, rules)


def _act(row: AuditSeen, rules: Privacy) -> dict[str, Any]:
    said = audit_row_document(row)
    if rules.patterns and said["detail"] and "selection" in said["detail"]:
        selection = dict(said["detail"]["selection"])
        if rules.hides_key and "keys" in selection:
            selection["keys"] = [MASK for _ in selection["keys"]]
        if "where" in selection:
            selection["where"] = rules.text(selection["where"])
        said["detail"] = {**said["detail"], "selection": selection}
    return said


def _events(context: Context, found: Chain) -> Iterator[dict[str, Any]]:
    for each in found.events:
        seen = masking.event(context, known(context, each.event))
        rules = masking.privacy(context, seen)
        batches = context.store.failing_batches(each.event, MOST_BATCHES)
        yield {
            **chain_event_document(each),
            "outcome": seen.outcome.token if seen.outcome else None,
            "closed_by": seen.closed_by,
            "recovered_by": seen.recovered_by,
            "superseded_by": seen.superseded_by,
            "errors": [group_document(group) for group in seen.errors],
            "ignored_reasons": dict(seen.ignored_reasons),
            "warnings": dict(seen.warnings),
            "failed_batches": [_batch(masking.batch(batch, rules)) for batch in batches],
            "plan": _plan(context, each.event),
        }


def _batch(batch: BatchSeen) -> dict[str, Any]:
    said = batch_document(batch)
    return {**said, "closed_by": batch.closed_by, "closed_event": batch.closed_event}


def _plan(context: Context, event: int) -> dict[str, Any] | None:
    plan = context.store.retries.plan_of(event)
    if plan is None:
        return None
    return {
        "hash": plan.hash,
        "of": plan.event,
        "definition": plan.definition,
        "choice": plan.choice,
        "actor": plan.actor,
        "made_at": when(plan.made_at),
        "said": _plain(plan.said),
    }


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """What the plan said of itself, but for the selection, which may name personal values."""
    return {name: value for name, value in said.items() if name != "selection"}


def _purged(context: Context, found: Chain) -> dict[str, Any]:
    listed = context.store.desk.listed(found.root)
    gone = {str(event): had - kept for event, (had, kept) in listed.items() if had != kept}
    return {"records": gone, "total": sum(gone.values())}


def _records(context: Context, found: Chain) -> Iterator[dict[str, Any]]:
    for each in found.events:
        rules = masking.privacy(context, known(context, each.event))
        for snapshot in context.store.each_failure(each.event, Selection()):
            yield _record(masking.snapshot(snapshot, rules))


def _record(seen: SnapshotSeen) -> dict[str, Any]:
    return {
        **failure_document(seen),
        "event": seen.event,
        "at": when(seen.at),
        "by": seen.closed_event,
        "previous": f"s{seen.previous}" if seen.previous else None,
        "before": parsed(seen.before),
        "after": parsed(seen.after),
        "edited": parsed(seen.edited),
    }
