"""Plans whose maker died before they were frozen: nobody sees them, and they do not stay (P1)."""

from datetime import timedelta

import pytest

from engine.domain.errors import Refused
from engine.domain.retry_plan import RecordItem
from engine.store.audit import Act
from engine.store.retry_plans import ABANDONED, Going, NewPlan
from engine.store.store import Store
from tests.store.world import NOON, running

ITEMS = [RecordItem(1, number, str(number), "f") for number in range(3)]


def begun(store: Store, *, ago: timedelta) -> int:
    """A plan with some items, begun so long before noon, and cut off there."""
    plan = store.retries.begin(
        NewPlan(1, "orders", "sha", "current", "ana@test", NOON - ago)
    )
    store.retries.add(plan, ITEMS, first=0, going=Going(frozenset()))
    return plan


def size(store: Store, plan: int) -> int:
    """Items of a plan that are in the store."""
    return len(store.retries.items(plan, limit=10, after=None).items)


def test_what_a_plan_cut_off_has_left_goes_when_the_next_is_made(store: Store) -> None:
    running(store)
    cut_off = begun(store, ago=2 * ABANDONED)
    assert size(store, cut_off) == 3

    begun(store, ago=timedelta(0))

    assert size(store, cut_off) == 0


def test_a_plan_that_somebody_else_is_making_is_left_alone(store: Store) -> None:
    running(store)
    theirs = begun(store, ago=ABANDONED / 2)

    begun(store, ago=timedelta(0))

    assert size(store, theirs) == 3


def test_a_plan_that_was_cleared_away_meanwhile_is_not_frozen(store: Store) -> None:
    """Whoever made it for an hour is told so, in a sentence."""
    running(store)
    slow = begun(store, ago=2 * ABANDONED)
    begun(store, ago=timedelta(0))

    with pytest.raises(Refused, match="plan again"):
        store.retries.freeze(slow, {}, of=(), act=Act("ana@test", "plan", "#1", None))
