"""A failing record edited: tried out, kept beside the original, sent by the next retry (I2)."""

from collections.abc import Mapping
from typing import Any

from engine.domain import diff, places
from engine.domain.errors import Error, Misused, Refused
from engine.domain.inbox import Edit, Simulated
from engine.domain.masking import MASK, Privacy
from engine.domain.requests import RecordDetail
from engine.domain.retry_plan import Choice
from engine.domain.snapshot import OPEN_STATES, RecordState
from engine.domain.stored_json import parsed, stored
from engine.domain.sync_event import SnapshotSeen, SyncEvent
from engine.domain.values import dataclass
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.control import require
from engine.operations.events import known
from engine.operations.failures import record, snapshot_number
from engine.operations.versions import Versions
from engine.store.edits import Edited

LARGEST = 16 * 1024 * 1024
"""Bytes of a record that can be edited."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """What became of a record, and the key it came out with."""

    simulated: Simulated
    key: str | None


def simulate(context: Context, ref: str, edit: Edit | None, *, choice: Choice) -> Simulated:
    """What the stages of a definition make of a record, or of an edit of it; nothing is written."""
    seen = _snapshot(context, ref)
    event = known(context, seen.event)
    rules = masking.privacy(context, event)
    document = _sent(seen) if edit is None or edit.clear else _document(seen, edit, rules)
    if edit is not None and edit.clear:
        document = _original(seen)
    tried = _tried(context, event, document, choice, rules)
    return _masked(tried.simulated, rules, document)


def edit(
    context: Context,
    ref: str,
    change: Edit,
    *,
    reason: str,
    actor: str,
    version: str | None,
) -> RecordDetail:
    """Keep the edit; refused where the record would still fail, or somebody was quicker."""
    require(reason)
    seen = _snapshot(context, ref)
    _refuse_closed(seen)
    if change.clear:
        edited = Edited(None, (), version)
    else:
        rules = masking.privacy(context, known(context, seen.event))
        document = _document(seen, change, rules)
        paths = _paths(seen, document)
        _refuse_failing(context, seen, document)
        edited = Edited(document, paths, version)
    context.store.desk.edit(seen.id, edited, actor=actor, reason=reason)
    return record(context, ref)


def _snapshot(context: Context, ref: str) -> SnapshotSeen:
    number = snapshot_number(ref)
    seen = context.store.snapshot(number)
    if seen is None:
        raise Refused(f"there is no Snapshot s{number}; linkdeck failures EVENT lists them")
    return seen


def _refuse_closed(seen: SnapshotSeen) -> None:
    if seen.state not in {*OPEN_STATES, RecordState.RETRYING}:
        word = seen.state.replace("_", " ")
        raise Refused(
            f"s{seen.id} is {word}; there is nothing to edit. "
            f"linkdeck record s{seen.id} shows its journey"
        )


def _original(seen: SnapshotSeen) -> bytes:
    if seen.before is None:
        raise Refused(
            f"no values of s{seen.id} were kept (snapshots: none), so it can be neither edited "
            "nor sent again; discard it, or run the Link again"
        )
    return seen.before


def _sent(seen: SnapshotSeen) -> bytes:
    """What a retry would send of it."""
    return _original(seen) if seen.edited is None else seen.edited


def _document(seen: SnapshotSeen, change: Edit, rules: Privacy) -> bytes:
    original = _original(seen)
    if change.document is not None:
        made = _object(change.document)
    else:
        before = parsed(_sent(seen) if change.onto else original)
        if not isinstance(before, dict):
            raise Misused(
                f"what the source gave of s{seen.id} is no JSON object, so no path leads into it; "
                "give a whole document with --stdin"
            )
        made = places.changed(before, change.changes, change.remove)
    _refuse_mask(seen, made, rules)
    document = stored(made)
    if len(document) > LARGEST:
        raise Misused(f"the edited record is larger than {LARGEST // 1024 // 1024} MB")
    return document


def _refuse_mask(seen: SnapshotSeen, made: Mapping[str, Any], rules: Privacy) -> None:
    """Misused where the mask itself would be sent, as by who changes what a screen showed."""
    held = rules.values(parsed(seen.before)) | rules.values(parsed(seen.edited))
    if MASK in rules.values(made) - held:
        raise Misused(
            f"a value of s{seen.id} that is hidden by a mask would become '{MASK}' itself; give "
            "only what changes, with --set, or the true values: "
            f"linkdeck record s{seen.id} --reveal --reason WHY"
        )


def _object(document: bytes) -> dict[str, Any]:
    if len(document) > LARGEST:
        raise Misused(f"the document is larger than {LARGEST // 1024 // 1024} MB")
    made = parsed(document)
    if not isinstance(made, dict):
        raise Misused("the document is not one JSON object; nothing was kept")
    return made


def _paths(seen: SnapshotSeen, document: bytes) -> tuple[str, ...]:
    """The paths at which it differs from the original, which is what the audit keeps."""
    changes = diff.changes(parsed(seen.before), parsed(document), {})
    if not changes:
        raise Misused(
            f"that is what the source gave of s{seen.id}: nothing changes. "
            "--clear takes an edit back"
        )
    return tuple(change.path for change in changes)


def _refuse_failing(context: Context, seen: SnapshotSeen, document: bytes) -> None:
    event = known(context, seen.event)
    rules = masking.privacy(context, event)
    tried = _tried(context, event, document, Choice.CURRENT, rules)
    shown = _masked(tried.simulated, rules, document)
    if not shown.passes:
        why = "; ".join(_sentence(error) for error in shown.errors)
        raise Refused(f"s{seen.id} would fail again, so the edit was not kept: {why}")
    if tried.key is not None and seen.key is not None and tried.key != seen.key:
        now = "another" if rules.hides_key else tried.key
        was = "" if rules.hides_key else f" {seen.key}"
        raise Refused(
            f"the edit would change the key{was} of s{seen.id} to {now}, and with it which record "
            "it is; correct it in the source, and discard this one"
        )


def _sentence(error: Mapping[str, Any]) -> str:
    place = " of ".join(str(error[name]) for name in ("field", "stage") if error[name])
    return f"{error['message']} ({error['code']}{' at ' + place if place else ''})"


def _tried(
    context: Context, event: SyncEvent, document: bytes, choice: Choice, rules: Privacy
) -> _Tried:
    """One record through the stages, its systems asked where a stage asks them."""
    import time

    from engine.filters.encoding import as_json
    from engine.operations.simulation import Failed, LeftOut, Passed, Simulator

    versions = Versions(context, event.id)
    definition = versions.as_run if choice is Choice.AS_RUN else versions.current
    simulator = Simulator(context, definition, time.sleep)
    try:
        [fate] = simulator.fates([document])
    finally:
        simulator.close()
    match fate:
        case Passed(key, fields, warnings):
            said = Simulated(passes=True, after=as_json(dict(fields)), warnings=warnings)
            return _Tried(said, as_json(list(key)).decode())
        case LeftOut(reason, warnings):
            why = reason or "left out"
            left = Simulated(passes=True, after=None, ignored=why, warnings=warnings)
            return _Tried(left, None)
        case Failed(errors, snapshot):
            told = tuple(_told(error, event) for error in errors)
            if snapshot is None:
                return _Tried(Simulated(passes=False, after=None, errors=told), None)
            failed = Simulated(
                passes=False,
                after=snapshot.after,
                errors=told,
                warnings=snapshot.warnings,
            )
            return _Tried(failed, None)


def _told(error: Error, event: SyncEvent) -> dict[str, Any]:
    """The error as `record` shows one."""
    return {
        "tier": error.tier.value,
        "class": error.error_class.value,
        "durability": error.durability.value,
        "code": error.code,
        "message": error.message,
        "field": error.field,
        "stage": error.stage,
        "route": error.route.value,
        "fingerprint": error.fingerprint,
        "severity": error.severity or event.severity,
        "owner": error.owner or event.owner,
        "source": event.source,
        "target": event.target,
        "downstream": list(event.downstream),
    }


def _masked(simulated: Simulated, rules: Privacy, document: bytes) -> Simulated:
    """What became of the document, without the personal values of either."""
    if not rules.patterns:
        return simulated
    after = parsed(simulated.after)
    values = rules.values(after) | rules.values(parsed(document))
    return Simulated(
        passes=simulated.passes,
        after=None if simulated.after is None else stored(rules.document(after)),
        errors=tuple(
            {
                **error,
                "message": rules.text(
                    error["message"], field=error["field"], values=values
                ),
            }
            for error in simulated.errors
        ),
        ignored=None if simulated.ignored is None else rules.text(simulated.ignored),
        warnings=tuple(rules.text(each, values=values) for each in simulated.warnings),
    )
