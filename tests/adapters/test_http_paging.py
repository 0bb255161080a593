"""How a source is read page by page: what is planned, what answers reveal, what failures cost."""

import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.adapters.http.options import (
    CursorPages,
    LinkedPages,
    NoPages,
    NumberedPages,
    OffsetPages,
    Paginate,
)
from engine.domain.batch import Scope
from engine.domain.delta import Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from tests.adapters.http_ends import Waits, a_source, read_all
from tests.servers.scripted import (
    Answer,
    Body,
    Json,
    Reset,
    ScriptedServer,
    Status,
    in_turn,
)
from tests.servers.systems import Pages

HTML = Body(b"<html>", kind="text/html")
WITH_TOTAL = NumberedPages(style="page", size=10, total="meta.total")
WITH_PAGES = NumberedPages(style="page", size=10, pages="meta.pages")
PLAIN_PAGES = NumberedPages(style="page", size=10)
OFFSETS = OffsetPages(style="offset", size=10)
OFFSETS_WITH_TOTAL = OffsetPages(style="offset", size=10, total="meta.total")
CURSORS = CursorPages(style="cursor", next="next", size_param="limit", size=10)
LINKS = LinkedPages(style="link_header", size_param="limit", size=10)
STYLES = [
    WITH_TOTAL,
    WITH_PAGES,
    PLAIN_PAGES,
    OFFSETS,
    OFFSETS_WITH_TOTAL,
    CURSORS,
    LINKS,
    NoPages(),
]


def records(count: int) -> list[dict[str, int]]:
    return [{"id": number} for number in range(count)]


def ids(rows: Sequence[Any]) -> list[int]:
    return sorted(row["id"] for row in rows)


def name(paginate: Paginate) -> str:
    return f"{paginate.style} {getattr(paginate, 'total', '')}"


@pytest.mark.parametrize("paginate", STYLES, ids=name)
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 40, 47])
def test_every_style_reads_every_record_once(paginate: Paginate, count: int) -> None:
    with (
        ScriptedServer(Pages(records(count))) as server,
        a_source(server.url, records="data", paginate=paginate) as source,
    ):
        read = read_all(source)

    assert ids(read.rows) == [*range(count)]
    assert read.failed == {}
    assert len({request.target for request in server.seen}) == len(server.seen)


@pytest.mark.parametrize("paginate", STYLES[:-1], ids=name)
def test_a_server_that_gives_smaller_pages_than_asked_for_loses_nothing(
    paginate: Paginate,
) -> None:
    """A short page is not the last one where the server just never gives more."""
    with (
        ScriptedServer(Pages(records(23), most=4)) as server,
        a_source(server.url, records="data", paginate=paginate) as source,
    ):
        read = read_all(source)

    assert ids(read.rows) == [*range(23)]


def planned(source: Any) -> list[str]:
    return [scope["what"] for scope in source.plan_fetch(Window()).scopes]


def test_with_a_total_planning_reads_the_first_page_and_it_is_not_read_again() -> None:
    with (
        ScriptedServer(Pages(records(25))) as server,
        a_source(server.url, records="data", paginate=WITH_TOTAL) as source,
    ):
        plan = source.plan_fetch(Window())
        asked_in_planning = len(server.seen)
        first = source.fetch(plan.scopes[0])

    assert [scope["what"] for scope in plan.scopes] == ["page 1", "page 2", "page 3"]
    assert (plan.grows, asked_in_planning, len(server.seen)) == (False, 1, 1)
    assert first.count == 10
    assert server.seen[0].query == {"page": "1", "per_page": "10"}


def test_the_first_page_is_kept_for_a_worker_with_a_source_of_its_own() -> None:
    with (
        ScriptedServer(Pages(records(25))) as server,
        a_source(server.url, records="data", paginate=WITH_TOTAL) as planner,
        a_source(server.url, records="data", paginate=WITH_TOTAL) as worker,
        ThreadPoolExecutor(1) as threads,
    ):
        scope = planner.plan_fetch(Window()).scopes[0]
        first = threads.submit(worker.fetch, scope).result()
        again = worker.fetch(scope)

    assert (first.count, again.count) == (10, 10)
    assert len(server.seen) == 2


def test_a_first_page_nobody_asked_for_is_forgotten_with_its_plan() -> None:
    with ScriptedServer(Pages(records(25))) as server:
        with a_source(server.url, records="data", paginate=WITH_TOTAL) as planner:
            scope = planner.plan_fetch(Window()).scopes[0]
        with a_source(server.url, records="data", paginate=WITH_TOTAL) as resumed:
            resumed.fetch(scope)

    assert len(server.seen) == 2


