"""What moves Last Successful Sync where runs closed in other ways than by retries (M1, M4)."""

from engine.domain.outcome import Status
from engine.domain.requests import Held, Selection
from tests.servers.scripted import ScriptedServer
from tests.stories.definitions import both_stores
from tests.stories.test_marks import Shop, bound, mark_of, now, shop_of, tell
from tests.stories.world import World

LONG_AGO = "2025-01-01"


@both_stores
def test_a_run_whose_failures_a_replayed_window_wrote_moves_the_mark_to_its_own_bound(
    world: World,
) -> None:
    """M1: superseded counts as accounted for; M4: `--since` itself moves nothing."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.put(7, email="")
        first = world.run()
        shop.put(7)

        again = world.run(since=LONG_AGO)

    assert again.status is Status.COMPLETED
    assert world.event(first).superseded_by == again.id
    assert mark_of(world) == (bound(first), first.id)


@both_stores
def test_a_replayed_window_takes_nothing_over_that_holds_the_mark(world: World) -> None:
    """M1, M4: it holds no mark, so what is open in it would be passed."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        first = world.run()
        shop.put(7, updated=now(), email="")
        second = world.run()

        third = world.run(since=LONG_AGO)

        assert third.open.records == 1
        assert mark_of(world) == (bound(first), first.id)
        told = world.engine.explain("orders")
        assert told.held_by == (Held(event=second.id, batches=0, records=0),)
        world.run()
        assert mark_of(world) == (bound(first), first.id)
        shop.put(7, updated=now())
        last = world.run()

    assert mark_of(world) == (bound(last), last.id)
    assert world.event(second).status is Status.COMPLETED


@both_stores
def test_a_discarded_run_that_planned_nothing_holds_the_mark_no_longer(
    world: World,
) -> None:
    """M1: it had fetched nothing; the next window begins where it would have begun."""
    shop = Shop()
    with ScriptedServer(shop) as server:
        gone = server.url
    tell(world, gone)
    first = world.run()
    assert first.status is Status.FAILED
    world.engine.discard([str(first.id)], Selection(), reason="known", actor="ana@test")
    with ScriptedServer(shop) as server:
        shop.put(1, 2)
        tell(world, server.url)

        second = world.run()

    assert second.status is Status.COMPLETED
    assert mark_of(world) == (bound(second), second.id)
    assert world.engine.explain("orders").held_by == ()
