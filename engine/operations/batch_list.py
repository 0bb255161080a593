"""The Batches of a Sync Event any part at a time, as people see them: their errors masked."""

from collections.abc import Callable

from engine.domain.requests import Found, Stretch
from engine.domain.sync_event import BatchSeen
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.events import known

SPAN = 1_000
"""Batches looked at by one step of a search."""

Keep = Callable[[BatchSeen], bool]
"""Whether a Batch, as it is shown, is among what is sought."""


def stretch(context: Context, event: int, part: Stretch) -> tuple[BatchSeen, ...]:
    """One stretch of them, in order."""
    rules = masking.privacy(context, known(context, event))
    found = context.store.desk.batch_stretch(event, part)
    return tuple(masking.batch(each, rules) for each in found)


def search(context: Context, event: int, keep: Keep, beyond: int | None) -> Found:
    """One step of a search through what is shown; ask again from where it reached."""
    looked_at = stretch(context, event, Stretch(SPAN, beyond))
    kept = tuple(each.index for each in looked_at if keep(each))
    return Found(kept, looked_at[-1].index if len(looked_at) == SPAN else None)
