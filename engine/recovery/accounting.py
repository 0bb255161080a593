"""The books of a Chain: every record of it in exactly one place (S3), and how it converges."""

from collections.abc import Sequence

from engine.domain.inbox import Balance, ChainEvent, Kept, Settled

FETCHED_AGAIN = "retry"
"""What closed a kept scope that a retry fetched again: its records are counted there."""


def balance(
    events: Sequence[ChainEvent],
    *,
    kept: Sequence[Kept] = (),
    in_doubt: int = 0,
    settled: Settled | None = None,
) -> Balance:
    """Where the records of a Chain are.

    What a retry took up again is counted with its attempt, so that attempts and what they took up
    cancel out. `settled`, where given, was counted record by record and replaces the counters:
    those say only which moved failures are still open where they went.
    """
    told = settled or _settled(events)
    by_way = {each.way: each.records for each in kept}
    still_open = sum(event.open_records for event in events) + by_way.get(None, 0)
    return Balance(
        fetched=sum(event.fetched for event in events) - by_way.get(FETCHED_AGAIN, 0),
        written=sum(event.written for event in events),
        ignored=sum(event.ignored for event in events),
        open=still_open - in_doubt,
        in_doubt=in_doubt,
        superseded=told.superseded + by_way.get("superseded", 0),
        equal=told.equal + by_way.get("equal", 0),
        discarded=told.discarded + by_way.get("discard", 0),
        moved=told.moved,
    )


def _settled(events: Sequence[ChainEvent]) -> Settled:
    return Settled(
        superseded=sum(event.superseded for event in events),
        equal=sum(event.equal for event in events),
        discarded=sum(event.discarded for event in events),
        moved=sum(event.moved for event in events),
    )


def convergence(
    left: Sequence[tuple[int | None, int | None]], now: tuple[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Open batches, and open records, after each Sync Event that has ended, and now.

    Now is left out where it is what the last one left. What ended before such was noted is passed
    over.
    """
    steps = [
        (batches, records)
        for batches, records in left
        if batches is not None and records is not None
    ]
    if not steps or steps[-1] != now:
        steps.append(now)
    return tuple(batches for batches, _ in steps), tuple(records for _, records in steps)
