"""Failing records any part at a time, as people see them."""

from engine.domain.requests import Found, Search, Selection, Stretch
from engine.domain.sync_event import SnapshotSeen
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.events import known


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
    """One step of a search; ask again from where it reached."""
    return context.store.searched(event, selection, sought, beyond)
