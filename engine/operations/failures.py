"""What failed: groups, records, one record before and after; and the way out as a file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from engine.domain import diff
from engine.domain.errors import Misused, Refused
from engine.domain.expression import ExpressionError, compile_expression
from engine.domain.inbox import edit_version
from engine.domain.requests import Failures, RecordDetail, Selection
from engine.domain.sync_event import ErrorGroup, SnapshotSeen
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.events import known, seen

Keep = Callable[[SnapshotSeen], bool]


def failures(
    context: Context, event: int, selection: Selection, *, limit: int, after: str | None
) -> Failures:
    """Groups, failed batches and one page of failing records."""
    found = seen(context, event)
    page, matching = context.store.failures(
        event, selection, limit=limit, after=after, keep=kept_by(selection)
    )
    wants_batches = selection.tier in (None, "batch")
    batches = context.store.failing_batches(event) if wants_batches else ()
    rules = masking.privacy(context, found)
    return Failures(
        event=found,
        groups=_groups(found.errors, selection),
        batches=tuple(masking.batch(each, rules) for each in batches),
        records=tuple(masking.snapshot(each, rules) for each in page.items),
        matching=matching,
        next=page.next,
    )


def _groups(groups: Sequence[ErrorGroup], selection: Selection) -> tuple[ErrorGroup, ...]:
    return tuple(
        group
        for group in groups
        if (not selection.fingerprints or group.fingerprint in selection.fingerprints)
        and selection.tier in (None, group.tier.value)
        and selection.stage in (None, group.stage)
    )


def kept_by(selection: Selection) -> Keep | None:
    """The `--where` expression as a filter over `before`. Raises Misused where it is none."""
    if selection.where is None:
        return None
    try:
        expression = compile_expression(selection.where)
    except ExpressionError as cause:
        raise Misused(f"--where: {cause}") from cause

    def keep(snapshot: SnapshotSeen) -> bool:
        before = document(snapshot.before)
        return isinstance(before, dict) and expression.truth(before)

    return keep


def record(context: Context, ref: str) -> RecordDetail:
    """One Snapshot, `s123`, with its changes and its journey; personal values are hidden."""
    told = _told(context, snapshot_number(ref))
    rules = masking.privacy(context, told.event)
    if not rules.patterns:
        return told
    return replace(
        told,
        event=masking.event(context, told.event),
        snapshot=masking.snapshot(told.snapshot, rules),
        changes=tuple(masking.change(each, rules) for each in told.changes),
        history=tuple(masking.entry(each, told.snapshot, rules) for each in told.history),
        masked=rules.patterns,
    )


def revealed(context: Context, ref: str, *, actor: str, reason: str) -> RecordDetail:
    """The same with its personal values; who asked for them, and why, is kept first."""
    told = _told(context, snapshot_number(ref))
    audit_reveal(context, told.snapshot, actor=actor, reason=reason)
    return told


def audit_reveal(
    context: Context, seen: SnapshotSeen, *, actor: str, reason: str, of: str = "record"
) -> None:
    """Keep that somebody sees the personal values, before they do. Misused without a reason."""
    if not reason.strip():
        raise Misused("a reveal is audited: --reason says why the values are needed")
    what = {} if of == "record" else {"of": of}
    context.store.audit(
        actor=actor,
        action="reveal",
        subject=f"s{seen.id}",
        reason=reason,
        detail={"event": seen.event, "link": seen.link, **what},
    )


def kept(context: Context, number: int) -> SnapshotSeen:
    """One Snapshot as it is stored. Raises Refused where there is none of that number."""
    snapshot = context.store.snapshot(number)
    if snapshot is None:
        raise Refused(
            f"there is no Snapshot s{number}, or retention has taken it; "
            "linkdeck failures EVENT lists those there are"
        )
    return snapshot


def _told(context: Context, number: int) -> RecordDetail:
    snapshot = kept(context, number)
    return RecordDetail(
        event=known(context, snapshot.event),
        snapshot=snapshot,
        changes=_changes(snapshot),
        history=context.store.history(number),
        version=edit_version(snapshot.edited),
    )


def _changes(snapshot: SnapshotSeen) -> tuple[diff.Change, ...]:
    if snapshot.before is None or snapshot.after is None:
        return ()
    return diff.changes(document(snapshot.before), document(snapshot.after), snapshot.blame)


def snapshot_number(ref: str) -> int:
    """The number in `s123`. Raises Refused where it is no Snapshot's name."""
    digits = ref.removeprefix("s")
    if (
        digits == ref
        or not (digits.isascii() and digits.isdigit())
        or len(digits) > _DIGITS
    ):
        raise Refused(f"'{ref}' is not a Snapshot: they are written s123")
    return int(digits)


_DIGITS = 18


def document(text: bytes | None) -> Any:
    """The value of stored JSON; None where nothing was kept."""
    return None if text is None else msgspec.json.decode(text)
