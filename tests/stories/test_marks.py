"""Last Successful Sync: what moves it, what holds it, what never touches it (M1-M5)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import LinkdeckError
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Held, Selection, Stop
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.definitions import (
    AT_ONCE,
    both_stores,
    definition,
    pages,
)
from tests.stories.records import audited
from tests.stories.world import World, order

LONG_AGO = "2026-01-01T00:00:00Z"


@dataclass
class Shop:
    """A source with a change filter: orders by id, each with the time it was changed."""

    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    faults: list[Answer] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    url: str = ""

    def put(self, *numbers: int, updated: str = LONG_AGO, **changes: Any) -> None:
        """Orders made or changed."""
        for number in numbers:
            self.orders[number] = order(number, updated=updated, **changes)

    def __call__(self, seen: Seen) -> Answer:
        if seen.query.get("page") == "1":
            self.asked.append(seen.query.get("since"))
        if self.faults and seen.query.get("page") != "1":
            return self.faults.pop(0)
        return Pages(list(self.orders.values()))(seen)


@contextmanager
def shop_of(world: World, **more: Any) -> Iterator[Shop]:
    """A shop that runs, and the Link over it."""
    shop = Shop()
    with ScriptedServer(shop) as server:
        tell(world, server.url, **more)
        shop.url = server.url
        yield shop


def tell(world: World, url: str, **more: Any) -> None:
    """The Link over this shop."""
    source = pages(url, changed_since="since", **{"lookback": "0s", **more})
    world.link("orders", definition(source=source))


def now() -> str:
    """As the shop writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def mark_of(world: World) -> Any:
    """Where Last Successful Sync is, and who set it."""
    mark = world.engine.explain("orders").mark
    return None if mark is None else (mark.value, mark.set_by)


def bound(event: SyncEvent) -> Any:
    """The upper bound of its window."""
    return event.window.until


@both_stores
def test_a_completed_run_moves_the_mark_to_the_clock_when_it_started(world: World) -> None:
    """M1."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        before = datetime.now(UTC)

        event = world.run()

    assert shop.asked == [None]
    assert event.window.since is None
    assert mark_of(world) == (bound(event), 1)
    assert before <= bound(event) <= datetime.now(UTC)
    assert event.started_at is not None
    assert bound(event) <= event.started_at + timedelta(milliseconds=50)


@both_stores
def test_the_next_run_asks_for_changes_since_the_mark(world: World) -> None:
    """M1, M3: the lower bound is inclusive."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        first = world.run()
        shop.put(3, updated=now(), amount=333)

        second = world.run()

    assert datetime.fromisoformat(shop.asked[1] or "") == bound(first)
    assert second.window.since == bound(first)
    assert (second.records.fetched, second.records.written) == (1, 1)
    assert mark_of(world) == (bound(second), 2)
    assert {row["id"]: row["amount"] for row in world.rows()}[3] == 333


def test_the_window_looks_back_a_minute_unless_told_otherwise(world: World) -> None:
    """M3: for late arrivals and clocks that differ."""
    with shop_of(world, lookback=None) as shop:
        shop.put(1)
        first = world.run()
        second = world.run()

    assert second.window.since == bound(first) - timedelta(seconds=60)


@both_stores
def test_a_failing_record_holds_the_mark_and_explain_says_so(world: World) -> None:
    """M1, M4."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        first = world.run()
        shop.put(7, updated=now(), email="")

        second = world.run()

    assert second.status is Status.FAILED
    told = world.engine.explain("orders")
    assert told.mark is not None
    assert (told.mark.value, told.mark.set_by) == (bound(first), 1)
    assert told.held_by == (Held(event=2, batches=0, records=1),)
    assert told.would_move_to == bound(second)


def test_a_failed_page_holds_the_mark(world: World) -> None:
    """M1."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.faults = [Answered(503)] * 2

        event = world.run()

    assert event.batches.failed == 1
    assert world.engine.explain("orders").held_by == (Held(event=1, batches=1, records=0),)
    assert mark_of(world) is None


