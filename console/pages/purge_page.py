"""Retention as people read it: what went or would go, what stays, what was erased."""

from collections.abc import Iterator

from console.format import count, counted
from console.pages.page import Block, Cell, Column, Grid, Line, Span
from engine.domain.retention import Erased, Purge, Purgeable

_WHAT = ("snapshots", "batches", "events", "deliveries", "plans")


def purge_page(purge: Purge, *, linkdeck: str) -> Iterator[Block]:
    """A line a Link, and why something stays."""
    some = [each for each in purge.links if not each.nothing]
    if not some and not purge.audit:
        yield Line("Nothing that is settled is old enough to go.")
    if some:
        titles = ("SNAPSHOTS", "BATCHES", "SYNC EVENTS", "DELIVERIES", "PLANS")
        columns = [Column("LINK", wraps=True)]
        columns += [Column(title, right=True) for title in titles]
        yield Grid(columns, [_row(each) for each in some])
    for each in purge.links:
        for why in each.stays:
            yield Line((Span(f"{each.link}: ", "strong"), why))
    if some or purge.audit:
        yield Line(_sentence(purge, linkdeck))


def _row(found: Purgeable) -> tuple[Cell, ...]:
    return (found.link, *(count(getattr(found, name)) for name in _WHAT))


def _sentence(purge: Purge, linkdeck: str) -> str:
    if not purge.done:
        return f"That would go: {linkdeck} purge takes it away."
    audit = f", and {counted(purge.audit, 'row')} of the audit" if purge.audit else ""
    return f"That is gone{audit}; the counts of its Sync Events stay as long as they do."


def erased_page(erased: Erased) -> Iterator[Block]:
    """What was erased of a subject, and what a person must still do."""
    open_ones = f" ({counted(erased.discarded, 'was', 'were')} open, discarded)"
    records = counted(erased.records, "record")
    events = ", ".join(f"#{number}" for number in erased.events)
    where = f" of {events}" if events else ""
    yield Line(
        f"erased {records}{where}{open_ones if erased.discarded else ''}, and parts of "
        f"{counted(erased.deliveries, 'delivery', 'deliveries')}"
    )
    yield Line(f"the audit names the key by its hash, {erased.key}", 2)
    yield from (Line(Span(each, "warn"), 2) for each in erased.left)
