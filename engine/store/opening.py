"""A store opened: its folder and files private, its schema brought up, or one sentence why not."""

from contextlib import ExitStack
from pathlib import Path

from engine.store.address import PostgresPlace, SqlitePlace, place_of
from engine.store.database import Database
from engine.store.lock import WriterLock
from engine.store.migrate import bring_up
from engine.store.mounts import local
from engine.store.postgres_database import PostgresDatabase
from engine.store.private import (
    make_private_file,
    private_file,
    private_folder,
    writable,
)
from engine.store.refusals import StoreUnusable
from engine.store.secret import FILE as SECRET
from engine.store.sqlite_database import SqliteDatabase

ANCHOR = "audit.anchor"


def opened(url: str | None, home: Path, *, create: bool) -> Database:
    """The database a store lives in, current and ready."""
    place = place_of(url, home)
    private_folder(home, create=create or url is not None)
    writable(home)
    database = (
        _sqlite(place, create=create)
        if isinstance(place, SqlitePlace)
        else PostgresDatabase(place)
    )
    with ExitStack() as undo:
        undo.callback(database.close)
        bring_up(database)
        undo.pop_all()
    return database


def private_places(url: str | None, home: Path) -> tuple[Path, ...]:
    """Every folder and file that nobody else may read."""
    place = place_of(url, home)
    if isinstance(place, PostgresPlace):
        return (home, home / SECRET, home / ANCHOR)
    path = place.path
    return (home, home / SECRET, home / ANCHOR, path.parent, *_files(path))


def _files(path: Path) -> tuple[Path, ...]:
    return (
        path,
        *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", ".lock")),
    )


def _sqlite(place: SqlitePlace, *, create: bool) -> SqliteDatabase:
    path = place.path
    if not create and not path.exists():
        raise StoreUnusable(
            f"there is no store at {path}; check --store and LINKDECK_STORE, or let "
            "linkdeck run LINK make one there"
        )
    private_folder(path.parent, create=create)
    for file in _files(path):
        private_file(file)
    local(path.parent)
    writable(path.parent)
    if not path.exists():
        make_private_file(path)
    writable(path)
    return SqliteDatabase(path, WriterLock(_files(path)[-1]))
