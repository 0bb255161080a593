"""The summary of a Sync Event: what happened, in numbers that add up, and what to do next."""

from collections.abc import Iterator, Mapping, Sequence

from console.format import bound, count, counted, duration, moment
from console.pages.lists import state
from console.pages.overrides import spoken
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.states import words
from engine.domain.errors import Tier
from engine.domain.outcome import Ending, Status
from engine.domain.sync_event import ErrorGroup, Kind, RecordCounts, SyncEvent

MOST_REASONS = 20

DATA = {
    "complete": "complete",
    "partial": "partial: what is open is missing",
    "recovered": "recovered: complete by now",
    "exception_filtered": "exception filtered: errors left records out",
}
"""What those downstream can expect of a Sync Event's data, by its label."""


def summary(event: SyncEvent, *, unicode: bool, linkdeck: str) -> Iterator[Block]:
    """The whole page; `linkdeck` is how the command was called, for what to call next."""
    yield Line(headline(event, unicode=unicode))
    yield Facts(tuple(_facts(event)))
    above = [group for group in event.errors if group.tier is not Tier.RECORD]
    below = [group for group in event.errors if group.tier is Tier.RECORD]
    yield from groups("System and Batch errors by cause", above)
    yield from groups("Record errors by cause", below)
    yield from _reasons("Ignored", event.ignored_reasons)
    yield from _reasons("Warnings", event.warnings)
    steps = tuple(next_steps(event, linkdeck))
    if steps:
        yield Caption("Next")
        yield from (Line(step, indent=2) for step in steps)


def headline(event: SyncEvent, *, unicode: bool) -> Cell:
    """Number, Link, state in glyph, word and colour, and why the event exists."""
    kind = "" if event.kind is Kind.SYNC else f"  {_kind(event)}"
    return (
        Span(f"#{event.id} {event.link}", "strong"),
        "  ",
        state(event, unicode=unicode),
        kind,
    )


def _kind(event: SyncEvent) -> str:
    if event.kind is Kind.TEST:
        return "test: nothing was written"
    if event.replay is not None:
        return f"Automated Replay {event.replay}"
    return f"{event.kind.value} of #{event.parent}" if event.parent else event.kind.value


def _facts(event: SyncEvent) -> Iterator[tuple[str, Cell]]:
    yield from _circumstances(event)
    yield "batches", batch_sum(event)
    yield "records", record_sum(event.records, test=event.kind is Kind.TEST)
    if event.records.warned:
        yield "warned", warned(event)
    if event.open.batches or event.open.records:
        yield "open", Span(_open(event), "bad")
    if event.purged_at is not None:
        yield "values", Span(purged(event), "warn")
    if event.label:
        yield "data", data(event)
    if event.downstream and event.label == "partial":
        yield "affects", Span(", ".join(event.downstream), "warn")
    yield from _relations(event)


def purged(event: SyncEvent) -> str:
    """That its Snapshots are gone, and since when."""
    return f"purged on {moment(event.purged_at)}; the counts are as they were"


def warned(event: SyncEvent) -> str:
    """How many records carry a Warning, and that it held none of them back."""
    fate = "would be written" if event.kind is Kind.TEST else "written"
    return f"{counted(event.records.warned, 'record')}, {fate} all the same"


def data(event: SyncEvent) -> str:
    """What those downstream can expect of its data."""
    label = event.label or ""
    if label == "partial" and not event.batches.planned:
        return "none: it ended before anything was planned"
    return DATA.get(label, words(label))


def _circumstances(event: SyncEvent) -> Iterator[tuple[str, Cell]]:
    since, until = event.window.since, event.window.until
    if since is not None or until is not None:
        start = bound(since) if since is not None else "the beginning"
        yield (
            "window",
            f"from {start} to {bound(until) if until is not None else 'the end'}",
        )
    yield "by", f"{event.actor}{f', because: {event.reason}' if event.reason else ''}"
    yield "time", _time(event)
    if event.workers:
        yield "workers", event.workers
    yield "version", event.definition[:12]
    if event.overrides:
        said = [spoken(name, value) for name, value in event.overrides.items()]
        yield "override", Span("; ".join(said), "warn")


def _time(event: SyncEvent) -> str:
    if event.started_at is None:
        return f"queued {moment(event.queued_at)}"
    started = f"started {moment(event.started_at)}"
    if event.finished_at is None:
        return started
    took = duration((event.finished_at - event.started_at).total_seconds())
    resumed = ", interrupted and resumed" if event.interrupted else ""
    return f"{started}, took {took}{resumed}"


def batch_sum(event: SyncEvent) -> Cell:
    """The Batches as a sum a reader can check."""
    counts = event.batches
    parts = [("completed", counts.completed), ("failed", counts.failed)]
    rare = [
        ("not attempted", counts.not_attempted),
        ("in flight", counts.in_flight),
        ("waiting", counts.waiting),
    ]
    parts += [(name, number) for name, number in rare if number]
    return _sum([("planned", counts.planned)], parts, counts.residual)


