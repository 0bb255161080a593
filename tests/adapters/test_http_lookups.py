"""Asking a source or a target for records by key: one by one, and many at once."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine.adapters.http.options import BearerAuth, LookupOptions
from engine.domain.adapter import Askable, Lookup
from engine.domain.errors import BatchSyncError, SystemSyncError
from tests.adapters.http_ends import a_source, a_target, push
from tests.servers.scripted import Answer, Json, Reset, ScriptedServer, Seen, Status
from tests.servers.systems import Shelf

HELD = {n: {"id": n, "name": f"name of {n}"} for n in range(1, 8)}


def listing(held: dict[int, Any]) -> Any:
    """A system that lists the records of the keys it is asked for."""

    def script(seen: Seen) -> Answer:
        wanted = [int(each) for each in seen.query["ids"].split(",")]
        return Json({"data": [held[each] for each in wanted if each in held]})

    return script


def many(url: str, size: int = 3) -> LookupOptions:
    return LookupOptions(url=f"{url}/things?ids={{id}}", size=size, records="data")


def keys(*ids: Any) -> Sequence[tuple[Any, ...]]:
    return [(each,) for each in ids]


def test_a_source_tells_whether_it_can_be_asked() -> None:
    where = "http://shop.example/orders"
    with (
        a_source(where) as mute,
        a_source(where, lookup=LookupOptions(url=where + "/{id}")) as one,
        a_source(where, lookup=many(where)) as bulk,
    ):
        assert [each.traits.lookup for each in (mute, one, bulk)] == [
            Lookup.NONE,
            Lookup.SINGLE,
            Lookup.BULK,
        ]
        assert isinstance(one, Askable)
        assert mute.lookup(keys(1)) == {}


def test_a_source_asked_one_by_one_says_what_is_gone() -> None:
    """P1: 404 is gone; the credentials go along."""
    shelf = Shelf()
    shelf.held = {"1": HELD[1]}
    with (
        ScriptedServer(shelf) as server,
        a_source(
            server.url + "/things/",
            auth=BearerAuth(bearer="t0ken"),
            lookup=LookupOptions(url=server.url + "/things/{order_id}"),
        ) as source,
    ):
        found = source.lookup(keys(1, 2), by=("id",))

    assert found == {(1,): HELD[1], (2,): None}
    assert {seen.headers["authorization"] for seen in server.seen} == {"Bearer t0ken"}


def test_many_keys_go_in_few_requests() -> None:
    with (
        ScriptedServer(listing(HELD)) as server,
        a_target(server.url + "/things/{id}", lookup=many(server.url)) as target,
    ):
        found = target.lookup(keys(*range(1, 9)))

    assert target.traits.lookup is Lookup.BULK
    assert [seen.query["ids"] for seen in server.seen] == ["1,2,3", "4,5,6", "7,8"]
    assert found == {**{(n,): HELD[n] for n in HELD}, (8,): None}


def test_keys_too_long_for_one_address_are_parted() -> None:
    long = ["k" * 1000 + str(n) for n in range(4)]
    seen_keys: list[int] = []

    def script(seen: Seen) -> Answer:
        seen_keys.append(len(seen.query["ids"].split(",")))
        assert len(seen.target) < 8000
        return Json({"data": []})

    with (
        ScriptedServer(script) as server,
        a_target(server.url + "/things/{id}", lookup=many(server.url, 100)) as target,
    ):
        found = target.lookup(keys(*long))

    assert sum(seen_keys) == 4
    assert set(found.values()) == {None}


def test_a_key_with_a_comma_is_not_answered_for() -> None:
    """Commas part the keys; what cannot be asked is not answered."""
    with (
        ScriptedServer(listing(HELD)) as server,
        a_target(server.url + "/things/{id}", lookup=many(server.url)) as target,
    ):
        found = target.lookup(keys(1, "2,3"))

    assert found == {(1,): HELD[1]}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Json({"data": {"1": {}}}), "expected a list of records"),
        (Json({"data": [{"name": "nobody"}]}), "have no 'id'; correct id"),
        (Json({"data": [7]}), "expected a list of records"),
        (Status(500), "500"),
    ],
)
def test_an_answer_that_is_no_list_is_a_failure_and_not_an_absence(
    answer: Answer, says: str
) -> None:
    with (
        ScriptedServer(lambda seen: answer) as server,
        a_target(server.url + "/things/{id}", lookup=many(server.url)) as target,
        pytest.raises(BatchSyncError, match=says),
    ):
        target.lookup(keys(1, 2))


def test_doubts_are_settled_by_a_bulk_lookup_too() -> None:
    """K3: one key at a time, so that a server that lists only so many misleads nobody."""
    shelf = Shelf(after={"2": [Reset()]}, remembers=False)

    def script(seen: Seen) -> Answer:
        if seen.method != "GET":
            return shelf(seen)
        assert "," not in seen.query["ids"]
        held = shelf.held.get(seen.query["ids"])
        return Json({"data": [held] if held else []})

    with (
        ScriptedServer(script) as server,
        a_target(
            server.url + "/things/{id}", method="POST", lookup=many(server.url)
        ) as target,
    ):
        receipt = push(target, 1, 2, 3)

    assert (receipt.written, shelf.effects) == (3, ["1", "2", "3"])


def test_a_lookup_that_cannot_name_the_key_is_refused_before_anything_is_asked() -> None:
    for lookup in (
        LookupOptions(url="http://shop.example/things"),
        LookupOptions(url="http://shop.example/things?ids={id}&of={shop}", size=10),
    ):
        with (
            pytest.raises(SystemSyncError, match="key"),
            a_source("http://shop.example/orders", lookup=lookup),
        ):
            pass
