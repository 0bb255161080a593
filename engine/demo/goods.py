"""The records themselves: orders, customers and returns, as the shop and its files give them."""

from datetime import datetime
from typing import Any

from engine.demo.flaws import Flaw
from engine.demo.world import (
    FIRST_ARTICLE,
    FIRST_CUSTOMER,
    FIRST_ORDER,
    FIRST_RETURN,
    World,
)

COUNTRIES = ("DE", "AT", "CH")
PRODUCTS = tuple(f"LD-{number}" for number in range(100, 160))

_GIVEN = ("Ana", "Jörg", "Mai", "Lukas", "Zoë", "Piotr", "Ines", "Øyvind", "Clara", "Tomáš")
_FAMILY = ("Berger", "Nguyễn", "Østby", "Keller", "Santos", "Novák", "Weiß", "Ferrari")
_ELSEWHERE = ("XX", "Atlantis", "D3")
_NO_ADDRESS = ("ana.example.org", "ana@", "ana keller@example.org", "\x1b[31mana\x1b[0m")
_NOTHING = (None, "", "   ")
_LARGE = 5_000_00


def order(world: World, index: int, flaw: Flaw) -> dict[str, Any]:
    """The order of that index as the shop lists it."""
    what, where, how, buyer = world.dice("order", index)
    who = world.dice("customer", buyer % world.customers)[0]
    created = world.moment(index, world.orders)
    cents = _LARGE + what % _LARGE if flaw is Flaw.LARGE_AMOUNT else 500 + what % 40_000
    number = FIRST_ORDER + index - (1 if flaw is Flaw.TWICE else 0)
    return {
        "id": number,
        "status": "archived"
        if flaw is Flaw.ARCHIVED
        else ("open", "paid", "shipped")[how % 3],
        "customer": {
            "id": FIRST_CUSTOMER + buyer % world.customers,
            "name": _name(who),
            "email": _email(who, flaw),
        },
        "country": _ELSEWHERE[where % 3]
        if flaw is Flaw.UNKNOWN_COUNTRY
        else COUNTRIES[where % 3],
        "amount": _money(-cents if flaw is Flaw.NEGATIVE_AMOUNT else cents),
        "currency": "EUR",
        "product": PRODUCTS[how % len(PRODUCTS)],
        "items": 1 + how % 5,
        "created": _iso(created),
        "updated": _iso(created),
    }


def customer(world: World, index: int, flaw: Flaw) -> dict[str, Any]:
    """The customer of that index as the shop lists it."""
    who, phone, tier, _ = world.dice("customer", index)
    email = "robot@test.invalid" if flaw is Flaw.TEST_ACCOUNT else _email(who, Flaw.NONE)
    return {
        "id": FIRST_CUSTOMER + index,
        "name": f"  {_name(who)} ",
        "email": email,
        "phone": None if flaw is Flaw.NO_PHONE else f"+49 30 {phone % 10_000_000:07}",
        "tier": ("bronze", "silver", "gold")[tier % 3],
        "updated": _iso(world.moment(index, world.customers)),
    }


def returned(world: World, index: int, flaw: Flaw) -> dict[str, Any]:
    """That line of the returns, before anything cut it short."""
    order_roll, product, quantity, _ = world.dice("return", index)
    return {
        "return_id": FIRST_RETURN + index,
        "order": FIRST_ORDER + order_roll % world.orders,
        "product": "LD-000"
        if flaw is Flaw.UNKNOWN_PRODUCT
        else PRODUCTS[product % len(PRODUCTS)],
        "quantity": 0 if flaw is Flaw.NOTHING_SENT else 1 + quantity % 4,
        "kind": "exchange"
        if flaw is Flaw.EXCHANGE
        else ("refund", "voucher")[quantity % 2],
        "received": _iso(world.moment(index, world.returns)),
    }


def article(world: World, index: int, flaw: Flaw) -> dict[str, Any]:
    """The article of that index as the shop counts it."""
    product, number, place, _ = world.dice("article", index)
    pieces = None if flaw is Flaw.UNCOUNTED else number % 400
    return {
        "article": FIRST_ARTICLE + index,
        "product": PRODUCTS[product % len(PRODUCTS)],
        "shelf": f"{place % 40:02}-{place % 9}",
        "pieces": -1 - number % 9 if flaw is Flaw.BELOW_ZERO else pieces,
    }


def _name(roll: int) -> str:
    return f"{_GIVEN[roll % len(_GIVEN)]} {_FAMILY[roll // 16 % len(_FAMILY)]}"


def _email(roll: int, flaw: Flaw) -> str | None:
    if flaw is Flaw.BLANK_EMAIL:
        return _NOTHING[roll % len(_NOTHING)]
    if flaw is Flaw.BAD_EMAIL:
        return _NO_ADDRESS[roll % len(_NO_ADDRESS)]
    return f"Customer.{roll % 100_000}@Example.org"


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