def record_sum(counts: RecordCounts, *, test: bool) -> Cell:
    """The records as a sum a reader can check (S3)."""
    whole = [("fetched", counts.fetched)]
    if counts.from_snapshots:
        whole.append(("from Snapshots", counts.from_snapshots))
    parts = [
        ("would write", counts.would_write) if test else ("written", counts.written),
        ("ignored", counts.ignored),
        ("failed", counts.failed),
        ("in doubt", counts.in_doubt),
    ]
    return _sum(whole, parts, counts.residual)


def _sum(
    whole: Sequence[tuple[str, int]], parts: Sequence[tuple[str, int]], residual: int
) -> Cell:
    sides = (
        " + ".join(f"{name} {count(number)}" for name, number in side)
        for side in (whole, parts)
    )
    text = " = ".join(sides)
    return (text, Span(f" + UNEXPLAINED {count(residual)}", "bad")) if residual else text


def _open(event: SyncEvent) -> str:
    parts = []
    if event.open.batches:
        size = (
            "its size is unknown" if event.open.batches == 1 else "their sizes are unknown"
        )
        parts.append(f"{counted(event.open.batches, 'batch', 'batches')} ({size})")
    if event.open.records:
        parts.append(counted(event.open.records, "record"))
    return " and ".join(parts)


def _relations(event: SyncEvent) -> Iterator[tuple[str, Cell]]:
    if event.parent is not None:
        yield "chain", f"child of #{event.parent}, root #{event.root}"
    if event.children:
        yield "children", ", ".join(f"#{child}" for child in event.children)
    if event.recovered_by is not None:
        yield "now", Span(f"recovered by #{event.recovered_by}", "good")
    elif event.superseded_by is not None:
        yield "now", f"taken over by #{event.superseded_by}"


def groups(caption: str, found: Sequence[ErrorGroup]) -> Iterator[Block]:
    """Failures by fingerprint: how many, what they say, and below it what is known of them."""
    if not found:
        return
    rows: list[tuple[Cell, Cell]] = []
    for group in found:
        rows.append((Span(count(group.count), "bad"), Span(group.message, "strong")))
        rows.append(("", known(group)))
    yield Caption(caption)
    yield Grid((Column("COUNT", right=True), Column("CAUSE", wraps=True)), rows)


def known(group: ErrorGroup) -> Cell:
    """Tier, class, code, place, durability, route, owner and fingerprint, in one line."""
    tier = "" if group.tier is Tier.RECORD else f"{group.tier.value} "
    kind = f"{tier}{words(group.error_class.value)}/{group.code}"
    place = " of ".join(part for part in (group.field, group.stage) if part)
    parts = [f"{kind} at {place}" if place else kind, group.durability.value]
    parts.append(f"to {words(group.route.value)}")
    parts += [f"owner {group.owner}"] if group.owner else []
    told = remark(group)
    return (
        ", ".join(parts),
        "  ",
        Span(group.fingerprint, "quiet"),
        Span(f"  {told}", "warn") if told else "",
    )


def remark(group: ErrorGroup) -> str:
    """What is known of a cause from before: that it came back, and what a person said of it."""
    said = ["came back"] if group.returned else []
    said += [group.category] if group.category else []
    said += [f'"{group.note}"'] if group.note else []
    return ", ".join(said)


def _reasons(title: str, reasons: Mapping[str, int]) -> Iterator[Block]:
    if not reasons:
        return
    yield Caption(title)
    ranked = sorted(reasons.items(), key=lambda item: -item[1])
    rows = [(count(number), reason) for reason, number in ranked[:MOST_REASONS]]
    yield Grid((Column("COUNT", right=True), Column("REASON", wraps=True)), rows)
    if len(ranked) > MOST_REASONS:
        yield Line(f"and {len(ranked) - MOST_REASONS} more; --json lists all", indent=2)


def next_steps(event: SyncEvent, linkdeck: str) -> Iterator[str]:
    """Commands worth calling now."""
    if event.abandoned:
        yield f"{linkdeck} resume {event.id}    nobody runs it any more"
        return
    if event.status in {Status.QUEUED, Status.RUNNING}:
        yield f"{linkdeck} cancel {event.id} --reason WHY    what is in flight finishes"
        yield f"{linkdeck} resume {event.id}                 should its process have died"
        return
    if event.ending is Ending.STOPPED and not event.batches.planned:
        yield f"{linkdeck} run {event.link}    once its cause is gone"
        return
    worst = max(
        (group for group in event.errors if group.tier is Tier.RECORD),
        key=lambda group: group.count,
        default=None,
    )
    if worst is not None:
        yield f"{linkdeck} failures {event.id} --fingerprint {worst.fingerprint}"
    elif event.errors:
        yield f"{linkdeck} failures {event.id}"
    if event.kind is not Kind.TEST and event.open.batches + event.open.records:
        yield f"{linkdeck} plan {event.id}    what a retry would send"
        yield f"{linkdeck} explain {event.link}"
