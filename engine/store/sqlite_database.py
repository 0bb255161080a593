"""A store in a SQLite file: one writer under an inter-process lock, readers beside it."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event

from engine.store.database import Database
from engine.store.lock import WriterLock
from engine.store.refusals import StoreUnusable

BUSY_SECONDS = 10.0

_WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",
    # 32 MiB of log between checkpoints, so that bulk inserts write each page about once.
    "PRAGMA wal_autocheckpoint=8000",
    "PRAGMA journal_size_limit=67108864",
)
_READER = ("PRAGMA query_only=ON", "PRAGMA cache_size=-4000")


class SqliteDatabase(Database):
    """A SQLite file that exists and is private."""

    shared = False

    def __init__(self, path: Path, lock: WriterLock) -> None:
        super().__init__(str(path), _readers(path))
        self._path = path
        self._identity = _identity(path)
        self._lock = lock
        self._writer: Connection | None = None
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()

    def _still_there(self) -> None:
        # Of a file that was removed or replaced SQLite would go on using the old one, unseen.
        if _identity(self._path) != self._identity:
            raise StoreUnusable(
                f"{self._path} is gone, or was replaced while it was open; "
                "put it back, then start again"
            )

    def _turn(self) -> AbstractContextManager[None]:
        return self._lock.held()

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[Connection]:
        self._still_there()
        connection = self._opened()
        # In WAL mode the log is synced with the next durable commit, in order.
        level = "FULL" if durable else "NORMAL"
        connection.connection.cursor().execute(f"PRAGMA synchronous={level}")
        with connection.begin():
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        with self.told(), self._turn(), self._transaction(durable=True) as connection:
            yield connection

    def _opened(self) -> Connection:
        """The one writing connection; to be called under the lock."""
        if self._writer is None or self._writer.closed:
            self._writer = _writer(self._path).connect()
        return self._writer

    def tables(self, connection: Connection) -> frozenset[str]:
        found = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type='table'"
        )
        return frozenset(name for (name,) in found)

    def changed(self) -> int:
        with self.told(), self._watch_lock:
            if self._watch is None:
                self._watch = _connect(self._path, "ro")
            (version,) = self._watch.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        super().close()
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        if self._writer is not None:
            with self._lock.held():
                self._let_go()

    def scrub(self) -> str | None:
        with self.told(), self._turn():
            self._still_there()
            raw = self._opened().connection.cursor()
            raw.execute("PRAGMA secure_delete=ON")
            # Pages that were split keep what was once on them, until all are written anew.
            raw.execute("VACUUM")
            (busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            return (
                f"{self._path}-wal still holds what was erased, because somebody reads it: "
                "close the consoles and do the same again"
            )
        return None

    @contextmanager
    def standing(self, also: Callable[[], None]) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment while others write on; `also` is done at it."""
        with self.told(), closing(_connect(self._path, "ro")) as raw:
            with self._turn():
                self._still_there()
                raw.execute("BEGIN")
                # Only the first question begins what it sees.
                raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
                also()
            yield raw

    def _count_change(self, connection: Connection) -> None:
        """Nothing: SQLite's `data_version` changes by itself."""

    def _distrust(self) -> None:
        self._readers.dispose()
        with self._lock.held():
            self._let_go()

    def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            writer.engine.dispose()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _readers(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(path, "ro"),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=16,
    )
    _prepare(engine, _READER, begin="BEGIN")
    return engine


def _writer(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, "rw"), poolclass=NullPool
    )
    _prepare(engine, _WRITER, begin="BEGIN IMMEDIATE")
    return engine


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # `rw` never creates: a store that has gone is not made anew in silence.
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )


def _prepare(engine: Engine, pragmas: tuple[str, ...], *, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def configure(raw: sqlite3.Connection, record: object) -> None:
        del record
        for pragma in pragmas:
            raw.execute(pragma)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
