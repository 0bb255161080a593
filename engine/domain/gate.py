"""May those downstream go on? Decided from what is known of a Link's data, and said in words."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from engine.domain.errors import Misused
from engine.domain.units import elapsed
from engine.domain.values import dataclass

MOST_NAMED = 5
"""So many Sync Events are named one by one."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A Sync Event with something open in its Chain; `moved`: some of that went to a later run."""

    event: int
    status: str
    batches: int = 0
    records: int = 0
    in_doubt: int = 0
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Active:
    """The Sync Event that writes now, or is about to."""

    event: int
    status: str
    since: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The newest run of which everything is accounted for; `whole`: it read all of the source."""

    event: int
    label: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word that downstream may go on until a time, with so much open."""

    link: str
    until: datetime
    actor: str
    reason: str
    at: datetime
    batches: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class Data:
    """All that is known of the data of a Link.

    `as_of`: every change before it has been read; `filtered` are Sync Events, since all was last
    read, whose errors left records out; `drifted` those with a page that was not as planned (M5).
    """

    link: str
    settled: Settled | None = None
    active: Active | None = None
    unsettled: tuple[Unsettled, ...] = ()
    filtered: tuple[int, ...] = ()
    drifted: tuple[int, ...] = ()
    as_of: datetime | None = None
    marked: bool = False
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class GateReason:
    """One thing that keeps a gate closed, or would without an approval; what to do about it."""

    kind: str
    message: str
    event: int | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of one Link; `approval` is the one in force, whether or not it was needed."""

    link: str
    open: bool
    label: str | None
    as_of: datetime | None
    age: float | None
    reasons: tuple[GateReason, ...] = ()
    approval: Approval | None = None


def judged(data: Data, *, now: datetime, max_age: float | None = None) -> Gate:
    """The gate of a Link: open where its data is complete and fresh, or a person approved."""
    reasons = tuple(_reasons(data, now, max_age))
    approval = data.approval if data.approval and now < data.approval.until else None
    if approval is not None and reasons:
        exceeded = _exceeded(approval, data)
        reasons = (exceeded, *reasons) if exceeded else reasons
        approval = None if exceeded else approval
    return Gate(
        link=data.link,
        open=approval is not None or not reasons,
        label=label_of(data),
        as_of=data.as_of,
        age=None if data.as_of is None else (now - data.as_of).total_seconds(),
        reasons=reasons,
        approval=approval,
    )


def label_of(data: Data) -> str | None:
    """What the data of a Link can be called; None: there is none yet."""
    if data.unsettled or data.drifted:
        return "partial"
    if data.settled is None:
        return "complete" if data.marked else None
    if _part(data):
        return "partial"
    return "exception_filtered" if data.filtered else data.settled.label


def waits_for(parents: Iterable[Gate]) -> str | None:
    """What a run that depends on these Links waits for; None: nothing."""
    closed = [gate for gate in parents if not gate.open]
    if not closed:
        return None
    said = (
        f"{gate.link}: {'; '.join(each.message for each in gate.reasons)}"
        for gate in closed
    )
    return f"waits for {', and for '.join(said)}"


def check_until(until: datetime, now: datetime) -> None:
    """Misused where an approval would be over before it began."""
    if until <= now:
        raise Misused(f"--until {until.isoformat()} has passed; say a time to come")


def _reasons(data: Data, now: datetime, max_age: float | None) -> Iterator[GateReason]:
    yield from _unsettled(data.unsettled)
    if data.active is not None:
        active = data.active
        since = f"{active.since.astimezone():%H:%M}"
        message = f"#{active.event} is {active.status} since {since} by {active.who}"
        yield GateReason("active", message, active.event, "it opens once that is over")
    if data.settled is None and not data.marked:
        if not data.unsettled:
            yield _never_ran(data)
        return
    yield from _missing(data)
    if max_age is not None and data.as_of is not None:
        age = (now - data.as_of).total_seconds()
        if age > max_age:
            message = (
                f"its data is {elapsed(age)} old; at most {elapsed(max_age)} is allowed"
            )
            yield GateReason("stale", message, hint=f"linkdeck run {data.link}")


def _never_ran(data: Data) -> GateReason:
    message = "no run of it has ended yet" if data.active else "it never ran"
    return GateReason("never_ran", message, hint=f"linkdeck run {data.link}")


def _unsettled(found: Sequence[Unsettled]) -> Iterator[GateReason]:
    # What moved on is open where it went, which is named by itself.
    told = [each for each in found if each.batches or each.records or not each.moved]
    for each in (told or found)[:MOST_NAMED]:
        message = f"#{each.event} {each.status}{_open(each)}"
        yield GateReason(
            "open", message, each.event, f"linkdeck retry {each.event} --reason …"
        )
    more = len(told or found) - MOST_NAMED
    if more > 0:
        runs = "Sync Event" if more == 1 else "Sync Events"
        yield GateReason("open", f"{more} more {runs} with something open")


def _open(each: Unsettled) -> str:
    amount = _amount(each.batches, each.records)
    doubt = f", {each.in_doubt:,} of them in doubt" if each.in_doubt else ""
    return f", {amount} open{doubt}" if amount else ""


def _missing(data: Data) -> Iterator[GateReason]:
    """What no failure tells of: parts never read, left out, or read in another order."""
    if _part(data) and data.settled is not None:
        message = f"only a part of its source was ever read (#{data.settled.event})"
        yield GateReason("part", message, data.settled.event, f"linkdeck run {data.link}")
    hint = f"linkdeck run {data.link} --full reads them again"
    for event in data.filtered[:MOST_NAMED]:
        message = f"errors left records out of #{event} (exception filtered)"
        yield GateReason("filtered", message, event, hint)
    for event in data.drifted[:MOST_NAMED]:
        message = f"a page of #{event} had drifted when it was fetched again"
        yield GateReason("drifted", message, event, "the next run fetches from there")


def _part(data: Data) -> bool:
    return data.settled is not None and not data.marked and not data.settled.whole


def _exceeded(approval: Approval, data: Data) -> GateReason | None:
    """An approval is for what was known; where more is open, a person has to look again."""
    batches = sum(each.batches for each in data.unsettled)
    records = sum(each.records for each in data.unsettled)
    if batches <= approval.batches and records <= approval.records:
        return None
    was = _amount(approval.batches, approval.records) or "nothing"
    message = f"{approval.actor} approved it with {was} open, now it is {_amount(batches, records)}"
    return GateReason("exceeded", message, hint="look again, then linkdeck gate approve")


def _amount(batches: int, records: int) -> str:
    parts = []
    if batches:
        parts.append(f"{batches:,} {'batch' if batches == 1 else 'batches'}")
    if records:
        parts.append(f"{records:,} {'record' if records == 1 else 'records'}")
    return " and ".join(parts)
