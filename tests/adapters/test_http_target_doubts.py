"""Writes whose answer never came: sent again, looked up, or left in doubt (K3, K4)."""

import pytest

from engine.adapters.http.options import (
    LookupOptions,
    Timeouts,
)
from engine.domain.adapter import Lookup
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    SyncError,
    SystemSyncError,
)
from engine.domain.retry import Responses, StatusRange
from tests.adapters.http_ends import Waits, a_target, push
from tests.servers.scripted import (
    Answer,
    Cut,
    Hang,
    Json,
    Reset,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)
from tests.servers.systems import Shelf

OK = Json({"ok": True})
THINGS = "/things/{id}"
QUICK = Timeouts(connect=0.5, read=0.3, total=0.5)  # type: ignore[arg-type]
LOST: list[Answer] = [Hang(), Reset(), Reset(OK, after=10)]


def classes(named: tuple[tuple[int, SyncError], ...]) -> dict[int, str]:
    return {row: error.code for row, error in named}


@pytest.mark.parametrize("answer", LOST, ids=["hang", "reset", "half a head"])
def test_a_lost_answer_of_a_harmless_write_is_sent_again_with_the_same_key(
    answer: Answer,
) -> None:
    """K3, fault 13: one effect."""
    shelf = Shelf(after={"1": [answer]})
    with (
        ScriptedServer(shelf) as server,
        a_target(server.url + THINGS, timeout=QUICK) as target,
    ):
        receipt = push(target, 1, 2)

    assert (receipt.written, receipt.in_doubt) == (2, ())
    assert shelf.effects == ["1", "2"]
    assert len({each.headers["idempotency-key"] for each in server.seen[:2]}) == 1


@pytest.mark.parametrize("answer", LOST, ids=["hang", "reset", "half a head"])
def test_a_lost_answer_of_any_other_write_is_in_doubt_and_never_sent_again(
    answer: Answer,
) -> None:
    """K3."""
    shelf, slept = Shelf(after={"1": [answer]}), Waits()
    with (
        ScriptedServer(shelf) as server,
        a_target(
            server.url + "/things/", method="POST", timeout=QUICK, waits=slept
        ) as target,
    ):
        receipt = push(target, 1, 2)

    ((row, error),) = receipt.in_doubt
    assert (row, error.code, receipt.written, slept.slept) == (0, "answer_lost", 1, [])
    assert error.error_class is ErrorClass.PARTIAL_LOAD
    assert shelf.effects == ["1", "2"]


def test_a_harmless_write_never_answered_is_in_doubt_in_the_end() -> None:
    """T2: its answer never came."""
    with (
        ScriptedServer(Shelf(after={"1": [Reset()] * 3})) as server,
        a_target(server.url + THINGS) as target,
    ):
        receipt = push(target, 1)

    assert (classes(receipt.in_doubt), receipt.refused) == ({0: "answer_lost"}, ())
    assert len(server.seen) == 3


def test_a_gateway_that_lost_the_answer_leaves_a_post_in_doubt_unless_told_otherwise() -> (
    None
):
    """K3: 502 and 504 come from between; whether the write happened is not known."""
    told = Responses(repeat=(StatusRange(504, 504),))
    receipts = {}
    for name, responses in (("by itself", Responses()), ("told", told)):
        with (
            ScriptedServer(in_turn(Status(504), OK)) as server,
            a_target(server.url, method="POST", responses=responses) as target,
        ):
            receipts[name] = push(target, 1)

    assert classes(receipts["by itself"].in_doubt) == {0: "answer_lost"}
    assert (receipts["told"].written, receipts["told"].in_doubt) == (1, ())


def test_a_post_that_is_declared_harmless_is_repeated() -> None:
    with (
        ScriptedServer(Shelf(after={"1": [Reset()]})) as server,
        a_target(server.url + "/things/", method="POST", idempotent=True) as target,
    ):
        receipt = push(target, 1)

    assert (receipt.written, len(server.seen)) == (1, 2)


