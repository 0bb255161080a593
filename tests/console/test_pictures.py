"""Pictures of the six main screens at both sizes: whoever changes them sees what changed."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console import clock
from console.app import Linkdeck
from console.places import To
from engine.settings import Settings
from tests.console.piloting import ACTOR, Driver
from tests.stories.world import a_world, order

NOW = datetime(2026, 11, 22, 14, 2, 11, tzinfo=UTC)
TIMES = {
    "sync_event": ("queued_at", "started_at", "finished_at"),
    "batch": ("started_at", "finished_at"),
    "snapshot": ("at",),
}
SCREENS = {
    "links": (To("links"), "1 of 1"),
    "events": (To("events", link="orders"), "1 of 1"),
    "summary": (To("summary", event=1), "fetched 60"),
    "failures": (To("failures", event=1), "✗ open"),
    "record": (To("record", event=1, snapshot=2), "proves recovery"),
    "inbox": (To("inbox"), "13 of 13"),
}


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock stands still, in UTC."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A Sync Event of orders, at set times."""
    world = a_world(tmp_path)
    flaws = {0: {"email": " "}, 5: {"amount": "1\x1b[31m2"}}
    world.orders([order(n, **flaws.get(n % 9, {})) for n in range(1, 61)], batch_size=10)
    world.run()
    world.engine.close()
    with closing(sqlite3.connect(tmp_path / "linkdeck.db")) as store:
        for table, columns in TIMES.items():
            for column in columns:
                at = f"2026-11-22 1{'4' if column == 'finished_at' else '3'}:00:07.000000"
                store.execute(f"UPDATE {table} SET {column} = ?", (at,))
        store.execute("UPDATE sync_event SET workers = '1 process: a set one'")
        store.commit()
    return tmp_path


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_looks_as_it_did(
    name: str,
    size: tuple[int, int],
    home: Path,
    snap_compare: Callable[..., bool],
) -> None:
    to, sees = SCREENS[name]
    environ = {"HOME": str(home), "COLORTERM": "truecolor"}
    settings = Settings.resolve(str(home), None, None, environ)
    first = to if to.place != "links" else None
    app = Linkdeck(settings, actor=ACTOR, first=first)

    async def settled(pilot: Pilot[int]) -> None:
        await Driver(app, pilot).sees(sees, "● live")

    assert snap_compare(app, terminal_size=size, run_before=settled)
