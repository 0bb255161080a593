"""The demo on a terminal: weeks of real runs under a moved clock, and what they leave to do."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.demo import weeks
from engine.demo.home import demo_settings
from engine.domain.errors import LinkdeckError
from engine.domain.inbox import InboxFilter, InboxItem
from engine.domain.outcome import Status
from engine.domain.requests import Selection, Stop
from engine.domain.retry_plan import Choice, RetryOptions
from engine.domain.sync_event import Kind, SyncEvent
from engine.engine import Engine
from engine.settings import Settings
from tests.console.terminal import Terminal

UNTIL = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GOOD = {Status.COMPLETED, Status.COMPLETED_WITH_WARNINGS}


@contextmanager
def lived(folder: Path, *, until: datetime | None = None) -> Iterator[Settings]:
    """The world after its weeks."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = demo_settings(str(folder / "demo"), environ)
    with weeks.lived(
        settings, records=3000, seed=7, say=lambda day, days: None, until=until
    ) as world:
        yield world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Weeks that ended at a set time; the shop is open."""
    with lived(tmp_path_factory.mktemp("weeks"), until=UNTIL) as settings:
        yield settings


@pytest.fixture
def engine(world: Settings) -> Iterator[Engine]:
    """The front door on them."""
    with Engine(world) as opened:
        yield opened


def everything(engine: Engine) -> list[SyncEvent]:
    """All Sync Events, oldest first."""
    return list(reversed(engine.events(limit=500).items))


def test_every_link_ran_every_day_for_three_weeks(engine: Engine) -> None:
    days = Counter(
        (event.link, (event.started_at or UNTIL).date())
        for event in everything(engine)
        if event.kind is Kind.SYNC
    )

    wanted = {(UNTIL - timedelta(days=ago)).date() for ago in range(weeks.DAYS)}
    for link in ("orders", "customers", "returns"):
        assert {day for of, day in days if of == link} == wanted


def test_times_go_on_with_the_numbers_and_end_before_the_weeks_do(engine: Engine) -> None:
    starts = [event.started_at for event in everything(engine)]

    assert starts == sorted(starts, key=lambda at: at or UNTIL)
    assert all(at is not None and at < UNTIL for at in starts)
    audit = engine.audit_rows(limit=500).items
    assert max(row.at for row in audit) < UNTIL
    assert engine.verify_audit().holds


def test_every_book_of_the_weeks_is_balanced(engine: Engine) -> None:
    """S3, on every Sync Event and every Chain."""
    assert [event.id for event in everything(engine) if event.residual] == []


def test_people_recovered_discarded_and_cancelled_things(engine: Engine) -> None:
    events = everything(engine)

    assert any(event.recovered_by and event.status in GOOD for event in events)
    assert any(event.closed_by == "discard" for event in events)
    assert any(event.closed_by == "superseded" for event in events)
    assert any(event.outcome is Status.CANCELLED for event in events)
    chained = [event for event in events if len(event.children) > 1]
    assert chained
    assert {event.status for event in chained} <= GOOD


def test_a_failing_chain_waits_and_the_mended_rules_recover_it(engine: Engine) -> None:
    """What the tour promises: orders of this morning, once retried in vain."""
    retry = engine.event("latest:orders")
    first = engine.event(str(retry.parent))
    assert (first.status, retry.status) == (Status.FAILED, Status.FAILED)
    assert retry.open.batches == 1
    assert retry.open.records > 5

    plan = engine.plan(
        str(first.id),
        Selection(),
        definition=Choice.CURRENT,
        simulate=True,
        actor="ana@test",
    )
    assert (plan.batches, plan.records) == (1, retry.open.records)
    options = RetryOptions(reason="rules mended", actor="ana@test", plan=plan.hash)
    child = engine.retry(str(first.id), Selection(), options, stop=Stop())

    assert child.status in GOOD
    assert engine.event(str(first.id)).status in GOOD
    assert engine.event(str(retry.id)).status in GOOD
    assert {item.link for item in _waiting(engine)} == {"returns"}


def _waiting(engine: Engine) -> list[InboxItem]:
    return list(engine.inbox(InboxFilter(), limit=200).items)


def test_a_number_of_records_that_cannot_be_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    settings = demo_settings(str(tmp_path / "demo"), {})

    with (
        pytest.raises(LinkdeckError, match="--records takes a number"),
        weeks.lived(settings, records=0, seed=1, say=lambda day, days: None),
    ):
        pass

    assert not (tmp_path / "demo").exists()


def test_on_a_terminal_the_console_opens_on_it_with_one_run_live(tmp_path: Path) -> None:
    """Issue 5, 8: the tour first; leaving it ends what runs, for the shop closes."""
    with Terminal(["demo", "--records", "300"], home=tmp_path) as terminal:
        terminal.sees("The demo in five keys", "[ Begin ]", within=120)
        terminal.send("\r")
        terminal.sees("orders", "✗ failed", "returns", "stock", "▶ running", within=60)
        terminal.send("q")
        assert terminal.process.wait(60) == 0
        assert terminal.attributes() == list(terminal.before)

    environ = {"SHOP_URL": "http://127.0.0.1:9", "SHOP_TOKEN": "-"}
    with Engine(demo_settings(str(tmp_path / "demo"), environ)) as engine:
        live = engine.event("latest:stock")
    assert live.outcome is Status.CANCELLED
