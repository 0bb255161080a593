"""What the seed plants: the same every time, and what the shop then really serves."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.demo.flaws import Flaw, order_flaw
from engine.demo.goods import PRODUCTS, order
from engine.demo.home import fresh_home
from engine.demo.page_faults import LASTING, order_faults
from engine.demo.planted import (
    Planted,
    planted_customers,
    planted_orders,
    planted_returns,
)
from engine.demo.world import World

ADDRESS = re.compile(r"[\w.]+@example\.org", re.IGNORECASE)


@pytest.mark.parametrize("planted", [planted_orders, planted_customers, planted_returns])
def test_the_same_seed_plants_the_same_and_another_seed_other_counts(
    planted: Callable[[World], Planted],
) -> None:
    first, again, other = (planted(World(seed, 3000)) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_the_default_world_has_a_fault_of_every_kind() -> None:
    orders, customers, returns = (
        plant(World(7, 3000))
        for plant in (planted_orders, planted_customers, planted_returns)
    )

    assert set(orders.lost) == LASTING
    assert set(orders.failed) == {"required", "email", "one_of", "negative_amount"}
    assert set(returns.failed) == {"malformed_record", "reference", "range"}
    assert len(orders.ignored) == 2
    assert orders.warned
    assert customers.warned
    assert not customers.failed


@pytest.mark.parametrize("seed", range(5))
def test_orders_carry_the_flaws_that_are_counted(seed: int) -> None:
    """Counted from the orders themselves, as a reader who knows nothing of flaws would."""
    world = World(seed, 5000)
    lost = {page for page, fault in order_faults(world).items() if fault in LASTING}
    arrived = [
        order(world, index, order_flaw(world, index))
        for index in range(world.orders)
        if index // 100 + 1 not in lost
    ]
    live = [each for each in arrived if each["status"] != "archived"]
    addresses = [(each["customer"]["email"] or "").strip() for each in live]

    planted = planted_orders(world)
    assert planted.fetched == len(arrived)
    assert sum(planted.ignored.values()) == (len(arrived) - len(live)) + _repeated(live)
    assert planted.failed == {
        "required": addresses.count(""),
        "email": sum(1 for each in addresses if each and not ADDRESS.fullmatch(each)),
        "one_of": sum(each["country"] not in {"DE", "AT", "CH"} for each in live),
        "negative_amount": sum(each["amount"].startswith("-") for each in live),
    }
    assert planted.warned == sum(float(each["amount"]) >= 5000 for each in live)


def _repeated(orders: list[dict[str, object]]) -> int:
    counted = Counter(each["id"] for each in orders)
    return sum(times - 1 for times in counted.values())


def test_an_order_listed_twice_stands_beside_a_sound_one_on_its_page() -> None:
    world = World(3, 20_000)
    twice = [i for i in range(world.orders) if order_flaw(world, i) is Flaw.TWICE]

    assert twice
    assert all(index % 100 for index in twice)
    assert {order_flaw(world, index - 1) for index in twice} == {Flaw.NONE}


def test_the_files_of_returns_hold_the_flaws_that_are_counted(tmp_path: Path) -> None:
    world = World(11, 4000)
    with fresh_home(tmp_path / "home", world) as home:
        files = sorted((home / "returns").glob("*.ndjson"))
        lines = [line for file in files for line in file.read_text("utf-8").splitlines()]

    cut, goods = 0, []
    for line in lines:
        try:
            goods.append(json.loads(line))
        except ValueError:
            cut += 1
    exchanged = [each for each in goods if each["kind"] == "exchange"]
    kept = [each for each in goods if each["kind"] != "exchange"]
    planted = planted_returns(world)
    assert (planted.fetched, len(files)) == (len(lines), 2)
    assert list(planted.ignored.values()) == [len(exchanged)]
    assert planted.failed == {
        "malformed_record": cut,
        "reference": sum(each["product"] not in PRODUCTS for each in kept),
        "range": sum(each["quantity"] < 1 for each in kept),
    }
