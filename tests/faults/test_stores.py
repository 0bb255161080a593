"""A store that is damaged, locked, from the future or bereft of its log (catalogue 35 to 38).

What the store itself says of it is in tests/store/test_damage.py and its neighbours.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.kills import STRACE, Victim
from tests.stories.command_line import linkdeck

COMMANDS = (
    ("run", "orders"),
    ("events",),
    ("show", "1"),
    ("retry", "1", "--reason", "again"),
    ("doctor",),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one run in its store."""
    victim = Victim.made(tmp_path, batches=4)
    victim.world.run()
    victim.world.engine.close()
    return tmp_path


def overwritten(store: Path) -> None:
    with store.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)


def cut(store: Path) -> None:
    with store.open("r+b") as file:
        file.truncate(6000)


def no_database(store: Path) -> None:
    store.write_bytes(b"hello, world\n" * 1000)


def newer(store: Path) -> None:
    with closing(sqlite3.connect(store)) as raw:
        raw.execute("UPDATE linkdeck_schema SET version_num = 'r9999'")
        raw.commit()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (overwritten, "is damaged (database disk image is malformed); restore it from a"),
        (cut, "is damaged (database disk image is malformed); restore it from a backup"),
        (no_database, "is not a database; move it away, or choose another --store"),
        (newer, "r9999"),
    ],
)
def test_35_37_every_command_refuses_such_a_store_and_leaves_it_as_it_is(
    home: Path, damage: Callable[[Path], None], words: str
) -> None:
    """SYS D: exit code 3, where it is and what to do; never made anew."""
    store = home / "linkdeck.db"
    damage(store)
    before = store.read_bytes()

    answers = {command: linkdeck(*command, home=home) for command in COMMANDS}

    for command, answer in answers.items():
        said = answer.err + answer.out
        assert answer.code == 3, (command, said)
        assert words in said, (command, said)
        assert str(store) in said or command == ("doctor",)
        assert "unforeseen" not in said
    assert store.read_bytes() == before


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
def test_35_a_log_that_was_taken_away_after_a_kill_is_found_by_the_audit(
    tmp_path: Path,
) -> None:
    """What only the log held is gone, and SQLite cannot know; the audit's anchor does."""
    victim = Victim.made(tmp_path, batches=40)
    victim.world.engine.close()
    log = tmp_path / "linkdeck.db-wal"
    assert victim.killed_at(4, calls="fdatasync", of=log)
    assert log.stat().st_size
    log.unlink()
    (tmp_path / "linkdeck.db-shm").unlink(missing_ok=True)

    answer = linkdeck("audit", "--verify", home=tmp_path)

    assert answer.code == 3
    assert "cut off" in answer.err + answer.out


def test_a_store_that_another_program_has_locked_is_told_and_works_afterwards(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SYS E: who reads is not held up; who writes hears of it."""
    monkeypatch.setattr("engine.store.sqlite_database.BUSY_SECONDS", 0.05)
    store = home / "linkdeck.db"
    with closing(sqlite3.connect(store, isolation_level=None)) as rude:
        rude.execute("BEGIN IMMEDIATE")
        read = linkdeck("show", "1", home=home)
        written = linkdeck("run", "orders", home=home)
        rude.execute("ROLLBACK")

    assert (read.code, read.out[:10]) == (0, "#1 orders ")
    assert (written.code, written.err) == (
        3,
        f"linkdeck: {store} is locked by another program; close what has it open\n",
    )
    assert "#2" in linkdeck("run", "orders", home=home).err


def test_38_a_reader_that_stays_holds_up_neither_a_run_nor_its_log(tmp_path: Path) -> None:
    """A console asleep in a transaction: the run goes on, and the log is cut once it is gone."""
    victim = Victim.made(tmp_path, batches=20)
    store = tmp_path / "linkdeck.db"
    with closing(sqlite3.connect(store, isolation_level=None)) as sleeper:
        sleeper.execute("BEGIN")
        sleeper.execute("SELECT count(*) FROM sync_event").fetchone()
        event = victim.world.run()
        victim.world.engine.close()
        log = store.with_name("linkdeck.db-wal").stat().st_size
        sleeper.execute("ROLLBACK")

    assert event.records.residual == 0
    assert log < 64 << 20
    assert linkdeck("events", home=tmp_path).code == 0
    wal = store.with_name("linkdeck.db-wal")
    assert not wal.exists() or wal.stat().st_size <= log
