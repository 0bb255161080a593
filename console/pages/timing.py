"""Schedules and gates as people read them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from console import clock
from console.format import age, moment
from console.pages.page import (
    Block,
    Caption,
    Cell,
    Column,
    Facts,
    Grid,
    Line,
    Span,
    spans,
)
from console.states import BAD, GOOD, WARNED, words
from engine.domain.gate import Approval, Gate, GateReason
from engine.domain.link import Schedule
from engine.domain.requests import Explanation
from engine.domain.schedule import LinkSchedule, NextRun, SlotSeen, SlotState
from engine.domain.units import elapsed

STYLES = {"waiting": "warn", "paused": "bad", "off": "quiet"}
WORDS = {"waiting": "waits", "paused": "paused", "off": "off"}

VAIN = "*"
"""What stands behind a next run that nobody will begin."""
NOBODY = "no engine is alive: nothing will start them"


def soon(coming: NextRun | None, now: datetime | None = None) -> Cell:
    """When the next run is, for lists: in 12 min, or why there is none."""
    if coming is None:
        return Span("-", "quiet")
    mark = "" if coming.attended else VAIN
    if coming.due is None or coming.state != "planned":
        word = WORDS.get(coming.state, coming.state)
        return Span(f"{word}{mark}", STYLES.get(coming.state, ""))
    present = now or clock.now()
    if coming.due <= present:
        return Span(f"overdue{mark}", "warn") if coming.note else "now"
    said = f"in {age(present, coming.due)}"
    return Span(f"{said}{mark}", "warn") if mark else said


def own_note(coming: NextRun) -> str | None:
    """What is said of this next run alone; that no engine is alive is said of all of them."""
    return coming.note if coming.attended or coming.state != "planned" else None


def in_vain(seen: Iterable[NextRun | None], linkdeck: str) -> Iterator[Line]:
    """What the mark behind next runs means, where there is one; below a list of them."""
    if any(each is not None and not each.attended for each in seen):
        yield Line((Span(f"{VAIN} {NOBODY}; ", "warn"), f"{linkdeck} engine"))


def next_run(coming: NextRun) -> Cell:
    """When the next run is, and what keeps it."""
    note = Span(coming.note or coming.state, STYLES.get(coming.state, "warn"))
    if coming.due is None:
        return note
    if coming.state != "planned":
        return ("due since ", moment(coming.due), ", ", note)
    return (moment(coming.due), ", ", note) if coming.note else moment(coming.due)


def outlook(told: Explanation) -> Iterator[Line]:
    """When a Link runs next, and whether those downstream of it may go on."""
    if told.next is not None:
        yield Line(("Next run by itself: ", *spans(next_run(told.next))), 2)
    gate = told.gate
    if gate is None or (gate.label is None and gate.open):
        return
    label = words(gate.label) if gate.label else "none yet"
    yield Line(f"Its data: {label}{'' if gate.open else '; downstream should wait:'}", 2)
    yield from (Line(reason_line(each), 4) for each in gate.reasons)
    if gate.approval is not None:
        yield Line(approval_line(gate.approval), 4)


def schedules_page(found: Sequence[LinkSchedule], *, linkdeck: str) -> Iterator[Block]:
    """Every schedule: what it says, when it comes next, what became of the last slots."""
    if not found:
        yield Line(
            "No Link has a schedule: write schedule: {cron: '0 * * * *'} in its file."
        )
        return
    for seen in found:
        yield Caption(seen.link)
        yield Facts(tuple(_schedule(seen)))
        if seen.last:
            columns = (Column("SLOT"), Column("BECAME"), Column("", wraps=True))
            yield Grid(columns, [_slot(each) for each in seen.last])
    yield Line()
    yield from in_vain((seen.next for seen in found), linkdeck)
    yield Line(
        f"{linkdeck} override LINK --set schedule.cron='0 6 * * *' changes one at once."
    )


def _schedule(seen: LinkSchedule) -> Iterator[tuple[str, Cell]]:
    yield "schedule", spoken(seen.schedule)
    yield "next run", _listed(seen.next)
    if seen.next.state == "planned" and len(seen.coming) > 1:
        yield "then", ", ".join(moment(at) for at in seen.coming[1:])


def _listed(coming: NextRun) -> Cell:
    """The same in a list, where a mark stands for what is said below it."""
    if coming.attended or coming.due is None or coming.state != "planned":
        return next_run(coming)
    late = ", overdue" if coming.due <= clock.now() else ""
    return (moment(coming.due), Span(f"{late}{VAIN}", "warn"))


def spoken(schedule: Schedule) -> str:
    """What a schedule says, in words."""
    said = f"every {elapsed(schedule.every)}" if schedule.every else ""
    said = f"{schedule.cron} in {schedule.timezone}" if schedule.cron else said
    if schedule.jitter:
        said += f", up to {elapsed(schedule.jitter)} later"
    said += f"; while a run is not over: {schedule.overlap.value}"
    if schedule.pause_after:
        runs = "run" if schedule.pause_after == 1 else "runs in a row"
        said += f"; waits after {schedule.pause_after} failed {runs}"
    return said


def _slot(slot: SlotSeen) -> tuple[Cell, ...]:
    became = f"#{slot.event}" if slot.event else slot.state.value
    style = {SlotState.WAITING: "warn", SlotState.SKIPPED: "warn"}.get(slot.state, "")
    return moment(slot.at), Span(became, style), slot.note or ""


def gates_page(gates: Sequence[Gate], *, unicode: bool) -> Iterator[Block]:
    """May those downstream go on? A line a Link, and the reasons below."""
    for gate in gates:
        yield Line(_gate(gate, unicode=unicode))
        for reason in gate.reasons:
            yield Line(reason_line(reason), indent=2)
        if gate.approval is not None:
            yield Line(approval_line(gate.approval), indent=2)


def _gate(gate: Gate, *, unicode: bool) -> Cell:
    look, word = (GOOD, "open") if gate.open else (BAD, "closed")
    if gate.open and gate.reasons:
        look, word = WARNED, "open: approved"
    data = f"  data {words(gate.label)}" if gate.label else "  no data yet"
    of = f", of {moment(gate.as_of)}" if gate.as_of else ""
    state = Span(f"{look.mark(unicode=unicode)} {word}", look.style)
    return Span(gate.link, "strong"), "  ", state, f"{data}{of}"


def reason_line(reason: GateReason) -> Cell:
    """One thing that keeps a gate closed, and what to do."""
    return (reason.message, Span(f"; {reason.hint}", "quiet") if reason.hint else "")


def approval_line(approval: Approval) -> str:
    """Who approved, until when and why."""
    until = moment(approval.until)
    return f"approved until {until} by {approval.actor}: {approval.reason}"