@both_stores
def test_a_later_run_that_covers_a_failed_one_takes_over_from_it(world: World) -> None:
    """M2: its failed pages close as superseded, and the mark moves to the later run's bound."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.faults = [Answered(503)] * 2
        world.run()

        second = world.run()

    assert second.status is Status.COMPLETED
    assert second.window.since is None
    assert mark_of(world) == (bound(second), 2)
    first = world.engine.event("1")
    assert first.outcome is Status.FAILED
    assert first.status is Status.COMPLETED
    assert (first.closed_by, first.superseded_by) == ("superseded", 2)
    assert first.open.batches == 0
    assert world.engine.explain("orders").held_by == ()


@both_stores
def test_records_not_met_again_stay_open_but_no_longer_hold_the_mark(world: World) -> None:
    """M2: `unmet`, and their Sync Event stays failed."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.put(4, email="")
        world.run()
        del shop.orders[4]

        second = world.run()

    assert mark_of(world) == (bound(second), 2)
    first = world.engine.event("1")
    assert first.status is Status.FAILED
    assert first.open.records == 1
    [snapshot] = world.failing(first)
    assert snapshot.state == "unmet"


def test_the_later_runs_own_failures_hold_the_mark(world: World) -> None:
    """M2."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.faults = [Answered(503)] * 2
        world.run()
        shop.put(5, email="")

        world.run()

    told = world.engine.explain("orders")
    assert told.mark is None
    assert [held.event for held in told.held_by] == [2]


def test_a_cancelled_run_holds_the_mark_until_a_later_one_covers_it(world: World) -> None:
    """M1, M2: what it did not attempt is not accounted for."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        world.run()
        shop.put(*range(1, 16), updated=now())
        stop = Stop()
        stop.now("enough")
        cancelled = world.run(stop=stop)
        held = world.engine.explain("orders")

        third = world.run()

    assert cancelled.status is Status.CANCELLED
    assert [each.event for each in held.held_by] == [2]
    assert mark_of(world) == (bound(third), 3)
    second = world.engine.event("2")
    assert (second.outcome, second.open.batches) == (Status.CANCELLED, 0)


def test_a_run_that_spent_its_budget_holds_the_mark(world: World) -> None:
    """M1, T1."""
    with shop_of(world) as shop:
        shop.put(*range(1, 31), email="")
        source = pages(shop.url, changed_since="since")
        world.link("orders", definition(source=source, budget={"failed_records": 3}))

        event = world.run()

    assert event.ending is Ending.STOPPED
    assert mark_of(world) is None
    [held] = world.engine.explain("orders").held_by
    assert (held.batches, held.records) == (event.open.batches, event.open.records)


def test_an_end_without_a_beginning_is_refused(world: World) -> None:
    """M4: `--until` alone means nothing, and says so rather than nothing."""
    with shop_of(world), pytest.raises(LinkdeckError, match="--since"):
        world.run(until="2026-05-10")
    with shop_of(world), pytest.raises(LinkdeckError, match="--full"):
        world.run(full=True, since="2026-05-10")
    assert world.engine.events().items == ()


def test_a_run_of_a_narrower_window_takes_nothing_over(world: World) -> None:
    """M2: `--since` covers only what it covers, and never moves the mark."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.faults = [Answered(503)] * 2
        world.run()

        world.run(since="2026-06-01")

    first = world.engine.event("1")
    assert (first.status, first.superseded_by) == (Status.FAILED, None)
    assert mark_of(world) is None


def test_full_ignores_the_mark_for_one_run(world: World) -> None:
    """M4."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        world.run()

        full = world.run(full=True)
        after = world.run()

    assert shop.asked[1] is None
    assert full.records.fetched == 15
    assert mark_of(world) == (bound(after), 3)
    assert after.window.since == bound(full)


@both_stores
def test_since_replays_a_window_is_audited_and_never_moves_the_mark(world: World) -> None:
    """M4."""
    with shop_of(world, changed_until="until") as shop:
        shop.put(*range(1, 16))
        shop.put(20, 21, updated="2026-05-05T10:00:00Z")
        world.run()
        mark = mark_of(world)

        event = world.run(since="2026-05-01", until="2026-05-10", reason="May again")

    assert shop.asked[1] == "2026-05-01T00:00:00Z"
    assert event.window.since == datetime(2026, 5, 1, tzinfo=UTC)
    assert event.window.until == datetime(2026, 5, 10, tzinfo=UTC)
    assert event.records.fetched == 2
    assert mark_of(world) == mark
    [row] = [row for row in audited(world) if row[2] == "#2"]
    assert row == ("ana@test", "replay window", "#2", "May again")