def test_without_a_total_as_many_pages_are_planned_as_are_read_at_once() -> None:
    with (
        ScriptedServer(Pages(records(100), total=False)) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES, parallel=3) as source,
    ):
        plan = source.plan_fetch(Window())
        full = source.fetch(plan.scopes[1])

    assert [scope["what"] for scope in plan.scopes] == ["page 1", "page 2", "page 3"]
    assert plan.grows
    assert [scope["what"] for scope in full.follow] == ["page 5"]


def test_a_short_or_empty_page_reveals_nothing() -> None:
    with (
        ScriptedServer(Pages(records(15), total=False)) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES) as source,
    ):
        short = source.fetch({"what": "page 2", "page": 2})
        empty = source.fetch({"what": "page 3", "page": 3})

    assert [(each.count, each.follow) for each in (short, empty)] == [(5, ()), (0, ())]


def test_an_empty_first_page_is_all_there_is() -> None:
    with (
        ScriptedServer(Pages([], total=False)) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES) as source,
    ):
        assert planned(source) == ["page 1"]


@pytest.mark.parametrize("fault", [HTML, Status(400)], ids=["html", "400"])
@pytest.mark.parametrize("paginate", [WITH_TOTAL, PLAIN_PAGES], ids=name)
def test_a_malformed_page_fails_only_its_batch(paginate: Paginate, fault: Answer) -> None:
    """T2; a failed page does not end the reading of later ones."""
    with (
        ScriptedServer(Pages(records(95), faults={2: [fault]})) as server,
        a_source(server.url, records="data", paginate=paginate) as source,
    ):
        read = read_all(source)

    assert ids(read.rows) == [*range(10), *range(20, 95)]
    assert [*read.failed] == ["page 2"]


def test_a_malformed_first_page_does_not_keep_the_others_from_being_read() -> None:
    with (
        ScriptedServer(Pages(records(95), faults={1: [HTML]}, total=False)) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES) as source,
    ):
        read = read_all(source)

    assert ids(read.rows) == [*range(10, 95)]
    assert [*read.failed] == ["page 1"]
    assert sum(request.query["page"] == "1" for request in server.seen) == 1


def test_planned_blind_only_an_empty_page_ends_the_reading() -> None:
    """What a full page holds is not known where the first page failed."""
    script = Pages(records(95), faults={1: [HTML]}, total=False, most=4)
    with (
        ScriptedServer(script) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES) as source,
    ):
        read = read_all(source)

    assert ids(read.rows) == [*range(4, 95)]


@pytest.mark.parametrize("paginate", [WITH_TOTAL, OFFSETS], ids=name)
def test_where_planning_needs_the_first_page_its_failure_stops_the_run(
    paginate: Paginate,
) -> None:
    """T1: cannot plan."""
    with (
        ScriptedServer(in_turn(HTML)) as server,
        a_source(server.url, records="data", paginate=paginate) as source,
        pytest.raises(SystemSyncError) as failure,
    ):
        source.plan_fetch(Window())

    assert failure.value.error_class is ErrorClass.SCHEMA


@pytest.mark.parametrize("total", [None, -1, True, 2.5, "many", {}, 10**30], ids=repr)
def test_a_total_that_is_no_number_of_records_stops_the_run(total: Any) -> None:
    answer = Json({"data": records(10), "meta": {"total": total}})
    with (
        ScriptedServer(in_turn(answer)) as server,
        a_source(server.url, records="data", paginate=WITH_TOTAL) as source,
        pytest.raises(SystemSyncError, match=r"no number at 'meta.total'|max_pages"),
    ):
        source.plan_fetch(Window())


def test_a_total_as_digits_is_a_number() -> None:
    answer = Json({"data": records(10), "meta": {"total": "31"}})
    with (
        ScriptedServer(in_turn(answer)) as server,
        a_source(server.url, records="data", paginate=WITH_TOTAL) as source,
    ):
        assert len(planned(source)) == 4


def test_more_pages_than_allowed_are_refused_before_any_is_written() -> None:
    with (
        ScriptedServer(Pages(records(95))) as server,
        a_source(server.url, records="data", paginate=WITH_TOTAL, max_pages=9) as source,
        pytest.raises(SystemSyncError, match="10 pages, max_pages is 9"),
    ):
        source.plan_fetch(Window())


