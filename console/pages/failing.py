"""What failed, as people read it: causes, Batches, failing records."""

from collections.abc import Iterator, Sequence
from typing import Any

from console.format import count, counted, duration, moment
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.pages.summary import groups, headline, purged
from console.pages.values import written
from console.states import BATCH, RECORD, words
from engine.domain.batch import BatchState
from engine.domain.requests import BatchDetail, Failures
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import BatchSeen, SnapshotSeen

MOST_BATCHES = 20


def failures_page(failures: Failures, *, unicode: bool, linkdeck: str) -> Iterator[Block]:
    """What failed in a Sync Event: causes, Batches, and one page of records."""
    event = failures.event
    yield Line(headline(event, unicode=unicode))
    if not (failures.groups or failures.batches or failures.records):
        yield Line("Nothing failed that matches.")
        return
    if event.purged_at is not None:
        yield Line(Span(f"Its values were {purged(event)}.", "warn"))
    yield from groups("Failures by cause", failures.groups)
    yield from listed(failures, unicode=unicode, linkdeck=linkdeck)


def listed(failures: Failures, *, unicode: bool, linkdeck: str) -> Iterator[Block]:
    """The Batches and records themselves."""
    if failures.batches:
        yield Caption(counted(len(failures.batches), "Batch", "Batches") + " open")
        yield from _batches(failures.batches[:MOST_BATCHES], unicode=unicode)
        if len(failures.batches) > MOST_BATCHES:
            yield Line(
                f"and {len(failures.batches) - MOST_BATCHES} more; --json lists all", 2
            )
    if failures.records:
        shown = counted(len(failures.records), "record")
        yield Caption(f"{shown} of {count(failures.matching)}")
        yield from records_grid(failures.records, unicode=unicode)
    if failures.next:
        yield Line(f"More: the same command with --after {failures.next}")
    if failures.records:
        yield Line(f"One of them: {linkdeck} record s{failures.records[0].id}")


def _batches(batches: Sequence[BatchSeen], *, unicode: bool) -> Iterator[Block]:
    rows = [
        (
            str(batch.index),
            batch_state(batch, unicode=unicode),
            scope_of(batch),
            why_of(batch),
        )
        for batch in batches
    ]
    columns = ("BATCH", "STATE", "SCOPE", "ERROR")
    yield Grid([Column(title, wraps=title in columns[2:]) for title in columns], rows)


def batch_state(batch: BatchSeen, *, unicode: bool) -> Span:
    """A Batch's state as glyph, word and colour."""
    look = BATCH[BatchState(batch.state)]
    return Span(f"{look.mark(unicode=unicode)} {words(batch.state)}", look.style)


def scope_of(batch: BatchSeen) -> str:
    """What a Batch was to fetch."""
    what = batch.scope.get("what")
    return str(what) if what else written(dict(batch.scope))


def why_of(batch: BatchSeen) -> str:
    """Why a Batch is among what failed."""
    return str(batch.error.get("message", "")) if batch.error else "the run ended before it"


def records_grid(records: Sequence[SnapshotSeen], *, unicode: bool) -> Iterator[Block]:
    """Failing records, a line each."""
    rows = [_record(record, unicode=unicode) for record in records]
    columns = ("RECORD", "KEY", "BATCH", "STATE", "FIELD", "ERROR")
    yield Grid(
        [Column(title, wraps=title in {"KEY", "FIELD", "ERROR"}) for title in columns], rows
    )


def _record(record: SnapshotSeen, *, unicode: bool) -> tuple[Cell, ...]:
    look = RECORD[RecordState(record.state)]
    first: dict[str, Any] = dict(record.errors[0]) if record.errors else {}
    message = first.get("message") or ", ".join(record.warnings)
    more = f" (and {len(record.errors) - 1} more)" if len(record.errors) > 1 else ""
    return (
        f"s{record.id}",
        record.label,
        str(record.batch),
        Span(f"{look.mark(unicode=unicode)} {words(record.state)}", look.style),
        str(first.get("field") or ""),
        f"{message}{more}",
    )


def batch_page(detail: BatchDetail, *, unicode: bool) -> Iterator[Block]:
    """One Batch: what it was to fetch, what became of it, its failing records."""
    batch = detail.batch
    yield Line(
        (
            Span(
                f"#{detail.event.id} {detail.event.link}, batch {batch.index}  ", "strong"
            ),
            batch_state(batch, unicode=unicode),
        )
    )
    yield Facts(tuple(batch_facts(batch)))
    if detail.records:
        yield Caption(counted(len(detail.records), "record"))
        yield from records_grid(detail.records, unicode=unicode)


def batch_facts(batch: BatchSeen) -> Iterator[tuple[str, Cell]]:
    """What is known of a Batch, name by name."""
    yield "scope", scope_of(batch)
    if batch.fetched is None:
        yield "records", "unknown: none was received"
    else:
        yield (
            "records",
            f"fetched {count(batch.fetched)} = written {count(batch.written)}"
            f" + ignored {count(batch.ignored)} + failed {count(batch.failed)}"
            f" + in doubt {count(batch.in_doubt)}",
        )
    if batch.started_at:
        took = ""
        if batch.finished_at:
            took = (
                f", took {duration((batch.finished_at - batch.started_at).total_seconds())}"
            )
        yield "time", f"started {moment(batch.started_at)}{took}"
    yield "attempts", count(batch.attempts)
    if batch.error:
        yield "error", Span(why_of(batch), "bad")
        yield "fingerprint", str(batch.error.get("fingerprint", ""))
    if batch.open:
        yield "open", "its scope is kept, to be fetched again"
