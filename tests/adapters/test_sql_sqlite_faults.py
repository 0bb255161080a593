"""The sql target when SQLite, its disk, its file, its neighbours or its own process fail."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.sql.sqlite.lock import sole_writer
from engine.adapters.sql.target import SqlTarget
from engine.domain.adapter import Stopped
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from tests.adapters.sql_world import execute, load, made, opened, rows_of

URL = "sqlite:///shop.db"
TABLE = "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, email TEXT, cents INTEGER)"
ROWS = [(i, f"{i}@x", i) for i in range(500)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    execute(path, TABLE)
    return path


def connection_of(target: SqlTarget) -> sqlite3.Connection:
    """The writing connection, to make it fail."""
    opened: Any = target._made
    connection: sqlite3.Connection = opened._open.connection
    return connection


def test_commits_are_durable_and_the_wal_is_gone_after_close(file: Path) -> None:
    """X1: synchronous FULL; and a final checkpoint."""
    with opened(URL, folder=file.parent) as target:
        target.push([load(ROWS)])
        ask = connection_of(target).execute
        settings = {
            name: ask(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "journal_mode",
                "synchronous",
                "cache_size",
                "wal_autocheckpoint",
                "secure_delete",
                "foreign_keys",
            )
        }
        assert Path(f"{file}-wal").stat().st_size > 0

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "cache_size": -32768,
        "wal_autocheckpoint": 20000,
        "secure_delete": 0,
        "foreign_keys": 1,
    }
    assert not Path(f"{file}-wal").exists()
    assert len(rows_of(file)) == len(ROWS)


def test_a_full_disk_fails_all_loads_and_writes_nothing(file: Path) -> None:
    """T2: the Batch, nothing half-written; and it works again once there is room."""
    with opened(URL, folder=file.parent) as target:
        ask = connection_of(target).execute
        (pages,) = ask("PRAGMA page_count").fetchone()
        ask(f"PRAGMA max_page_count = {pages + 1}")
        wide = [(i, "x" * 500, i) for i in range(100)]
        receipts = target.push([load([(1000, "a", 1)]), load(wide, batch=2)])
        ask("PRAGMA max_page_count = 1000000")
        (after,) = target.push([load(ROWS)])

    for receipt in receipts:
        assert isinstance(receipt.error, BatchSyncError)
        assert (receipt.error.code, receipt.error.error_class) == (
            "disk_full",
            ErrorClass.AVAILABILITY,
        )
        assert (receipt.written, receipt.refused, receipt.in_doubt) == (0, (), ())
    assert after.written == len(ROWS)
    assert len(rows_of(file)) == len(ROWS)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Writes beyond that fail in this process, as they do on a failing disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("mode", ["upsert", "insert"])
def test_a_disk_that_does_not_write_fails_the_batch_and_the_handle_is_not_used_again(
    file: Path, mode: str
) -> None:
    """K3: whether an insert's failed commit is there after a crash, nobody knows."""
    with opened(URL, folder=file.parent, mode=mode) as target:
        before = connection_of(target)
        with no_file_longer_than(Path(f"{file}-wal").stat().st_size + 4096):
            (receipt,) = target.push([load(ROWS)])
        (after,) = target.push([load([(7000, "a", 1)])])
        assert connection_of(target) is not before

    if mode == "upsert":
        assert receipt.error is not None
        assert (receipt.error.code, receipt.in_doubt) == ("io_error", ())
    else:
        assert (receipt.error, len(receipt.in_doubt)) == (None, len(ROWS))
    assert after.written == 1
    assert rows_of(file) == [(7000, "a", 1)]


def test_a_lock_held_by_another_program_is_transient_and_tried_again(file: Path) -> None:
    """T6: a busy SQLite."""
    waits: list[float] = []
    with opened(URL, folder=file.parent, sleep=waits.append) as target:
        connection_of(target).execute("PRAGMA busy_timeout = 20")
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        (locked,) = target.push([load(ROWS)])
        other.execute("ROLLBACK")
        other.close()
        (free,) = target.push([load(ROWS)])

    assert locked.error is not None
    assert (locked.error.code, locked.error.error_class) == (
        "database_locked",
        ErrorClass.TRANSIENT,
    )
    assert [attempt.number for attempt in locked.attempts] == [1, 2, 3]
    assert len(waits) == 2
    assert free.written == len(ROWS)


