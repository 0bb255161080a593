"""Faults that are about data: lost answers, conflicts, bulk answers, chains, drift, lookups.

The rest of RELIABILITY's catalogue (c): 11 to 13, 17, 18, 21, 22.
"""

from itertools import count

import pytest

from engine.adapters.http.options import (
    BulkOptions,
    CursorPages,
    LookupOptions,
    NumberedPages,
)
from engine.domain.batch import Fetched
from engine.domain.delta import Window
from engine.domain.errors import ErrorClass
from tests.adapters.http_ends import a_source, a_target, first_page, push, read_all
from tests.faults.matrix import RETRY
from tests.servers.scripted import (
    Answer,
    Json,
    Reset,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)
from tests.servers.systems import Pages, Shelf


def test_13_an_answer_lost_after_the_write_is_looked_up_and_not_sent_again() -> None:
    """K3."""
    shelf = Shelf(after={"2": [Reset()]}, remembers=False)
    with ScriptedServer(shelf) as server:
        place = server.url + "/things/{id}"
        with a_target(
            place, method="POST", lookup=LookupOptions(url=place), retry=RETRY
        ) as target:
            receipt = push(target, 1, 2, 3)

    assert (receipt.written, shelf.effects) == (3, ["1", "2", "3"])
    assert [seen.method for seen in server.seen] == ["POST", "POST", "GET", "POST"]


def test_11_a_conflict_with_the_very_same_record_is_no_failure() -> None:
    """Where the target can be asked; another record under that key is a duplicate."""
    shelf = Shelf(faults={"2": [Status(409)], "3": [Status(409)]})
    shelf.held = {"2": {"id": 2, "name": "name of 2"}, "3": {"id": 3, "name": "other"}}
    with ScriptedServer(shelf) as server:
        place = server.url + "/things/{id}"
        with a_target(place, lookup=LookupOptions(url=place), retry=RETRY) as target:
            receipt = push(target, 1, 2, 3)

    ((row, error),) = receipt.refused
    assert (receipt.written, row, error.error_class) == (2, 2, ErrorClass.DUPLICATE)


# 12, 17: many records a request


def by_id(url: str) -> BulkOptions:
    """Answers matched by id, with a status each."""
    return BulkOptions(url=url, id="id", status="status", results="results")


def test_12_a_bulk_request_that_is_too_large_is_halved_down_to_the_one() -> None:
    """T3: 413 for whatever holds record 3; eight records, and all but one are written."""
    sizes: list[int] = []

    def script(seen: Seen) -> Answer:
        ids = [each["id"] for each in seen.json["items"]]
        sizes.append(len(ids))
        if 3 in ids:
            return Status(413)
        return Json({"results": [{"id": each, "status": 200} for each in ids]})

    with ScriptedServer(script) as server:
        bulk = by_id(server.url)
        with a_target(server.url + "/things/{id}", bulk=bulk, retry=RETRY) as target:
            receipt = push(target, *range(8))

    assert (receipt.written, [row for row, _ in receipt.refused]) == (7, [3])
    assert sizes == [8, 4, 2, 2, 1, 1, 4]


@pytest.mark.parametrize(
    ("results", "written", "in_doubt"),
    [
        ([{"id": 1, "status": 200}], 0, 3),
        ([{"id": n, "status": 200} for n in (1, 2, 3, 4)], 0, 3),
        ([{"id": n, "status": 200} for n in (1, 2, 9)], 0, 3),
        ([{"id": 3, "status": 200}, {"id": 1, "status": 200}, {"id": 2, "status": 200}], 3, 0),
        ([{"id": 1, "status": 200}, {"id": 2}, {"id": 3, "status": 200}], 2, 1),
    ],
)  # fmt: skip
def test_17_answers_that_do_not_match_leave_their_records_in_doubt(
    results: object, written: int, in_doubt: int
) -> None:
    with ScriptedServer(in_turn(Json({"results": results}))) as server:
        bulk = by_id(server.url)
        with a_target(server.url + "/things/{id}", bulk=bulk, retry=RETRY) as target:
            receipt = push(target, 1, 2, 3)

    assert (receipt.written, len(receipt.in_doubt)) == (written, in_doubt)
    assert {error.error_class for _, error in receipt.in_doubt} <= {ErrorClass.PARTIAL_LOAD}


# 18, 21, 22: what a source's data do


def test_18_a_chain_that_comes_back_to_itself_is_told_by_its_second_round() -> None:
    """Three pages in a circle."""
    turns = count()

    def script(seen: Seen) -> Answer:
        return Json({"data": [{"id": 1}], "next": f"c{next(turns) % 3}"})

    with (
        ScriptedServer(script) as server,
        a_source(
            server.url, records="data", paginate=CursorPages(style="cursor", next="next")
        ) as source,
    ):
        read = read_all(source)

    (failure,) = read.failed.values()
    assert (failure.code, failure.error_class) == ("chain_broken", ErrorClass.SCHEMA)
    assert len(server.seen) <= 3 * 3


def test_18_a_page_that_drifted_says_so() -> None:
    """M5: a Warning, and the mark a retry leaves alone."""
    pages = Pages([{"id": n} for n in range(30)])
    with (
        ScriptedServer(pages) as server,
        a_source(
            server.url,
            records="data",
            paginate=NumberedPages(style="page", size=10, total="meta.total"),
        ) as source,
    ):
        _, second, third = source.plan_fetch(Window()).scopes
        calm = source.fetch(second)
        pages.records = pages.records[1:]
        drifted = source.fetch(third)

    assert (calm.drifted, calm.warnings) == (False, ())
    assert drifted.drifted
    assert drifted.warnings[0].startswith("drift: the source had 30 records")


def test_21_a_field_gained_is_left_alone_and_a_field_lost_is_missing() -> None:
    rows: list[object] = []
    for answer in ([{"id": 1, "email": "a", "new": 1}], [{"id": 1}]):
        with (
            ScriptedServer(in_turn(Json(answer))) as server,
            a_source(server.url, wanted=("id", "email")) as source,
        ):
            fetched: Fetched = first_page(source)
            rows.append(fetched.rows[0])

    gained, lost = rows
    assert (gained.f0, gained.f1) == (1, "a")  # type: ignore[attr-defined]
    assert repr(lost.f1) == "MISSING"  # type: ignore[attr-defined]


def test_22_a_record_changed_or_gone_since_is_told_by_asking_the_source() -> None:
    """P1: `gone`, where the source can be asked."""
    shelf = Shelf()
    shelf.held = {"1": {"id": 1, "version": 2}}
    with (
        ScriptedServer(shelf) as server,
        a_source(
            server.url + "/things/",
            lookup=LookupOptions(url=server.url + "/things/{id}"),
        ) as source,
    ):
        found = source.lookup([(1,), (2,)], by=("id",))

    assert found == {(1,): {"id": 1, "version": 2}, (2,): None}
