"""Lists people read: Links, Sync Events, failures, Batches."""

from collections.abc import Iterator, Sequence

from console.format import bound, count, counted, minute
from console.pages.page import Block, Cell, Column, Grid, Line, Span
from console.states import BAD, PAUSED, STATUS
from engine.domain.requests import Explanation, Page
from engine.domain.sync_event import Kind, LinkSeen, SyncEvent


def events_page(page: Page[SyncEvent], *, unicode: bool, linkdeck: str) -> Iterator[Block]:
    """Sync Events, a line each."""
    if not page.items:
        yield Line(f"No Sync Event matches. {linkdeck} run LINK makes one.")
        return
    yield events_grid(page.items, unicode=unicode)
    if page.next:
        yield Line(f"More: the same command with --after {page.next}")


def events_grid(events: Sequence[SyncEvent], *, unicode: bool) -> Grid:
    """Sync Events as a table."""
    columns = (
        Column("EVENT"),
        Column("STATUS", wraps=True),
        Column("LINK", wraps=True),
        Column("STARTED"),
        Column("WRITTEN", right=True),
        Column("FAILED", right=True),
        Column("OPEN", right=True),
    )
    return Grid(columns, [_event(event, unicode=unicode) for event in events])


def _event(event: SyncEvent, *, unicode: bool) -> tuple[Cell, ...]:
    kind = "" if event.kind is Kind.SYNC else f" ({event.kind.value})"
    written_count = event.records.written + event.records.would_write
    return (
        f"#{event.id}",
        state(event, unicode=unicode),
        f"{event.link}{kind}",
        minute(event.started_at or event.queued_at),
        count(written_count),
        count(event.records.failed),
        count(event.open.records + event.open.batches),
    )


def state(event: SyncEvent, *, unicode: bool) -> Span:
    """A Sync Event's status as glyph, word and colour."""
    look = STATUS[event.status]
    return Span(f"{look.mark(unicode=unicode)} {event.status.value}", look.style)


def links_page(
    links: Sequence[LinkSeen], *, unicode: bool, linkdeck: str
) -> Iterator[Block]:
    """Every Link with its last run, and what is wrong with those that cannot run."""
    if not links:
        yield Line(f"There is no Link yet. {linkdeck} new LINK writes a starter.")
        return
    columns = (
        Column("LINK", wraps=True),
        Column("STATE", wraps=True),
        Column("LAST EVENT"),
        Column("SYNCED UP TO", wraps=True),
        Column("OPEN", right=True),
        Column("SEVERITY"),
    )
    yield Grid(columns, [_link(link, unicode=unicode) for link in links])
    for link in links:
        if link.problem:
            yield Line((Span(f"{link.name}: ", "bad"), link.problem))


def _link(link: LinkSeen, *, unicode: bool) -> tuple[Cell, ...]:
    last = f"#{link.last.id} {minute(link.last.started_at)}" if link.last else "never ran"
    return (
        link.name,
        _link_state(link, unicode=unicode),
        last,
        bound(link.mark) if link.mark is not None else "-",
        count(link.open.batches + link.open.records),
        link.severity,
    )


def _link_state(link: LinkSeen, *, unicode: bool) -> Span:
    if link.problem:
        return Span(f"{BAD.mark(unicode=unicode)} cannot run", BAD.style)
    if not link.enabled:
        return Span(f"{PAUSED.mark(unicode=unicode)} disabled", PAUSED.style)
    return (
        state(link.last, unicode=unicode)
        if link.last
        else Span("· ready" if unicode else ". ready")
    )


def explain_page(explanation: Explanation) -> Iterator[Block]:
    """Why Last Successful Sync is where it is, and what holds it there."""
    mark = explanation.mark
    where = (
        f"{bound(mark.value)}, set by #{mark.set_by}"
        if mark
        else "not set: the next run fetches everything"
    )
    yield Line((Span(explanation.link, "strong"), f"  Last Successful Sync: {where}"))
    for held in explanation.held_by:
        batches = counted(held.batches, "open batch", "open batches")
        records = counted(held.records, "open record")
        yield Line(
            (Span(f"#{held.event}", "strong"), f" holds it back: {batches}, {records}"), 2
        )
    if explanation.would_move_to is not None:
        yield Line(
            f"With those closed it moves to {bound(explanation.would_move_to)}.", indent=2
        )
    yield from (Line(note, indent=2) for note in explanation.notes)
