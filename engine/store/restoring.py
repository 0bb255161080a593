"""A backup unpacked, brought up and looked at; and put in a store's place, the old one kept."""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import DBAPIError

from engine.domain.backup import BackupSeen
from engine.store import backup_file, ownership
from engine.store.address import PostgresPlace, SqlitePlace
from engine.store.backup import SPOOL, looked_at, seen_in
from engine.store.backup_file import ANCHOR, SECRET, STORE
from engine.store.events import ACTIVE, nobody
from engine.store.lock import WriterLock
from engine.store.migrate import bring_up
from engine.store.presence import Here
from engine.store.private import (
    make_private_file,
    private_folder,
    replace_private_file,
    sync_folder,
)
from engine.store.refusals import StoreUnusable
from engine.store.rows import AnyRow
from engine.store.service_tables import ENGINE
from engine.store.sqlite_database import SqliteDatabase
from engine.store.tables import COUNTER, EVENT

Place = SqlitePlace | PostgresPlace

UNKNOWN = 1000
"""So many numbers are passed over where nobody can say which were given since the backup."""

_LOGS = ("-wal", "-shm")


def refuse_postgres(place: Place, path: Path) -> SqlitePlace:
    """The place of a SQLite store; of any other, how it is put back."""
    if isinstance(place, SqlitePlace):
        return place
    name = place.name.replace(":***@", "@")
    raise StoreUnusable(
        f"{name} is put back by its server's own tool; run: pg_restore --clean "
        f"--if-exists --no-owner --dbname='{name}' {path}"
    )


def unpacked(path: Path, folder: Path, here: Here, now: datetime) -> BackupSeen:
    """The store of a backup in this folder, current, and what is wrong with it."""
    manifest = backup_file.unpack(path, folder)
    database = _database(folder / STORE)
    try:
        bring_up(database)
    except StoreUnusable as refusal:
        said = str(refusal).replace(str(folder / STORE), f"the store in {path}")
        raise StoreUnusable(said) from refusal
    finally:
        database.close()
    found = looked_at(folder, here, now, called=f"the store in {path}")
    return seen_in(path, manifest, found)


def freed(folder: Path, there: Path, *, now: datetime) -> tuple[int, ...]:
    """The Sync Events that somebody ran when the backup was made, in nobody's hands now.

    Numbers that were given since by the store `there` are not given again: targets know them.
    """
    given = _numbers_given(there)
    database = _database(folder / STORE)
    try:
        with database.writing() as write:
            query = select(EVENT).where(EVENT.c.status.in_(ACTIVE), EVENT.c.host != "")
            rows = write.connection.execute(query.order_by(EVENT.c.id)).all()
            for row in rows:
                ownership.taken(write.connection, row, nobody(row.who), now=now)
            write.connection.execute(delete(ENGINE))
            _go_on_from(write.connection, given)
    finally:
        database.close()
    with closing(sqlite3.connect(folder / STORE)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    return tuple(row.id for row in rows)


def _numbers_given(there: Path) -> Mapping[str, int] | None:
    """The last number of everything that the store in this file has given; None: not known."""
    if not there.exists():
        return None
    try:
        with closing(sqlite3.connect(there)) as raw:
            return dict(raw.execute("SELECT name, value FROM counter"))
    except sqlite3.Error:
        return None


def _go_on_from(connection: Connection, given: Mapping[str, int] | None) -> None:
    for name, last in connection.execute(select(COUNTER.c.name, COUNTER.c.value)).all():
        past = last + UNKNOWN if given is None else max(last, given.get(name, 0))
        connection.execute(update(COUNTER).where(COUNTER.c.name == name).values(value=past))


def refuse_running(path: Path, here: Here, now: datetime) -> None:
    """Refused where somebody runs a Sync Event of the store that is there, if it can be read."""
    query = select(
        *(EVENT.c[name] for name in ("id", "link", "host", "pid", "process_started")),
        EVENT.c.heartbeat_at,
    ).where(EVENT.c.status.in_(ACTIVE))
    database = _database(path)
    rows: Sequence[AnyRow] = ()
    try:
        with database.reading() as connection:
            rows = connection.execute(query).all()  # type: ignore[assignment]
    except (StoreUnusable, DBAPIError):
        # Damaged, or not a store: the very reason to restore one.
        rows = ()
    finally:
        database.close()
    for row in rows:
        if here.lives(row, now):
            raise StoreUnusable(
                f"#{row.id} of {row.link} is being run by pid {row.pid} on {row.host}; "
                f"wait until it has ended, or: linkdeck cancel {row.id} --reason …"
            )


def put_in_place(folder: Path, path: Path, home: Path, aside: Path | None) -> None:
    """The store of this folder at this path; what was there is kept in `aside`.

    Nobody writes meanwhile. Killed half-way, it is merely to be done again: the old one is whole in
    `aside` before anything of it goes.
    """
    private_folder(path.parent, create=True)
    private_folder(home, create=True)
    with WriterLock(path.with_name(f"{path.name}.lock")).held():
        if aside is not None:
            _kept(path, home, aside)
        _spools(folder, home, aside)
        replace_private_file(home / SECRET, (folder / SECRET).read_bytes())
        if (folder / ANCHOR).exists():
            replace_private_file(home / ANCHOR, (folder / ANCHOR).read_bytes())
        else:
            (home / ANCHOR).unlink(missing_ok=True)
        for log in _LOGS:
            # A log of the old store would be played into the new one.
            path.with_name(f"{path.name}{log}").unlink(missing_ok=True)
        (folder / STORE).replace(path)
        sync_folder(path.parent)


def aside_of(path: Path, home: Path, now: datetime) -> Path | None:
    """The folder to keep what is there in; None where nothing is."""
    if not any(each.exists() for each in (path, home / SECRET)):
        return None
    stem = f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(place for name in names if not (place := path.with_name(name)).exists())


def _kept(path: Path, home: Path, aside: Path) -> None:
    _without_log(path)
    private_folder(aside, create=True)
    try:
        for name in (path.name, *(f"{path.name}{log}" for log in _LOGS)):
            if path.with_name(name).exists():
                (aside / name).hardlink_to(path.with_name(name))
    except OSError as cause:
        raise StoreUnusable(
            f"{path} cannot be kept in {aside}: {cause.strerror}; move it away yourself"
        ) from cause
    for name in (SECRET, ANCHOR):
        if (home / name).exists():
            make_private_file(aside / name, (home / name).read_bytes())
    sync_folder(aside)


def _without_log(path: Path) -> None:
    """What its log holds, in the file itself; a damaged one is kept as it is."""
    if not path.exists():
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _spools(folder: Path, home: Path, aside: Path | None) -> None:
    there = home / SPOOL
    if there.exists() and aside is not None:
        shutil.move(there, aside / SPOOL)
    if (folder / SPOOL).exists():
        shutil.move(folder / SPOOL, there)


def _database(path: Path) -> SqliteDatabase:
    return SqliteDatabase(path, WriterLock(path.with_name(f"{path.name}.lock")))