def test_a_failed_replay_of_a_window_does_not_hold_the_mark(world: World) -> None:
    """M4: it has no say in the mark."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        world.run()
        shop.put(20, updated="2026-05-05T10:00:00Z", email="")
        world.run(since="2026-05-01")
        third = world.run()

    assert mark_of(world) == (bound(third), 3)


@both_stores
def test_a_changed_source_block_fetches_everything_and_says_so(world: World) -> None:
    """M3."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        world.run()
        tell(world, shop.url, params={"shop": "2"})

        second = world.run()
        third = world.run()

    assert second.records.fetched == 15
    assert any("everything is fetched" in warning for warning in second.warnings)
    assert second.status is Status.COMPLETED_WITH_WARNINGS
    assert third.window.since == bound(second)
    assert mark_of(world) == (bound(third), 3)


def test_a_changed_stage_leaves_the_mark_alone(world: World) -> None:
    """M3: only the source's block counts."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        first = world.run()
        source = pages(shop.url, changed_since="since", lookback="0s")
        world.link(
            "orders",
            definition(source=source, batch_size=5, retry=AT_ONCE | {"max_attempts": 3}),
        )

        second = world.run()

    assert second.window.since == bound(first)


def test_a_test_run_never_moves_the_mark(world: World) -> None:
    """S3."""
    with shop_of(world) as shop:
        shop.put(1)
        world.run(test=True)

        assert mark_of(world) is None


def test_a_run_that_could_not_plan_holds_nothing_once_the_next_one_planned(
    world: World,
) -> None:
    """C4: it closes with the next run of the Link that plans."""
    with shop_of(world) as shop:
        url = shop.url
    failed = world.run()
    assert failed.status is Status.FAILED
    with shop_of(world) as shop:
        assert url
        shop.put(1)
        second = world.run()

    first = world.engine.event("1")
    assert (first.status, first.outcome) == (Status.COMPLETED, Status.FAILED)
    assert first.superseded_by == 2
    assert mark_of(world) == (bound(second), 2)


def test_a_link_without_a_change_filter_has_no_mark_and_explain_says_why(
    world: World,
) -> None:
    """M4."""
    world.orders([order(1)])
    world.run()

    told = world.engine.explain("orders")

    assert (told.mark, told.held_by) == (None, ())
    assert "no change filter" in told.notes[0]
    with pytest.raises(LinkdeckError, match="no change filter"):
        world.run(since="2026-01-01")
    assert len(world.engine.events().items) == 1


def test_a_page_source_without_a_total_says_that_drift_cannot_be_told(world: World) -> None:
    """M5."""
    with ScriptedServer(Pages([order(1)], total=False)) as server:
        paginate = {"style": "page", "size": 10}
        source = pages(server.url, changed_since="since", paginate=paginate)
        world.link("orders", definition(source=source))

        assert any("drift" in note for note in world.engine.explain("orders").notes)


def test_a_time_that_is_no_time_is_refused_before_anything_is_opened(world: World) -> None:
    with shop_of(world), pytest.raises(LinkdeckError, match="'soon' is not a time"):
        world.run(since="soon")
    assert world.engine.events().items == ()


# A column of a table as the change filter


def table(world: World, rows: Sequence[tuple[int, str, int, int]]) -> Path:
    """A table of orders whose `version` grows with each change."""
    place = world.links / "shop.db"
    with closing(sqlite3.connect(place)) as made:
        made.execute(
            "CREATE TABLE IF NOT EXISTS orders "
            "(id INTEGER PRIMARY KEY, email TEXT, amount INTEGER, version INTEGER)"
        )
        made.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)", rows)
        made.commit()
    return place


def table_link(world: World, **more: Any) -> None:
    """The Link over it."""
    source = {
        "adapter": "sql",
        "url": "sqlite:///shop.db",
        "table": "orders",
        "order_by": "id",
        "changed_since": "version",
        **more,
    }
    world.link("orders", definition(source=source))


def some(*numbers: int, version: int = 0) -> list[tuple[int, str, int, int]]:
    """Good rows; each one's version is its number unless given."""
    return [(n, f"o{n}@x.example", n, version or n) for n in numbers]


