"""Clocks that jump: by an hour, back or forth, between runs and within one (catalogue 41)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.outcome import Status
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.systems import Pages
from tests.stories.clocks import Clock, on_clock
from tests.stories.definitions import COLUMNS, definition, pages
from tests.stories.world import World, order

HOUR = timedelta(hours=1)


class Shop:
    """Thirty orders on three pages; what is asked of it, and what happens at page 2."""

    def __init__(self) -> None:
        self.since: list[datetime | None] = []
        self.happens: Callable[[], object] = lambda: None
        self._pages = Pages([order(number) for number in range(1, 31)])

    def __call__(self, seen: Seen) -> Answer:
        if seen.query.get("page") == "1":
            asked = seen.query.get("since")
            self.since.append(datetime.fromisoformat(asked) if asked else None)
        if seen.query.get("page") == "2":
            self.happens()
        return self._pages(seen)


def a_shop(world: World, server: ScriptedServer) -> None:
    """The Link over it, with a change filter."""
    source = pages(server.url, changed_since="since")
    world.link("orders", definition(source=source, stages=[COLUMNS], workers="threads"))


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_41_a_clock_that_jumps_within_a_run_balances_its_books_and_leaves_no_gap(
    world: World, jump: timedelta
) -> None:
    """M1, M3: the bound is the clock of the start; the next window begins a minute before it."""
    clock, shop = on_clock(world, Clock()), Shop()
    began = clock()
    with ScriptedServer(shop) as server:
        a_shop(world, server)
        shop.happens = lambda: clock.on(seconds=jump.total_seconds())
        first = world.run()
        shop.happens = lambda: None
        clock.at = began + 2 * HOUR
        world.run()

    assert (first.status, first.records.written) == (Status.COMPLETED, 30)
    assert shop.since == [None, began - timedelta(minutes=1)]


def test_41_a_clock_set_back_between_runs_never_moves_the_mark_back(world: World) -> None:
    """M1, I9: what changed meanwhile is fetched again, none of it is passed."""
    clock, shop = on_clock(world, Clock()), Shop()
    noon = clock()
    with ScriptedServer(shop) as server:
        a_shop(world, server)
        world.run()
        clock.at = noon - HOUR
        set_back = world.run()
        clock.at = noon + HOUR
        world.run()

    assert set_back.status is Status.COMPLETED
    last = shop.since[-1]
    assert last is not None
    assert last <= noon - timedelta(minutes=1)
    explained = world.engine.explain("orders")
    assert explained.mark is not None


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_41_a_run_is_not_taken_from_who_lives_because_a_clock_jumped(
    world: World, jump: timedelta
) -> None:
    """I19: on one host it is the process that counts, and no clock."""
    from engine.domain.errors import Refused

    clock, shop = on_clock(world, Clock()), Shop()
    told: list[str] = []

    def somebody_else_runs_it() -> None:
        clock.on(seconds=jump.total_seconds())
        with pytest.raises(Refused, match="running as #1 since") as refused:
            world.run()
        told.append(str(refused.value))

    with ScriptedServer(shop) as server:
        a_shop(world, server)
        shop.happens = somebody_else_runs_it
        first = world.run()

    assert len(told) == 1
    assert (first.status, first.records.written) == (Status.COMPLETED, 30)


def test_41_a_clock_of_another_age_is_taken_as_it_is(world: World) -> None:
    """A board without a battery begins in 1970."""
    clock, shop = on_clock(world, Clock(datetime(1970, 1, 1, 0, 5, tzinfo=UTC))), Shop()
    with ScriptedServer(shop) as server:
        a_shop(world, server)
        first = world.run()
        clock.at = datetime(2026, 11, 22, 12, tzinfo=UTC)
        second = world.run()

    assert (first.status, second.status) == (Status.COMPLETED, Status.COMPLETED)
    assert shop.since == [None, datetime(1970, 1, 1, 0, 4, tzinfo=UTC)]
