"""The same story whoever does the work: this process, threads, processes."""

from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import ScriptedServer
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import COLUMNS, EMAIL, custom, definition, pages, shelf
from tests.stories.world import World, order

CREWS = pytest.mark.parametrize("workers", ["threads", "processes"])

OURS = '''
from engine.domain.errors import ErrorClass, RecordSyncError


class Unlucky(Exception):
    """What no pickle can carry."""

    def __init__(self, reason, record):
        super().__init__(reason)
        self.record = record
        self.open = lambda: record


def judge(record):
    number = record.fields["id"]
    if number % 10 == 2:
        return record.ignored("we do not like twos")
    if number % 10 == 3:
        return record.with_warning("three is odd")
    if number % 10 == 4:
        raise RecordSyncError("no fours", code="no_fours", error_class=ErrorClass.BUSINESS_RULE)
    if number % 10 == 5:
        raise Unlucky("five is unlucky", record)
    if number % 10 == 6:
        raise RecursionError("six goes round and round")
    if number % 10 == 7:
        raise MemoryError
    return record
'''  # fmt: skip


def judged(world: World, workers: str) -> SyncEvent:
    """Forty orders through custom code that does all it can."""
    (world.links / "ours.py").write_text(OURS, encoding="utf-8")
    world.orders([order(n) for n in range(1, 41)])
    text = definition(stages=[custom("judge"), COLUMNS, EMAIL], workers=workers)
    world.link("orders", text)
    return world.run()


@pytest.mark.parametrize("workers", ["auto", "threads"])
def test_custom_code_tells_the_same_story_in_processes_and_in_threads(
    world: World, workers: str
) -> None:
    """T3, T4: `auto` takes processes for foreign code, which may hang."""
    event = judged(world, workers)

    kind = "processes" if workers == "auto" else "threads"
    assert event.workers is not None
    assert kind in event.workers
    records = event.records
    assert (records.written, records.ignored, records.warned, records.failed) == (
        20,
        4,
        4,
        16,
    )
    assert [group.count for group in event.errors] == [4, 4, 4, 4]
    said = " ".join(group.message for group in event.errors)
    for word in ("no fours", "five is unlucky", "six goes round", "MemoryError"):
        assert word in said
    assert len(world.rows()) == 20


@CREWS
def test_fail_stops_the_run_wherever_the_batch_ran(world: World, workers: str) -> None:
    """T1, S3: each Batch has such a record, the fourth of ten; those in flight count."""
    emails = ("" if n % 10 == 4 else "a@x.example" for n in range(1, 601))
    world.orders([order(n, email=email) for n, email in enumerate(emails, 1)])
    stages = [COLUMNS, {**EMAIL, "on_error": "fail"}]
    world.link("orders", definition(stages=stages, workers=workers))

    event = world.run()

    assert event.ending is Ending.STOPPED
    failed = event.batches.failed
    assert failed + event.batches.not_attempted == 60
    assert 1 <= failed < 60
    assert (event.records.written, event.records.failed) == (3 * failed, 7 * failed)
    assert len(world.rows()) == event.records.written


@CREWS
def test_workers_push_by_themselves_where_the_target_admits_many(
    world: World, workers: str
) -> None:
    """K1: and the keys they send are the same."""
    source = Pages([order(n) for n in range(1, 51)])
    kept = Shelf()
    with ScriptedServer(source) as shop, ScriptedServer(kept) as server:
        text = definition(source=pages(shop.url), target=shelf(server.url), workers=workers)
        world.link("orders", text)
        event = world.run()

    assert event.status is Status.COMPLETED
    assert event.records.written == 50
    assert sorted(kept.effects, key=int) == [str(n) for n in range(1, 51)]


@CREWS
def test_a_test_run_asks_nothing_of_an_http_target(world: World, workers: str) -> None:
    """S3."""
    asked: list[Any] = []
    world.orders([order(n) for n in range(1, 21)])
    with ScriptedServer(Shelf()) as server:
        world.link("orders", definition(target=shelf(server.url), workers=workers))
        event = world.run(test=True)
        asked += server.seen

    assert asked == []
    assert (event.records.would_write, event.records.written) == (20, 0)
