"""What people see of failures, with personal data hidden by the as-run definition's masks."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from engine.domain.diff import Change
from engine.domain.errors import Tier
from engine.domain.masking import MASK, Privacy, hidden, without_quotes
from engine.domain.missing import MISSING
from engine.domain.requests import HistoryEntry, Selection
from engine.domain.stored_json import parsed, stored
from engine.domain.sync_event import BatchSeen, ErrorGroup, SnapshotSeen, SyncEvent
from engine.operations.context import Context

MOST_SAMPLES = 20
"""Causes of one Sync Event whose sentence is compared with the records it came from."""

SAMPLES = 20
"""Records of a cause whose values are sought in its sentence: it may quote any of the first."""


def privacy(context: Context, event: SyncEvent) -> Privacy:
    """What the definition a Sync Event ran with calls personal; read once a definition."""
    return rules_of(context, event.definition, event.id)


def rules_of(context: Context, definition: str, event: int) -> Privacy:
    """The same by the definition's hash, and a Sync Event that ran with it."""
    known = context.privacies.get(definition)
    if known is None:
        known = context.privacies[definition] = context.store.privacy(event)
    return known


def event(context: Context, seen: SyncEvent) -> SyncEvent:
    """The Sync Event with its sentences masked."""
    rules = privacy(context, seen)
    if not rules.patterns:
        return seen
    groups = tuple(
        _group(context, seen.id, group, rules, sampled=place < MOST_SAMPLES)
        for place, group in enumerate(seen.errors)
    )
    return replace(
        seen,
        errors=groups,
        ignored_reasons=_reasons(seen.ignored_reasons, rules),
        warnings=_reasons(seen.warnings, rules),
    )


def _group(
    context: Context, number: int, group: ErrorGroup, rules: Privacy, *, sampled: bool
) -> ErrorGroup:
    """A cause. What a target says of a record names no field: the record tells its values."""
    message, values = group.message, frozenset[str]()
    if group.tier is Tier.RECORD and group.field is None:
        met = values_met(context, number, group.fingerprint, rules) if sampled else None
        values = met or values
        message = message if values else without_quotes(message)
    return replace(group, message=rules.text(message, field=group.field, values=values))


def _reasons(texts: Mapping[str, int], rules: Privacy) -> Mapping[str, int]:
    """Reasons that masking makes equal count together."""
    told: Counter[str] = Counter()
    for text, count in texts.items():
        told[_reason(text, rules)] += count
    return told


_DUPLICATE = "duplicate of "


def _reason(text: str, rules: Privacy) -> str:
    if rules.hides_key and text.startswith(_DUPLICATE):
        return _DUPLICATE + MASK
    return rules.text(text)


def batch(seen: BatchSeen, rules: Privacy) -> BatchSeen:
    """The Batch with its error's sentence masked."""
    if not rules.patterns or seen.error is None:
        return seen
    return replace(seen, error=_error(seen.error, rules, ()))


def snapshot(seen: SnapshotSeen, rules: Privacy) -> SnapshotSeen:
    """The Snapshot with its personal values hidden, and its key where a mask names it."""
    if not rules.patterns:
        return seen
    values = values_of(seen, rules)
    hides_key = rules.hides_key and seen.key is not None
    return replace(
        seen,
        label=MASK if hides_key else seen.label,
        key=f'["{MASK}"]' if hides_key else seen.key,
        before=_side(seen.before, rules),
        after=_side(seen.after, rules),
        edited=_side(seen.edited, rules),
        errors=tuple(_error(each, rules, values) for each in _judged(seen)),
        warnings=tuple(rules.text(each, values=values) for each in seen.warnings),
    )


def change(found: Change, rules: Privacy) -> Change:
    """The changed path with both its values hidden where it is personal; missing stays so."""
    if not rules.names(found.path):
        return found
    before, after = (
        value if value is MISSING else hidden(value)
        for value in (found.before, found.after)
    )
    return replace(found, before=before, after=after)


def entry(found: HistoryEntry, seen: SnapshotSeen, rules: Privacy) -> HistoryEntry:
    """One step of the journey of this Snapshot's record."""
    values = values_of(seen, rules)
    return replace(
        found, errors=tuple(_error(each, rules, values) for each in found.errors)
    )


def _side(kept: bytes | None, rules: Privacy) -> bytes | None:
    return None if kept is None else stored(rules.document(parsed(kept)))


def values_of(seen: SnapshotSeen, rules: Privacy) -> frozenset[str]:
    """The personal values of a record, as a message about it would quote them."""
    sides = (seen.before, seen.after, seen.edited)
    found = frozenset().union(*(rules.values(parsed(side)) for side in sides))
    return found | {seen.label} if rules.hides_key and seen.key else found


def values_met(
    context: Context, event: int, fingerprint: str, rules: Privacy
) -> frozenset[str] | None:
    """The personal values of records that a cause was met in; None where those are gone."""
    chosen = Selection(fingerprints=(fingerprint,))
    found = context.store.failures(event, chosen, limit=SAMPLES)[0].items
    if not found:
        return None
    return frozenset().union(*(values_of(each, rules) for each in found))


def _judged(seen: SnapshotSeen) -> tuple[Mapping[str, Any], ...]:
    """The errors; of a record that could not be read, with all that they quote of it hidden."""
    if seen.before is None or not isinstance(parsed(seen.before), str):
        return seen.errors
    return tuple(
        {**error, "message": without_quotes(str(error.get("message", "")))}
        for error in seen.errors
    )


def _error(
    error: Mapping[str, Any], rules: Privacy, values: Collection[str]
) -> Mapping[str, Any]:
    field = error.get("field")
    attempts = [
        {**each, "message": rules.text(each["message"], field=field, values=values)}
        for each in error.get("attempts") or ()
    ]
    said = rules.text(str(error.get("message", "")), field=field, values=values)
    return {**error, "message": said, "attempts": attempts}
