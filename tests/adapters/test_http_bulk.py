"""Many records a request: what is sent, and what the answer makes of each record."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.adapters.http.options import BulkOptions, LookupOptions
from engine.domain.adapter import Receipt
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from tests.adapters.http_ends import Waits, a_target, load_of
from tests.servers.scripted import (
    Answer,
    Body,
    Json,
    Reset,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)

BY_ID = {"results": "results", "id": "id", "status": "status", "error": "error"}


class BulkShelf:
    """Keeps the records of `items`, but those whose id `refuses` names, and says so of each."""

    def __init__(
        self,
        refuses: dict[int, dict[str, Any]] | None = None,
        *,
        most: int = 1000,
        poison: int | None = None,
        edit: Callable[[list[Any]], list[Any]] = lambda results: results,
        status: bool = True,
    ) -> None:
        self.held: list[int] = []
        self.sizes: list[int] = []
        self._refuses = refuses or {}
        self._most = most
        self._poison = poison
        self._edit = edit
        self._good = {"status": 200} if status else {}

    def __call__(self, seen: Seen) -> Answer:
        ids = [item["id"] for item in seen.json["items"]]
        self.sizes.append(len(ids))
        if len(ids) > self._most:
            return Status(413)
        if self._poison in ids:
            return Status(422, "one of them is bad")
        self.held += [each for each in ids if each not in self._refuses]
        results = [{"id": each, **self._refuses.get(each, self._good)} for each in ids]
        return Json({"results": self._edit(results)})


def pushed(
    script: Callable[[Seen], Answer],
    *ids: int,
    bulk: dict[str, Any] | None = None,
    waits: Waits | None = None,
    **options: Any,
) -> Receipt:
    """What becomes of one Load with these ids, sent in bulk."""
    options = {"method": "POST", **options}
    with ScriptedServer(script) as server:
        if "lookup" in options:
            options["lookup"] = LookupOptions(url=server.url + options["lookup"])
        asked = BulkOptions(url=server.url + "/bulk", **(BY_ID if bulk is None else bulk))
        with a_target(server.url + "/{id}", bulk=asked, waits=waits, **options) as target:
            target.open()
            (receipt,) = target.push([load_of(*ids)])
    assert receipt.written + len(receipt.refused) + len(receipt.in_doubt) == len(ids)
    return receipt


def doubted(receipt: Receipt) -> list[int]:
    return [row for row, _ in receipt.in_doubt]


def test_records_go_out_in_requests_of_the_given_size() -> None:
    shelf = BulkShelf()

    receipt = pushed(shelf, *range(250))

    assert (receipt.written, shelf.sizes) == (250, [100, 100, 50])


@pytest.mark.parametrize(
    ("wrap", "body"), [("rows", b'{"rows":[{"id":1,"name"'), ("", b'[{"id":1,"name"')]
)
def test_the_list_is_sent_under_its_name_or_bare(wrap: str, body: bytes) -> None:
    seen: list[Seen] = []

    def script(request: Seen) -> Answer:
        seen.append(request)
        return Json([])

    receipt = pushed(script, 1, bulk={"wrap": wrap})

    assert seen[0].body.startswith(body)
    assert (seen[0].path, seen[0].method, receipt.written) == ("/bulk", "POST", 1)


def test_each_refused_item_fails_alone_in_the_servers_words() -> None:
    """T3: per-item answers over HTTP."""
    shelf = BulkShelf(
        {
            2: {"status": 409, "error": "exists"},
            3: {"status": "422", "error": {"message": "too long", "field": "name"}},
            4: {"status": "rejected"},
            5: {"status": 403},
        }
    )

    receipt = pushed(shelf, 1, 2, 3, 4, 5, 6)

    errors = dict(receipt.refused)
    assert {row: error.error_class for row, error in errors.items()} == {
        1: ErrorClass.DUPLICATE,
        2: ErrorClass.VALIDATION,
        3: ErrorClass.UNCLASSIFIED,
        4: ErrorClass.AUTHORIZATION,
    }
    assert errors[1].message.endswith("answered 409 Conflict: exists")
    assert (errors[2].field, receipt.error) == ("name", None)


@pytest.mark.parametrize(
    ("result", "good"),
    [
        ({"status": True}, True),
        ({"status": "Created"}, True),
        ({"status": 201}, True),
        ({"status": "201"}, True),
        ({"status": False}, False),
        ({"status": "error"}, False),
        ({"status": 500}, False),
        ({"error": "no"}, False),
    ],
)
def test_a_status_may_be_a_code_a_word_or_true(
    *, result: dict[str, Any], good: bool
) -> None:
    receipt = pushed(BulkShelf({1: result}), 1)

    assert (receipt.written == 1, receipt.in_doubt) == (good, ())


def test_where_only_errors_are_told_an_item_without_one_is_written() -> None:
    shelf = BulkShelf({2: {"error": "no"}}, status=False)

    receipt = pushed(shelf, 1, 2, bulk={"results": "results", "error": "error"})

    assert (receipt.written, [row for row, _ in receipt.refused]) == (1, [1])


def test_results_in_another_order_are_matched_by_id() -> None:
    shelf = BulkShelf({1: {"status": 422}}, edit=lambda results: results[::-1])

    receipt = pushed(shelf, 1, 2, 3)

    assert [row for row, _ in receipt.refused] == [0]


def test_without_ids_results_are_matched_by_position() -> None:
    shelf = BulkShelf({3: {"status": 422}})

    receipt = pushed(shelf, 1, 2, 3, bulk={"results": "results", "status": "status"})

    assert [row for row, _ in receipt.refused] == [2]


@pytest.mark.parametrize(
    "edit",
    [
        lambda results: results[:-1],
        lambda results: [*results, results[0]],
        lambda results: [{**results[0], "id": 99}, *results[1:]],
        lambda results: [results[1], *results[1:]],
        lambda results: ["ok"] * len(results),
    ],
    ids=["missing", "surplus", "stranger", "twice", "no objects"],
)
def test_results_that_do_not_fit_leave_that_requests_records_in_doubt(edit: Any) -> None:
    """Fault 17; the other requests stand."""
    answers = [0]

    def second_only(results: list[Any]) -> list[Any]:
        answers[0] += 1
        edited: list[Any] = edit(results) if answers[0] == 2 else results
        return edited

    receipt = pushed(BulkShelf(edit=second_only), *range(6), bulk={**BY_ID, "size": 2})

    assert (receipt.written, doubted(receipt), receipt.error) == (4, [2, 3], None)


@pytest.mark.parametrize(
    "answer",
    [Json({"done": True}), Body(b"<html>", kind="text/html"), Body(b'{"results": [')],
)
def test_an_answer_that_says_nothing_of_the_items_leaves_them_in_doubt(
    answer: Answer,
) -> None:
    receipt = pushed(in_turn(answer), 1, 2)

    assert (receipt.written, doubted(receipt)) == (0, [0, 1])


def test_a_result_without_its_status_is_in_doubt_alone() -> None:
    receipt = pushed(BulkShelf({2: {"status": None}}), 1, 2, 3)

    assert (receipt.written, doubted(receipt)) == (2, [1])


def test_413_halves_the_request_until_it_fits() -> None:
    """Fault 12."""
    shelf = BulkShelf(most=3)

    receipt = pushed(shelf, *range(10))

    assert (receipt.written, receipt.refused) == (10, ())
    assert sorted(shelf.held) == [*range(10)]
    assert shelf.sizes == [10, 5, 2, 3, 5, 2, 3]


def test_a_record_too_large_by_itself_fails_alone() -> None:
    receipt = pushed(BulkShelf(most=0), 1, 2)

    assert [error.code for _, error in receipt.refused] == ["http_413"] * 2
    assert receipt.error is None


def test_a_request_refused_as_a_whole_is_narrowed_down_to_the_culprit() -> None:
    """T3."""
    shelf = BulkShelf(poison=13)

    receipt = pushed(shelf, *range(100))

    ((row, error),) = receipt.refused
    assert (row, receipt.written) == (13, 99)
    assert error.message.endswith("one of them is bad")
    assert len(shelf.sizes) <= 15


def test_items_the_server_is_too_busy_for_are_sent_again_and_no_others() -> None:
    asked: list[list[int]] = []
    waits = Waits()

    def script(seen: Seen) -> Answer:
        ids = [item["id"] for item in seen.json["items"]]
        asked.append(ids)
        busy = {2, 3} if len(asked) == 1 else {3} if len(asked) == 2 else set()
        results = [{"id": each, "status": 429 if each in busy else 200} for each in ids]
        return Json({"results": results})

    receipt = pushed(script, 1, 2, 3, waits=waits)

    assert asked == [[1, 2, 3], [2, 3], [3]]
    assert (receipt.written, waits.slept) == (3, [1.0, 2.0])
    assert [attempt.number for attempt in receipt.attempts] == [1, 2]


def test_items_that_stay_busy_fail_when_the_tries_are_spent() -> None:
    shelf = BulkShelf({2: {"status": 503}})

    receipt = pushed(shelf, 1, 2, 3)

    ((row, error),) = receipt.refused
    assert (row, receipt.written, shelf.sizes) == (1, 2, [3, 1, 1])
    assert (error.code, len(error.attempts)) == ("http_503", 3)


def test_a_lost_answer_leaves_the_whole_request_in_doubt_and_is_not_sent_again() -> None:
    """K3."""
    shelf = BulkShelf()
    script = in_turn(Reset(), Json({"results": [{"id": 3, "status": 200}]}))

    receipt = pushed(script, 1, 2, 3, bulk={**BY_ID, "size": 2})

    assert (receipt.written, doubted(receipt), shelf.held) == (1, [0, 1], [])


def test_a_harmless_lost_request_is_sent_again_with_the_same_key() -> None:
    """K3."""
    keys: list[str] = []
    shelf = BulkShelf()

    def script(seen: Seen) -> Answer:
        keys.append(seen.headers["idempotency-key"])
        answer = shelf(seen)
        return Reset() if len(keys) == 1 else answer

    receipt = pushed(script, 1, 2, idempotent=True)

    assert (receipt.written, len(keys), len(set(keys))) == (2, 2, 1)


def test_a_doubtful_request_is_looked_up_record_by_record() -> None:
    """K3: what is there is written, what is absent is sent again."""
    asked: list[list[int]] = []

    def script(seen: Seen) -> Answer:
        if seen.method == "GET":
            there = {"id": 1, "name": "name of 1"}
            return Json(there) if seen.path == "/things/1" else Status(404)
        asked.append([item["id"] for item in seen.json["items"]])
        if len(asked) == 1:
            return Reset()
        return Json({"results": [{"id": each, "status": 200} for each in asked[-1]]})

    receipt = pushed(script, 1, 2, lookup="/things/{id}")

    assert (receipt.written, asked) == (2, [[1, 2], [2]])


def test_bad_credentials_stop_the_run_whatever_the_size() -> None:
    receipt = pushed(in_turn(Status(401)), 1, 2, bulk={**BY_ID, "size": 1})

    assert isinstance(receipt.error, SystemSyncError)
    assert [row for row, _ in receipt.refused] == [0, 1]


def test_a_target_that_is_ill_is_spared_the_rest() -> None:
    asked: list[int] = []

    def script(seen: Seen) -> Answer:
        asked.append(len(seen.json["items"]))
        return Status(503)

    receipt = pushed(script, *range(20), bulk={**BY_ID, "size": 2})

    assert isinstance(receipt.error, BatchSyncError)
    # Five tries begin the outage; one every 30 s looks whether it is over, for two minutes.
    assert (len(receipt.refused), len(asked)) == (20, 5 + 4)


def test_a_cancel_between_tries_leaves_the_rest_unsent() -> None:
    waits = Waits(stop_at=1)
    script = in_turn(Json({"results": [{"id": 1, "status": 200}]}), Status(503))

    receipt = pushed(script, 1, 2, 3, bulk={**BY_ID, "size": 1}, waits=waits)

    assert receipt.written == 1
    assert [error.code for _, error in receipt.refused] == ["stopped", "stopped"]