def test_a_success_whose_body_is_cut_off_is_a_success() -> None:
    with (
        ScriptedServer(in_turn(Cut(Json({"ok": True}, 201), keep=2))) as server,
        a_target(server.url, method="POST") as target,
    ):
        receipt = push(target, 1)

    assert (receipt.written, receipt.in_doubt, len(server.seen)) == (1, (), 1)


def test_a_doubtful_write_is_looked_up_where_the_target_can_be_asked() -> None:
    """K3: there already → written; absent → sent again; something else → in doubt."""
    shelf = Shelf(
        after={"1": [Reset()], "3": [Reset()]}, faults={"2": [Reset()]}, remembers=False
    )

    def script(seen: Seen) -> Answer:
        if seen.method == "GET" and seen.path.endswith("/3"):
            return Json({"id": 3, "name": "somebody else's"})
        return shelf(seen)

    with (
        ScriptedServer(script) as server,
        a_target(
            server.url + "/things/",
            method="POST",
            lookup=LookupOptions(url=server.url + "/things/{id}"),
        ) as target,
    ):
        receipt = push(target, 1, 2, 3)

    assert (receipt.written, classes(receipt.in_doubt)) == (2, {2: "answer_lost"})
    assert shelf.effects == ["1", "2", "3"]


def test_an_uncertain_load_is_sent_again_where_that_is_harmless() -> None:
    """K4."""
    with ScriptedServer(Shelf()) as server, a_target(server.url + THINGS) as target:
        receipt = push(target, 1, 2, uncertain=True)

    assert receipt.written == 2


def test_an_uncertain_load_is_looked_up_before_anything_is_sent() -> None:
    """K4."""
    shelf = Shelf(remembers=False)
    shelf.held["1"] = {"id": 1, "name": "name of 1", "more": "of the target's own"}
    with (
        ScriptedServer(shelf) as server,
        a_target(
            server.url + "/things/",
            method="POST",
            lookup=LookupOptions(url=server.url + "/things/{id}"),
        ) as target,
    ):
        receipt = push(target, 1, 2, uncertain=True)

    assert (receipt.written, shelf.effects) == (2, ["2"])
    assert [each.method for each in server.seen] == ["GET", "GET", "POST"]


def test_an_uncertain_load_that_can_be_neither_is_in_doubt_as_a_whole() -> None:
    """K4."""
    with (
        ScriptedServer(Shelf()) as server,
        a_target(server.url + "/things/", method="POST") as target,
    ):
        receipt = push(target, 1, 2, uncertain=True)

    assert [*classes(receipt.in_doubt)] == [0, 1]
    assert server.seen == []


def test_a_lookup_answers_with_what_is_there_and_none_for_what_is_not() -> None:
    shelf = Shelf()
    shelf.held["a/b"] = {"id": "a/b", "name": "x"}
    with (
        ScriptedServer(shelf) as server,
        a_target(
            server.url + THINGS, lookup=LookupOptions(url=server.url + "/things/{key}")
        ) as target,
    ):
        found = target.lookup([("a/b",), ("c",)])

    assert found == {("a/b",): {"id": "a/b", "name": "x"}, ("c",): None}
    assert target.traits.lookup is Lookup.SINGLE


def test_a_lookup_that_fails_is_no_absence() -> None:
    with (
        ScriptedServer(in_turn(Status(500))) as server,
        a_target(
            server.url + THINGS, lookup=LookupOptions(url=server.url + "/{id}")
        ) as target,
        pytest.raises(BatchSyncError, match="500"),
    ):
        target.lookup([(1,)])


def test_a_lookup_must_name_the_key() -> None:
    with (
        pytest.raises(SystemSyncError, match="must name the key"),
        a_target(
            "http://crm.example/{id}", lookup=LookupOptions(url="http://crm.example/x")
        ),
    ):
        pass
