"""Failing records any part at a time, as people see them."""

from dataclasses import replace

from engine.domain.requests import Found, Search, Selection, Stretch
from engine.domain.sync_event import SnapshotSeen
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.events import known

LOOKED_AT = 2_000
"""Records a step of a search looks at where they have to be masked first."""


def stretch(
    context: Context, event: int, selection: Selection, part: Stretch, search: Search
) -> tuple[SnapshotSeen, ...]:
    """One stretch of the failing records; personal values are hidden."""
    rules = masking.privacy(context, known(context, event))
    found = context.store.stretch(event, selection, part, search)
    return tuple(masking.snapshot(each, rules) for each in found)


def search(
    context: Context, event: int, selection: Selection, sought: Search, beyond: int
) -> Found:
    """One step of a search through what is shown; ask again from where it reached."""
    rules = masking.privacy(context, known(context, event))
    if not rules.patterns or not sought:
        return context.store.desk.searched(event, selection, sought, beyond)
    # The store knows what masks hide: it says what may match, and what is shown decides.
    wider = replace(sought, without=())
    found = context.store.desk.searched(event, selection, wider, beyond, span=LOOKED_AT)
    part = Stretch(ids=found.snapshots)
    shown = stretch(context, event, selection, part, sought) if found.snapshots else ()
    kept = (each.id for each in shown if sought.admits(each.label, _said(each)))
    return Found(tuple(kept), found.reached)


def _said(seen: SnapshotSeen) -> str:
    """What is said of a record where it is listed."""
    names = ("message", "field", "code", "stage")
    parts = [str(error.get(name) or "") for error in seen.errors for name in names]
    return " ".join((*parts, *seen.warnings))