def test_a_lock_that_is_given_up_meanwhile_costs_only_an_attempt(file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    with opened(URL, folder=file.parent, sleep=lambda _: other.rollback()) as target:
        connection_of(target).execute("PRAGMA busy_timeout = 20")
        other.execute("BEGIN IMMEDIATE")
        (receipt,) = target.push([load(ROWS)])
    other.close()

    assert (receipt.written, receipt.error) == (len(ROWS), None)
    assert [attempt.message for attempt in receipt.attempts] == [
        "warehouse: the database file is locked by another program"
    ]


def test_a_cancel_while_it_waits_leaves_nothing_written(file: Path) -> None:
    """A stopped insert is known not to be there; nothing of it is in doubt."""

    def stop(_: float) -> None:
        raise Stopped

    with (
        opened(URL, folder=file.parent, sleep=stop, mode="insert") as target,
        sole_writer_elsewhere(file),
    ):
        (receipt,) = target.push([load(ROWS)])

    assert receipt.error is not None
    assert (receipt.error.code, receipt.in_doubt, receipt.written) == ("stopped", (), 0)
    assert rows_of(file) == []


@contextmanager
def sole_writer_elsewhere(file: Path) -> Iterator[None]:
    """Another process that holds the one writer's lock."""
    script = (
        "import sys, time\n"
        "from engine.adapters.sql.sqlite.lock import sole_writer\n"
        f"with sole_writer({str(file)!r}, sleep=time.sleep):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def test_who_waits_too_long_for_the_one_writers_lock_fails_transiently(file: Path) -> None:
    with (
        sole_writer_elsewhere(file),
        pytest.raises(BatchSyncError) as raised,
        sole_writer(str(file), sleep=time.sleep, patience=0.05),
    ):
        raise AssertionError("two hold the lock of one writer")

    assert raised.value.error_class is ErrorClass.TRANSIENT


def test_the_lock_of_one_writer_holds_between_threads_too(file: Path) -> None:
    inside = threading.Semaphore(1)
    clashes = []

    def write() -> None:
        for _ in range(50):
            with sole_writer(str(file), sleep=time.sleep):
                if not inside.acquire(blocking=False):
                    clashes.append(1)
                inside.release()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert clashes == []


WRITER = """
import sys, time
from tests.adapters.sql_world import load, opened
folder, base, pushes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
longest = 0.0
with opened("sqlite:///shop.db", folder=folder) as target:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(pushes):
        print("begin", number, flush=True)
        first = base + number * 1000
        loads = [
            load([(first + part * 200 + i, "a" * 80, i) for i in range(200)], batch=part)
            for part in range(5)
        ]
        began = time.monotonic()
        receipts = target.push(loads)
        longest = max(longest, time.monotonic() - began)
        assert [receipt.written for receipt in receipts] == [200] * 5, receipts
        print("done", number, flush=True)
print("longest", longest, flush=True)
"""


def writer(folder: Path, base: int, pushes: int) -> "subprocess.Popen[str]":
    """A process that pushes again and again, and says so."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(base), str(pushes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def started(*processes: "subprocess.Popen[str]") -> None:
    """Let them write, all at the same instant."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def test_processes_that_share_a_file_take_turns_and_lose_nothing(file: Path) -> None:
    """DESIGN 7: one writer at a time, whoever it is; and nobody starves."""
    processes = [writer(file.parent, base, 25) for base in (0, 1_000_000, 2_000_000)]
    started(*processes)
    said = [process.communicate()[0].splitlines()[-1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert rows_of(file, "SELECT count(*) FROM orders") == [(75_000,)]
    assert rows_of(file, "PRAGMA integrity_check") == [("ok",)]
    assert max(float(line.split()[1]) for line in said) < 20


@pytest.mark.parametrize("after", [1, 3, 6, 9])
def test_a_kill_in_the_middle_of_a_push_leaves_all_of_it_or_nothing(
    file: Path, after: int
) -> None:
    """X1: what push returned from is there, and no transaction is there in part."""
    process = writer(file.parent, 0, 1000)
    started(process)
    assert process.stdout is not None
    for line in process.stdout:
        if line == f"begin {after}\n":
            os.kill(process.pid, signal.SIGKILL)
            break
    rest = process.stdout.read()
    process.wait()
    process.stdout.close()
    if process.stdin is not None:
        process.stdin.close()

    acknowledged = after + rest.count("done")
    (written,) = rows_of(file, "SELECT count(*) FROM orders")[0]
    assert written % 1000 == 0
    assert acknowledged <= written // 1000 <= acknowledged + 1
    assert rows_of(file, "PRAGMA integrity_check") == [("ok",)]
    with opened(URL, folder=file.parent) as target:
        (again,) = target.push([load(ROWS)])
    assert again.written == len(ROWS)


def test_a_file_that_was_replaced_ends_the_run_and_is_not_written(file: Path) -> None:
    """SQLite would go on writing to the file that is gone."""
    with opened(URL, folder=file.parent) as target:
        file.rename(file.with_suffix(".old"))
        execute(file, TABLE)
        with pytest.raises(SystemSyncError) as raised:
            target.push([load(ROWS)])

    assert raised.value.code == "database_replaced"
    assert "moved or replaced" in raised.value.message
    assert rows_of(file) == []


def test_a_damaged_file_ends_the_run(file: Path) -> None:
    execute(file, *[f"INSERT INTO orders VALUES ({i}, 'x', 1)" for i in range(2000)])
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(os.urandom(8192))
    with (
        opened(URL, folder=file.parent) as target,
        pytest.raises(SystemSyncError) as raised,
    ):
        target.push([load(ROWS)])

    assert raised.value.code == "database_corrupt"
    assert raised.value.message == (
        "warehouse: the database file is damaged: restore it from a backup"
    )


def test_a_read_only_file_fails_the_batch_for_want_of_access(file: Path) -> None:
    with opened(URL, folder=file.parent) as target:
        connection_of(target).execute("PRAGMA query_only = ON")
        (receipt,) = target.push([load(ROWS)])

    assert receipt.error is not None
    assert (receipt.error.code, receipt.error.error_class) == (
        "read_only",
        ErrorClass.AUTHORIZATION,
    )


def test_a_table_that_goes_away_ends_the_run(file: Path) -> None:
    """T1."""
    with opened(URL, folder=file.parent) as target:
        execute(file, "DROP TABLE orders")
        with pytest.raises(SystemSyncError) as raised:
            target.push([load(ROWS)])

    assert (raised.value.code, raised.value.error_class) == (
        "table_changed",
        ErrorClass.SCHEMA,
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///nowhere/shop.db", "the folder {folder}/nowhere is missing: create it"),
        (
            "sqlite:///none.db",
            "the database file {folder}/none.db is missing: correct the url",
        ),
        ("sqlite:///sub", "{folder}/sub is a folder, not a database file"),
        ("sqlite:///notes.txt", "the file is not a SQLite database: correct the url"),
    ],
)
def test_a_database_that_cannot_be_opened_says_why(
    tmp_path: Path, url: str, sentence: str
) -> None:
    """T1."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "notes.txt").write_text(
        "nothing here is a database, only some notes\n" * 99
    )
    target = made(url, folder=tmp_path)

    with pytest.raises(SystemSyncError) as raised:
        target.open()

    assert raised.value.message == f"warehouse: {sentence.format(folder=tmp_path)}"


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "shop.db"],
)
def test_a_url_that_names_no_file_is_refused_in_words(tmp_path: Path, url: str) -> None:
    target = made(url, folder=tmp_path)

    with pytest.raises(SystemSyncError, match="url") as raised:
        target.open()

    assert raised.value.code == "malformed_url"
    assert "\n" not in raised.value.message


def test_a_reader_in_the_way_keeps_close_from_nothing(file: Path) -> None:
    """What a reader still needs stays in the WAL, committed all the same."""
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        with opened(URL, folder=file.parent) as target:
            target.push([load(ROWS[:10])])
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM orders").fetchone()
            target.push([load(ROWS)])
        assert reader.execute("SELECT count(*) FROM orders").fetchone() == (10,)

    assert len(rows_of(file)) == len(ROWS)
