"""Failing records found and paged: by keyset on an index, live, filtered, exported."""

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.domain.errors import Refused
from engine.domain.requests import Selection
from engine.domain.snapshot import RecordState, Snapshot
from engine.domain.sync_event import SnapshotSeen
from engine.store import failures
from engine.store.store import Store
from tests.store.world import (
    Told,
    a_snapshot,
    an_error,
    at,
    clean,
    never_received,
    new_event,
    running,
    with_failures,
)

BLANK = an_error("email is blank", stage="rules")
LONG = an_error("note is too long", stage="lengths")


def _failing(store: Store) -> Told:
    """Three batches of four failing records each: every other one BLANK, else LONG."""
    run = running(store, 4)
    for batch in range(3):
        group = [
            a_snapshot(n, label=f"o{batch}{n}", error=BLANK if n % 2 else LONG)
            for n in range(4)
        ]
        run.finishes(with_failures(batch, group))
    return run


def _labels(found: tuple[SnapshotSeen, ...]) -> list[str]:
    return [record.label for record in found]


def test_failing_records_come_in_pages_with_how_many_match(store: Store) -> None:
    run = _failing(store)

    first, matching = store.failures(run.number, Selection(), limit=5)
    second, _ = store.failures(run.number, Selection(), limit=5, after=first.next)
    third, _ = store.failures(run.number, Selection(), limit=5, after=second.next)

    assert matching == 12
    assert _labels(first.items) == ["o00", "o01", "o02", "o03", "o10"]
    assert len(first.items + second.items + third.items) == 12
    assert third.next is None


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(fingerprints=(BLANK.fingerprint,)), "o01 o03 o11 o13 o21 o23"),
        (Selection(stage="lengths"), "o00 o02 o10 o12 o20 o22"),
        (Selection(batch=1), "o10 o11 o12 o13"),
        (Selection(keys=("o12", "o23")), "o12 o23"),
        (Selection(batch=2, fingerprints=(LONG.fingerprint,)), "o20 o22"),
        (Selection(tier="record", stage="rules", keys=("o00", "o01")), "o01"),
        (
            Selection(fingerprints=(BLANK.fingerprint, LONG.fingerprint), batch=0),
            "o00 o01 o02 o03",
        ),
        (Selection(fingerprints=("nobody",)), ""),
        (Selection(tier="batch"), ""),
        (Selection(stage="nowhere"), ""),
        (Selection(batch=3), ""),
        (Selection(batch=99), ""),
    ],
)
def test_a_selection_finds_exactly_what_it_says(
    store: Store, selection: Selection, expected: str
) -> None:
    run = _failing(store)

    page, matching = store.failures(run.number, selection)
    paged: list[SnapshotSeen] = []
    after = None
    while True:
        part, _ = store.failures(run.number, selection, limit=2, after=after)
        paged += part.items
        after = part.next
        if after is None:
            break

    assert _labels(page.items) == expected.split()
    assert matching == len(page.items)
    assert tuple(paged) == page.items
    assert tuple(store.each_failure(run.number, selection)) == page.items


def test_many_fingerprints_at_once_are_found_too(store: Store) -> None:
    run = running(store, 1)
    group = [a_snapshot(n, error=an_error(f"error {n}")) for n in range(60)]
    run.finishes(with_failures(0, group))
    wanted = tuple(f"error {n}/rules" for n in range(0, 60, 1))

    page, matching = store.failures(run.number, Selection(fingerprints=wanted), limit=100)

    assert matching == len(page.items) == 60


def test_records_with_a_warning_are_a_list_of_their_own(store: Store) -> None:
    warned = Snapshot(
        position=5,
        label="o5",
        key='["o5"]',
        before=b"{}",
        after=b"{}",
        errors=(),
        warnings=("no tier",),
        state=RecordState.WARNED,
    )
    kept = a_snapshot(6, state=RecordState.KEPT)
    run = running(store, 1).finishes(with_failures(0, [a_snapshot(1)], written=9))
    other = running(store, 1, new_event("customers"))
    other.finishes(replace(clean(0, 2), snapshots=(warned, kept), warned=1))

    page, matching = store.failures(other.number, Selection(tier="warning"))

    assert matching == 1
    assert page.items[0].warnings == ("no tier",)
    assert page.items[0].errors == ()
    assert store.failures(other.number, Selection())[0].items == ()
    assert store.failures(run.number, Selection(tier="warning"))[1] == 0


def test_a_filter_of_ones_own_pages_and_counts_what_it_keeps(store: Store) -> None:
    run = _failing(store)

    def keep(record: SnapshotSeen) -> bool:
        return record.label.endswith("3")

    first, matching = store.failures(run.number, Selection(), limit=2, keep=keep)
    rest, _ = store.failures(run.number, Selection(), limit=2, after=first.next, keep=keep)

    assert matching == 3
    assert _labels(first.items) == ["o03", "o13"]
    assert _labels(rest.items) == ["o23"]
    assert rest.next is None


def test_an_export_streams_every_failing_record_in_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "CHUNK", 5)
    run = _failing(store)

    exported = list(store.each_failure(run.number, Selection()))

    assert [record.id for record in exported] == list(range(1, 13))