@both_stores
def test_a_columns_mark_is_the_sources_maximum_before_the_first_fetch(world: World) -> None:
    """M1."""
    table(world, some(*range(1, 26)))
    table_link(world)

    first = world.run()

    assert (first.batches.planned, first.records.written) == (3, 25)
    assert mark_of(world) == (25, 1)
    table(world, some(3, version=26) + some(30, version=31))

    second = world.run()

    # Inclusive below: 25 is fetched again, which an upsert makes harmless (M3).
    assert second.records.fetched == 3
    assert mark_of(world) == (31, 2)


def test_a_column_has_no_look_back_unless_asked_for(world: World) -> None:
    """M3, contract: 0 for other columns."""
    table(world, some(*range(1, 26)))
    table_link(world, lookback=5)
    world.run()

    second = world.run()

    assert second.window.since == 20
    assert second.records.fetched == 6


@both_stores
def test_a_failing_row_holds_a_columns_mark_until_a_later_run_covers_it(
    world: World,
) -> None:
    """M1, M2."""
    table(world, some(*range(1, 26)))
    table_link(world)
    world.run()
    table(world, [(7, "", 7, 40)])
    held = world.run()
    assert held.status is Status.FAILED
    assert mark_of(world) == (25, 1)
    assert world.engine.explain("orders").would_move_to == 40
    table(world, some(7, version=41))

    third = world.run()

    assert third.status is Status.COMPLETED
    assert mark_of(world) == (41, 3)


def test_since_and_until_replay_a_window_of_a_column(world: World) -> None:
    """M4."""
    table(world, some(*range(1, 26)))
    table_link(world)
    world.run()

    event = world.run(since="5", until="9")

    assert event.records.fetched == 5
    assert mark_of(world) == (25, 1)


@both_stores
def test_a_page_that_has_drifted_when_it_is_retried_leaves_the_mark_where_it_is(
    world: World,
) -> None:
    """M5: it closes with a Warning, and `explain` says so; the next run moves the mark."""
    with shop_of(world) as shop:
        shop.put(*range(1, 26))
        shop.faults = [Answered(503)] * 4
        first = world.run()
        assert (first.open.batches, mark_of(world)) == (2, None)
        shop.put(26, updated=now())

        child = world.retry(first)

        assert child.status is Status.COMPLETED_WITH_WARNINGS
        assert any("drift" in text for text in child.warnings)
        assert world.event(first).status is Status.COMPLETED
        assert mark_of(world) is None
        assert any("drifted" in note for note in world.engine.explain("orders").notes)
        (gate,) = world.engine.gates(["orders"])
        assert (gate.label, [each.kind for each in gate.reasons]) == (
            "partial",
            ["drifted"],
        )
        second = world.run()
        assert mark_of(world) == (bound(second), second.id)


@both_stores
def test_the_mark_moves_to_the_roots_start_when_its_chain_closes(world: World) -> None:
    """M1: never to the retry's."""
    with shop_of(world) as shop:
        shop.put(*range(1, 26))
        shop.faults = [Answered(503)] * 4
        first = world.run()
        assert mark_of(world) is None

        world.retry(first)

    assert mark_of(world) == (bound(first), first.id)


@both_stores
def test_the_first_mark_is_set_by_whatever_turns_accounted_for(world: World) -> None:
    """M1: also by a run from before the one that closed last."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.put(7, email="")
        first = world.run()
        url, shop.url = shop.url, ""
    tell(world, "http://127.0.0.1:1")
    second = world.run()
    assert second.batches.planned == 0
    assert mark_of(world) is None
    tell(world, url)

    world.engine.discard([f"#{first.id}"], Selection(), reason="test order", actor="ana")

    assert mark_of(world) == (bound(first), first.id)