@pytest.mark.parametrize("paginate", [PLAIN_PAGES, OFFSETS, CURSORS, LINKS], ids=name)
def test_the_page_after_the_last_one_allowed_fails_rather_than_being_forgotten(
    paginate: Paginate,
) -> None:
    with (
        ScriptedServer(Pages(records(95), total=False)) as server,
        a_source(server.url, records="data", paginate=paginate, max_pages=5) as source,
    ):
        read = read_all(source)

    (failure,) = read.failed.values()
    assert ids(read.rows) == [*range(50)]
    assert "max_pages (5)" in failure.message
    assert len(server.seen) == 5


def test_a_source_that_only_fails_is_not_asked_for_ever() -> None:
    with (
        ScriptedServer(in_turn(Json(records(10)), Status(500))) as server,
        a_source(server.url, paginate=PLAIN_PAGES, waits=Waits(), parallel=2) as source,
    ):
        read = read_all(source)

    assert len(read.failed) == 20
    assert "page 21" in read.failed
    assert read.failed["page 21"].follow == ()


def test_a_retry_of_the_page_where_reading_ended_goes_on_from_there() -> None:
    broken = {page: [Status(400)] for page in range(2, 30)}
    with (
        ScriptedServer(Pages(records(305), total=False, faults=broken)) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES, parallel=1) as source,
    ):
        first = read_all(source)
        scope: Scope = {"what": "page 11", "page": 11, "after": 9}
        retried = source.fetch(scope)

    assert [*first.failed] == [f"page {page}" for page in range(2, 12)]
    assert retried.count == 10
    assert [each["what"] for each in retried.follow] == ["page 12"]


def test_a_page_fetched_alone_reveals_nothing() -> None:
    with (
        ScriptedServer(Pages(records(95), faults={3: [HTML]})) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES) as source,
    ):
        fetched = source.fetch({"what": "page 2", "page": 2, "alone": True})
        with pytest.raises(BatchSyncError) as failure:
            source.fetch({"what": "page 3", "page": 3, "alone": True})

    assert (fetched.follow, failure.value.follow) == ((), ())


def test_a_failure_keeps_what_follows_it_through_pickling() -> None:
    with (
        ScriptedServer(in_turn(HTML)) as server,
        a_source(server.url, paginate=PLAIN_PAGES) as source,
        pytest.raises(BatchSyncError) as failure,
    ):
        source.fetch({"what": "page 2", "page": 2})

    assert [scope["page"] for scope in failure.value.follow] == [6]
    assert pickle.loads(pickle.dumps(failure.value)).follow == failure.value.follow


def test_a_page_of_a_source_that_changed_since_the_plan_warns_of_drift() -> None:
    """M5."""
    script = Pages(records(95))
    with (
        ScriptedServer(script) as server,
        a_source(server.url, records="data", paginate=WITH_TOTAL) as source,
    ):
        scopes = source.plan_fetch(Window()).scopes
        still = source.fetch(scopes[1])
        script.records = records(94)
        moved = source.fetch(scopes[2])

    assert still.warnings == ()
    assert moved.warnings == (
        "drift: the source had 95 records when this was planned and has 94 now: "
        "records may have moved between pages",
    )


def test_a_reset_in_the_middle_of_a_page_never_passes_for_a_short_page() -> None:
    """Fault 14."""
    sound = Json({"data": records(10)})
    answers = (sound, Reset(sound, after=60), Json({"data": records(3)}))
    with (
        ScriptedServer(in_turn(*answers)) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES, parallel=1) as source,
    ):
        read = read_all(source)

    assert read.batches == [("page 1", 10), ("page 2", 3)]


def test_positions_count_from_one_within_the_page() -> None:
    with (
        ScriptedServer(Pages(records(30))) as server,
        a_source(server.url, records="data", paginate=PLAIN_PAGES) as source,
    ):
        fetched = source.fetch({"what": "page 3", "page": 3})

    assert fetched.position(6) == "page 3 item 7"


def test_a_page_that_revealed_others_goes_again_alone() -> None:
    """Where its push fails and no Snapshots are kept, its scope is fetched once more (T2)."""
    pages = Pages([{"id": n} for n in range(95)], total=False, faults={2: [Status(400)]})
    with (
        ScriptedServer(pages) as server,
        a_source(
            server.url, records="data", paginate=NumberedPages(style="page", size=10)
        ) as source,
    ):
        first, second, *_ = source.plan_fetch(Window()).scopes
        read = source.fetch(first)
        with pytest.raises(BatchSyncError) as failure:
            source.fetch(second)
        assert read.again is not None
        assert failure.value.again is not None
        once_more = [source.fetch(read.again), source.fetch(failure.value.again)]

    assert len(read.follow) == len(failure.value.follow) == 1
    assert [(fetched.count, fetched.follow) for fetched in once_more] == [(10, ())] * 2
    assert [fetched.again for fetched in once_more] == [None, None]
