"""A store of any version before this one: opened, brought up, and everything asked of it."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from engine.domain.inbox import InboxFilter
from engine.domain.outcome import Status
from engine.domain.requests import Search, Selection, Stretch
from engine.domain.retry_plan import Choice
from engine.engine import Engine
from engine.settings import Settings
from engine.store import migrate
from tests.databases import Postgres
from tests.store.conftest import Place
from tests.store.old_stores import made_at, rows_in, rows_of
from tests.stories.world import World, order

_numbers = count(1)
ALL = Selection()

CHANGED = {"link_setting", "counter"}
"""Tables that revisions take away, or add rows of their own to."""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A home, and a database with nothing in it."""
    tmp_path.chmod(0o700)
    if request.param == "sqlite":
        return Place("sqlite", None, tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return Place("postgresql", server.database(f"old{next(_numbers)}"), tmp_path)


def opened(place: Place) -> World:
    """The front door over a store that is there, and the Link `orders` with good records."""
    variables = {"HOME": str(place.home), "LINKDECK_IDLE_EXIT": "1"}
    settings = Settings.resolve(str(place.home), None, place.url, variables)
    world = World(place.home, Engine(settings), place.url)
    world.orders([order(number) for number in range(1, 13)])
    return world


@pytest.fixture
def upgrade(place: Place) -> Iterator[Callable[[str], tuple[World, Mapping[str, int]]]]:
    """Makes a store of a revision and opens it; with how many rows each table had."""
    worlds: list[World] = []

    def upgraded(revision: str) -> tuple[World, Mapping[str, int]]:
        counts = made_at(place, revision)
        worlds.append(opened(place))
        return worlds[-1], counts

    yield upgraded
    for world in worlds:
        world.engine.close()


def test_the_rows_of_every_released_schema_are_kept() -> None:
    """One is missing? `python -m tests.store.write_schema REVISION` writes it."""
    assert [each for each in migrate.REVISIONS if not rows_of(each).is_file()] == []


@pytest.mark.parametrize("revision", migrate.REVISIONS)
def test_a_store_of_any_released_schema_keeps_its_rows_and_answers_everything(
    upgrade: Callable[[str], tuple[World, Mapping[str, int]]], revision: str
) -> None:
    """Rows are counted before and after; the books add up, and the audit holds (P7, S3)."""
    world, before = upgrade(revision)
    after, kept = _counted(world), before.keys() - CHANGED

    answers = {name: ask() for name, ask in questions(world).items()}

    assert {name: after.get(name) for name in kept} == {
        name: rows for name, rows in before.items() if name in kept
    }
    assert answers["verify_audit"].holds
    assert [each.message for each in answers["doctor"] if each.serious] == []
    events = answers["events"].items
    assert {event.link for event in events} == {"orders", "stock", "returns"}
    for event in events:
        world.assert_books(event)


@pytest.mark.parametrize("revision", [migrate.REVISIONS[0], migrate.REVISIONS[-1]])
def test_a_store_that_was_brought_up_takes_runs_and_retries(
    upgrade: Callable[[str], tuple[World, Mapping[str, int]]], revision: str
) -> None:
    world, _ = upgrade(revision)
    failing = world.failing(world.event(1))

    child = world.retry(1, definition=Choice.AS_RUN)
    fresh = world.run(full=True)

    assert (child.parent, child.records.fetched) == (1, 0)
    assert child.records.from_snapshots >= 1
    assert {each.link for each in failing} == {"orders"}
    assert fresh.status is Status.COMPLETED
    assert len(world.rows()) == 12
    assert world.engine.verify_audit().holds


def _counted(world: World) -> Mapping[str, int]:
    database = world.engine._context.store._database
    with database.reading() as connection:
        return rows_in(database, connection)


def questions(world: World) -> Mapping[str, Callable[[], Any]]:
    """Everything the front door can be asked that leaves the store as it is."""
    engine = world.engine
    return {
        "links": engine.links,
        "changed": engine.changed,
        "adapters": engine.adapters,
        "alerts": engine.alerts,
        "causes": engine.causes,
        "root_causes": engine.root_causes,
        "purge_preview": engine.purge_preview,
        "schedules": engine.schedules,
        "tokens": engine.tokens,
        "overrides": lambda: engine.overrides("orders"),
        "gates": lambda: engine.gates(["orders"]),
        "explain": lambda: engine.explain("orders"),
        "inbox_counts": engine.inbox_counts,
        "verify_audit": engine.verify_audit,
        "audit_rows": engine.audit_rows,
        "doctor": engine.doctor,
        "events": engine.events,
        **_of_an_event(engine),
        **_inbox(engine),
    }


def _of_an_event(engine: Engine) -> Mapping[str, Callable[[], Any]]:
    snapshot = f"s{engine.failures('1', ALL).records[0].id}"
    output = engine._context.settings.home
    return {
        "latest": lambda: engine.event("latest:orders"),
        "batches": lambda: engine.batches("1"),
        "batch": lambda: engine.batch("1", 1),
        "batch_states": lambda: engine.batch_states("1"),
        "failures": lambda: engine.failures("1", ALL),
        "lost batches": lambda: engine.failures("latest:stock", ALL),
        "stretch": lambda: engine.stretch("1", ALL, Stretch(limit=5)),
        "search": lambda: engine.search("1", ALL, Search(words=("order",))),
        "record": lambda: engine.record(snapshot),
        "chain": lambda: engine.chain("1"),
        "trends": lambda: _trends(engine),
        "simulate": lambda: engine.simulate_record(snapshot, None),
        "evidence": lambda: engine.evidence("1", str(output / "evidence.json")),
        "export": lambda: engine.export(
            "1", ALL, format="csv", output=str(output / "failures.csv"), mask=True
        ),
    }


def _trends(engine: Engine) -> Any:
    """Between the first and the last run; the oldest schema knew one alone."""
    runs = engine.events(link="orders").items
    return engine.trends("1", f"#{runs[0].id}") if len(runs) > 1 else ()


def _inbox(engine: Engine) -> Mapping[str, Callable[[], Any]]:
    everything = InboxFilter()
    return {
        "inbox": lambda: engine.inbox(everything),
        "inbox_stretch": lambda: engine.inbox_stretch(everything, Stretch(limit=5)),
        "inbox_matching": lambda: engine.inbox_matching(everything),
        "inbox_search": lambda: engine.inbox_search(everything, Search(words=("order",))),
    }
