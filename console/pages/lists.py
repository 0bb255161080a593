"""Lists people read: Links, Sync Events, failures, Batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from console.format import bound, brief, count, counted, minute, zone
from console.pages.page import Block, Cell, Column, Grid, Line, Span
from console.pages.timing import in_vain, outlook, own_note, soon
from console.states import BAD, IDLE, INTERRUPTED, LOST, PAUSED, STATUS, Look
from engine.domain.outcome import Status
from engine.domain.requests import Explanation, Page
from engine.domain.sync_event import Kind, LinkSeen, SyncEvent


def events_page(page: Page[SyncEvent], *, unicode: bool, linkdeck: str) -> Iterator[Block]:
    """Sync Events, a line each."""
    if not page.items:
        yield Line(f"No Sync Event matches. {linkdeck} run LINK makes one.")
        return
    yield events_grid(page.items, unicode=unicode)
    yield from _left_alone(page.items, linkdeck)
    if page.next:
        yield Line(f"More: the same command with --after {page.next}")


def events_grid(events: Sequence[SyncEvent], *, unicode: bool) -> Grid:
    """Sync Events as a table."""
    columns = (
        Column("EVENT"),
        Column("STATUS", wraps=True),
        Column("LINK", wraps=True),
        Column(f"STARTED ({zone()})"),
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
    if event.abandoned:
        return Span(f"{LOST.mark(unicode=unicode)} {INTERRUPTED}", LOST.style)
    look = STATUS[event.status]
    return Span(f"{look.mark(unicode=unicode)} {event.status.value}", look.style)


def _left_alone(events: Sequence[SyncEvent], linkdeck: str) -> Iterator[Block]:
    """What to do about those that nobody runs any more, or that nobody takes."""
    for event in events:
        if event.abandoned:
            what = f"#{event.id} of {event.link} was interrupted, nobody runs it any more: "
            yield Line((Span(what, "bad"), f"{linkdeck} resume {event.id} finishes it"))
        elif event.unattended:
            what = f"#{event.id} of {event.link} is queued, and no engine is alive: "
            how = f"{linkdeck} engine takes it, {linkdeck} resume {event.id} runs it here"
            yield Line((Span(what, "warn"), how))


def short_state(event: SyncEvent, *, unicode: bool) -> Span:
    """The same in the fifteen cells of a list."""
    return shortened(state(event, unicode=unicode))


def shortened(said: Span) -> Span:
    """A state that fits such a column."""
    return Span(said.text.replace("completed with warnings", "with warnings"), said.style)


def links_page(
    links: Sequence[LinkSeen], *, unicode: bool, linkdeck: str
) -> Iterator[Block]:
    """Every Link with its last run, and what is wrong with those that cannot run."""
    if not links:
        yield Line(f"There is no Link yet. {linkdeck} new LINK writes a starter.")
        return
    columns = [
        Column("LINK", wraps=True),
        Column("STATE", wraps=True),
        Column(f"LAST EVENT ({zone()})"),
        Column("SYNCED UP TO", wraps=True),
        Column("OPEN", right=True),
        Column("SEVERITY"),
    ]
    rows = [_link(link, unicode=unicode) for link in links]
    if any(link.next for link in links):
        columns.append(Column("NEXT RUN"))
        rows = [(*row, soon(link.next)) for row, link in zip(rows, links, strict=True)]
    yield Grid(columns, rows)
    for link in links:
        if link.problem:
            yield Line((Span(f"{link.name}: ", "bad"), problem_of(link)))
        elif link.enabled and link.next is not None and (note := own_note(link.next)):
            yield Line((Span(f"{link.name}: ", "warn"), note))
    yield from in_vain((link.next for link in links), linkdeck)
    yield from _left_alone([link.last for link in links if link.last], linkdeck)


def problem_of(link: LinkSeen) -> str:
    """Why it cannot run: its file by its name alone."""
    return (link.problem or "").replace(f"{Path(link.path).parent}/", "")


def _link(link: LinkSeen, *, unicode: bool) -> tuple[Cell, ...]:
    last = f"#{link.last.id} {minute(link.last.started_at)}" if link.last else "never ran"
    return (
        link.name,
        link_state(link, unicode=unicode),
        last,
        brief(link.mark) if link.mark is not None else "-",
        count(link.open.batches + link.open.records),
        link.severity,
    )


def link_state(link: LinkSeen, *, unicode: bool) -> Span:
    """How a Link stands: it has failed as long as anything of it is open."""
    last = link.last
    if last is not None and not (link.problem or last.status.over):
        return state(last, unicode=unicode)
    if last is None or link.problem or not link.enabled:
        look, word = _unlike_its_runs(link)
        return Span(f"{look.mark(unicode=unicode)} {word}", look.style)
    if link.open.batches + link.open.records and last.status is not Status.CANCELLED:
        return Span(f"{BAD.mark(unicode=unicode)} {Status.FAILED.value}", BAD.style)
    return state(last, unicode=unicode)


def _unlike_its_runs(link: LinkSeen) -> tuple[Look, str]:
    if link.problem:
        return BAD, "cannot run"
    return (IDLE, "never ran") if link.enabled else (PAUSED, "disabled")


def explain_page(explanation: Explanation) -> Iterator[Block]:
    """Why Last Successful Sync is where it is, and what holds it there."""
    where = mark_of(explanation)
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
    yield from outlook(explanation)


def mark_of(explanation: Explanation) -> str:
    """Where Last Successful Sync is, unless a note says why there is none."""
    mark = explanation.mark
    if mark is not None:
        return f"{bound(mark.value)}, set by #{mark.set_by}"
    return "none" if explanation.notes else "not set: the next run fetches everything"
