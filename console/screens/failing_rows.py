"""A cause and a failing record as lines of a list."""

from console.format import count, counted
from console.layout import Field
from console.pages.page import Cell, Span
from console.states import RECORD, words
from console.theme import Skin
from engine.domain.errors import Tier
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import ErrorGroup, SnapshotSeen, SyncEvent

GROUPS = (
    Field("COUNT", 7, right=True),
    Field("TIER", 6, rank=3),
    Field("CODE", 10, rank=1),
    Field("FIELD", 8, rank=2, tail=True),
    Field("CAUSE", 34, grow=1),
)
RECORDS = (
    Field("KEY", 12, grow=1, tail=True),
    Field("STATE", 12, rank=1),
    Field("FIELD", 8, grow=1, rank=3, tail=True),
    Field("ERROR", 16, grow=7),
    Field("TRIES", 5, right=True, rank=4),
    Field("BATCH", 6, right=True, rank=2),
)


def record_cells(seen: SnapshotSeen, skin: Skin) -> tuple[Cell, ...]:
    """A failing record in a list."""
    look = RECORD[RecordState(seen.state)]
    error = seen.errors[0] if seen.errors else {}
    more = f" (and {len(seen.errors) - 1} more)" if len(seen.errors) > 1 else ""
    return (
        Span(seen.label, "strong"),
        Span(f"{look.mark(unicode=skin.unicode)} {words(seen.state)}", look.style),
        str(error.get("field") or ""),
        f"{error.get('message') or ', '.join(seen.warnings)}{more}",
        count(seen.attempts),
        str(seen.batch),
    )


def group_cells(group: ErrorGroup) -> tuple[Cell, ...]:
    """A cause in a list."""
    return (
        Span(count(group.count), "bad"),
        group.tier.value,
        group.code,
        group.field or "",
        group.message,
    )


def failed_of(event: SyncEvent) -> str:
    """How many failed, by tier."""
    of = {
        tier: sum(each.count for each in event.errors if each.tier is tier) for tier in Tier
    }
    parts = [counted(of[Tier.RECORD], "failing record")]
    if of[Tier.BATCH]:
        parts.append(counted(of[Tier.BATCH], "failed Batch", "failed Batches"))
    if of[Tier.SYSTEM]:
        parts.append(counted(of[Tier.SYSTEM], "System error"))
    return ", ".join(parts)