def test_a_snapshot_comes_back_as_it_was_handed_over(store: Store) -> None:
    """I1, T5: before and after byte for byte, and every answer about its errors."""
    run = _failing(store)

    seen = store.snapshot(2)

    assert seen is not None
    assert (seen.before, seen.after) == (b'{"id": 1}', b'{"order_id": 1}')
    assert (seen.key, seen.label, seen.batch, seen.position) == ('["o01"]', "o01", 0, 1)
    assert (seen.event, seen.link, seen.state) == (run.number, "orders", "open")
    assert seen.blame == {"order_id": "mapping"}
    assert seen.attempts == 1
    assert json.loads(json.dumps(seen.errors[0])) == {
        "tier": "record",
        "class": "validation",
        "durability": "durable",
        "code": "required",
        "message": "email is blank",
        "field": "email",
        "stage": "rules",
        "route": "quarantine",
        "fingerprint": "email is blank/rules",
        "severity": "normal",
        "owner": "data-operations",
        "attempts": [],
        "at": "2026-11-22T12:00:00Z",
        "source": "orders.ndjson",
        "target": "warehouse",
        "downstream": ["finance"],
        "batch": 0,
        "position": 1,
    }


def test_an_error_without_a_time_of_its_own_has_that_of_its_batch(store: Store) -> None:
    timed, untimed = replace(BLANK, at=at(1)), replace(BLANK, at=None)
    run = running(store, 1)
    outcome = with_failures(0, [a_snapshot(0, error=timed), a_snapshot(1, error=untimed)])
    run.finishes(replace(outcome, finished_at=at(2)))

    first, second = store.failures(run.number, Selection())[0].items

    assert first.errors[0]["at"] == "2026-11-22T12:01:00Z"
    assert second.errors[0]["at"] == "2026-11-22T12:02:00Z"


def test_a_snapshot_nobody_knows_is_none(store: Store) -> None:
    assert store.snapshot(4711) is None
    assert store.history(4711) == ()


def test_failures_of_a_sync_event_nobody_knows_are_refused(store: Store) -> None:
    with pytest.raises(Refused, match=r"^there is no Sync Event #9"):
        store.failures(9, Selection())


def test_values_that_were_not_kept_are_none(store: Store) -> None:
    """C7: with logging `none`, key and errors stay."""
    bare = Snapshot(0, "orders.ndjson:12", None, None, None, (BLANK,))
    run = running(store, 1).finishes(with_failures(0, [bare]))

    (seen,) = store.failures(run.number, Selection())[0].items

    assert (seen.before, seen.after, seen.key) == (None, None, None)
    assert seen.label == "orders.ndjson:12"


def test_the_history_of_a_record_follows_it_through_its_chain(store: Store) -> None:
    run = _failing(store)
    with store._database.writing() as write:
        write.connection.exec_driver_sql(
            "UPDATE snapshot SET previous = 1, state = 'recovered' WHERE id = 5"
        )

    first, second = store.history(1)
    assert [(first.event, first.state), (second.event, second.state)] == [
        (run.number, "open"),
        (run.number, "recovered"),
    ]
    assert first.errors[0]["message"] == "note is too long"
    assert store.history(5) == (first, second)


def test_pages_are_stable_while_the_run_goes_on(store: Store) -> None:
    run = running(store, 2).finishes(with_failures(0, [a_snapshot(n) for n in range(3)]))
    first, _ = store.failures(run.number, Selection(), limit=2)

    run.finishes(with_failures(1, [a_snapshot(n, label=f"late-{n}") for n in range(2)]))
    second, matching = store.failures(run.number, Selection(), limit=9, after=first.next)

    assert matching == 5
    assert _labels(second.items) == ["order-2", "late-0", "late-1"]


@pytest.mark.parametrize(
    ("selection", "index"),
    [
        (Selection(), "snapshot_failing (event=? AND id>?)"),
        (Selection(tier="warning"), "snapshot_warned (event=? AND id>?)"),
        (Selection(fingerprints=(BLANK.fingerprint,)), "snapshot_by_fingerprint"),
        (Selection(stage="rules"), "snapshot_by_fingerprint"),
        (Selection(keys=("o12",)), "snapshot_by_label"),
        (Selection(batch=1), "id>? AND id<?"),
    ],
)
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_every_selection_is_paged_on_an_index(
    store: Store, selection: Selection, index: str
) -> None:
    """SPEED 6: a keyset page costs the same in 3,000,000 rows; OFFSET took 376 ms."""
    run = _failing(store)
    with store._database.reading() as connection:
        sought = failures.sought_in(connection, run.number, selection)
        query = sought.page(0, 101).compile(
            connection, compile_kwargs={"literal_binds": True}
        )
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")).all()

    steps = " / ".join(str(step[-1]) for step in plan)
    assert index in steps
    assert "SCAN snapshot" not in steps
    assert "OFFSET 0" not in str(query).replace("LIMIT 101 OFFSET 0", "")


def test_failed_batches_are_not_listed_among_records(store: Store) -> None:
    run = running(store, 1).finishes(never_received(0))

    assert store.failures(run.number, Selection())[1] == 0
    assert store.failures(run.number, Selection(tier="batch"))[1] == 0
