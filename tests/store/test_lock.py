"""One writer at a time, whoever it is; and what is written is on the disk when it must be."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.domain.progress import BatchStarted
from engine.store.refusals import StoreUnusable
from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.world import NOON, clean, running

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True)

HOLDER = """
import sys
from fasteners import InterProcessLock
with InterProcessLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_write_waits_for_the_process_that_writes_and_then_goes_on(
    store: Store, place: Place
) -> None:
    run = running(store, 1)
    with _holder(place.home / "linkdeck.db.lock") as holder:
        writing = threading.Thread(target=run.finishes, args=(clean(0),))
        writing.start()
        assert store.event(run.number) is not None
        assert run.seen().batches.completed == 0
        holder.communicate()
        writing.join()

    assert run.seen().batches.completed == 1


def test_a_writer_that_never_lets_go_is_told_with_how_to_find_it(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = running(store, 1)
    monkeypatch.setattr("engine.store.lock.PATIENCE", 0.05)
    path = place.home / "linkdeck.db.lock"
    with _holder(path) as holder:
        with pytest.raises(StoreUnusable) as refused:
            run.finishes(clean(0))
        holder.communicate()

    assert str(refused.value) == (
        f"another process has been writing to the store for 0 s; "
        f"see who holds {path}: fuser -v {path}"
    )
    assert run.finishes(clean(0)).seen().batches.completed == 1


def test_a_thread_that_never_lets_go_is_told(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = place.open()
    monkeypatch.setattr("engine.store.lock.PATIENCE", 0.05)

    with (
        store._database.writing(),
        pytest.raises(StoreUnusable, match=r"^another thread of this process"),
    ):
        running(other)
    other.close()


def test_the_lock_file_cannot_be_taken_away_by_opening_the_store_again(
    store: Store, place: Place
) -> None:
    """A process loses its file lock when it closes any descriptor of that file."""
    path = place.home / "linkdeck.db.lock"
    script = (
        "import sys; from fasteners import InterProcessLock; "
        "print(InterProcessLock(sys.argv[1]).acquire(blocking=False))"
    )

    with store._database.writing():
        place.open().close()
        tried = subprocess.run(
            [sys.executable, "-c", script, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )

    assert tried.stdout.strip() == "False"


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_what_must_be_durable_is_synced_before_emit_returns(
    store: Store, *, durable: bool, level: int
) -> None:
    """K4: with NORMAL, acknowledged commits are lost with the power; with FULL none are."""
    run = running(store)

    run.journal.emit(BatchStarted((0,), NOON, durable=durable))

    writer = store._database._writer  # type: ignore[attr-defined]
    assert writer.connection.cursor().execute("PRAGMA synchronous").fetchone() == (level,)
    assert writer.connection.cursor().execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert run.seen().batches.in_flight == 1


def _holder(path: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder
