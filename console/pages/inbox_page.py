"""The Inbox as people read it, and what they did in it."""

from collections.abc import Iterator, Mapping

from console.format import count, counted, duration
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.pages.record_page import error_lines
from console.pages.values import shown
from console.states import BAD, GOOD, RECORD, words
from engine.domain.diff import leaves
from engine.domain.inbox import Discarded, InboxCounts, InboxItem, Simulated
from engine.domain.requests import Page
from engine.domain.snapshot import RecordState
from engine.domain.stored_json import parsed

_SEVERE = {"critical": "bad", "high": "warn"}


def inbox_page(
    page: Page[InboxItem], counts: InboxCounts | None, *, unicode: bool, linkdeck: str
) -> Iterator[Block]:
    """What waits, a line each, under how much of it there is."""
    if counts is not None:
        yield Line((Span(counted(counts.total, "open failure"), "strong"), _routes(counts)))
    if not page.items:
        yield Line(
            "Nothing that waits matches." if counts and counts.total else "All clear."
        )
        return
    titles = ("ITEM", "LINK", "KEY", "AGE", "STATE", "ROUTE", "ERROR")
    wide = {"LINK", "KEY", "ERROR"}
    rows = [_row(item, unicode=unicode) for item in page.items]
    yield Grid([Column(title, wraps=title in wide) for title in titles], rows)
    if page.next:
        yield Line(f"More: the same command with --after {page.next}")
    first = page.items[0]
    yield Caption("Next")
    if first.snapshot is not None:
        yield Line(f"{linkdeck} record s{first.snapshot}", indent=2)
        yield Line(f"{linkdeck} edit s{first.snapshot} --set path=value --reason …", 2)
    yield Line(f"{linkdeck} retry {first.event} --reason …", indent=2)
    yield Line(f"{linkdeck} discard {first.event} --reason …", indent=2)


def _routes(counts: InboxCounts) -> str:
    said = ", ".join(
        f"{words(route)} {count(times)}" for route, times in counts.routes.items()
    )
    return f"  {said}" if said else ""


def _row(item: InboxItem, *, unicode: bool) -> tuple[Cell, ...]:
    look = RECORD[RecordState(item.state)]
    edited = " (edited)" if item.edited else ""
    name = f"s{item.snapshot}" if item.snapshot is not None else f"#{item.event}"
    return (
        Span(name, _SEVERE.get(item.severity, "")),
        f"{item.link} #{item.event}" if item.snapshot is not None else item.link,
        item.label,
        duration(item.age_s),
        Span(f"{look.mark(unicode=unicode)} {words(item.state)}{edited}", look.style),
        words(str(item.error.get("route", ""))),
        str(item.error.get("message", "")),
    )


def sent_by(snapshot: str, *, linkdeck: str) -> tuple[Block, ...]:
    """What sends an edit that was kept."""
    call = f"{linkdeck} retry {snapshot} --reason WHY"
    return Caption("Next"), Line(f"{call}    sends it as edited", indent=2)


def discarded_page(done: Discarded, *, linkdeck: str) -> Iterator[Block]:
    """What a discard closed, and what that completed."""
    parts = [
        counted(done.records, "record") if done.records else "",
        counted(done.batches, "Batch", "Batches") if done.batches else "",
    ]
    what = " and ".join(part for part in parts if part) or "the System error"
    events = ", ".join(f"#{event}" for event in done.events)
    yield Line(f"discarded {what} of {events}")
    for event in done.completed:
        yield Line(f"#{event} is completed with warnings; {linkdeck} show {event}")


def simulated_page(simulated: Simulated, *, unicode: bool) -> Iterator[Block]:
    """What the stages make of a record; nothing was written or kept."""
    yield from _fate(simulated, unicode=unicode)
    if simulated.warnings:
        yield Line(Span(counted(len(simulated.warnings), "Warning"), "warn"))
        yield from (Line(text, indent=2) for text in simulated.warnings)


def _fate(simulated: Simulated, *, unicode: bool) -> Iterator[Block]:
    if not simulated.passes:
        yield Line(Span(f"{BAD.mark(unicode=unicode)} it would fail again", "bad"))
        for error in simulated.errors:
            yield from error_lines(error)
        return
    if simulated.ignored is not None:
        yield Line(f"The stages leave it out: {simulated.ignored}")
        return
    yield Line(
        Span(f"{GOOD.mark(unicode=unicode)} it would pass, and be written as", "good")
    )
    after = parsed(simulated.after)
    fields: Mapping[str, object] = dict(leaves(after))
    yield Facts(tuple((path, shown(value)) for path, value in fields.items()))
