"""A SQLite store copied beside running runs, with what proves its audit; and looked at again."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.domain.backup import BackupSeen
from engine.domain.requests import Finding
from engine.store import backup_file
from engine.store.anchor import Anchor
from engine.store.audit import Act, Audit
from engine.store.backup_file import ANCHOR, SECRET, STORE, Contents, Manifest
from engine.store.check import findings
from engine.store.database import Database
from engine.store.lock import WriterLock
from engine.store.migrate import VERSION_TABLE
from engine.store.presence import Here
from engine.store.private import make_private_file, private_folder
from engine.store.refusals import StoreUnusable
from engine.store.secret import secret_in
from engine.store.sqlite_database import SqliteDatabase

SPOOL = "spool"
PAGES = 4096
"""So many pages are copied between two looks at whether somebody wants to stop."""


class Backup:
    """Makes copies of one store; what nobody but a PostgreSQL server can do is refused."""

    def __init__(
        self,
        database: Database,
        home: Path,
        audit: Audit,
        clock: Callable[[], datetime],
        here: Here,
    ) -> None:
        self._database, self._home = database, home
        self._audit, self._clock, self._here = audit, clock, here

    def write(self, path: Path, *, actor: str) -> BackupSeen:
        """A backup in a new file of mode 0600, checked; the audit says who made it."""
        database = self._database
        if not isinstance(database, SqliteDatabase):
            raise StoreUnusable(of_postgres(database.name, path))
        backup_file.refuse_there(path)
        with working_folder(Path(database.name).parent, "backup") as folder:
            self._copy(database, folder)
            seen = self._packed(path, folder)
        detail = {"file": str(path), "sync_events": seen.sync_events, "audit": seen.audit}
        act = Act(actor, "backup", "store", None, detail)
        with database.writing() as write:
            self._audit.append(write, act, now=self._clock())
        return seen

    def _copy(self, database: SqliteDatabase, folder: Path) -> None:
        secret = secret_in(self._home)

        def keep() -> None:
            make_private_file(folder / SECRET, secret)
            anchor = self._home / ANCHOR
            if anchor.exists():
                make_private_file(folder / ANCHOR, anchor.read_bytes())

        make_private_file(folder / STORE)
        with database.standing(keep) as raw:
            _copy_pages(raw, folder / STORE)
        _copy_spools(self._home, folder)

    def _packed(self, path: Path, folder: Path) -> BackupSeen:
        now = self._clock()
        contents = contents_of(folder / STORE, now)
        found = looked_at(folder, self._here, now, called="the store")
        names = [STORE, SECRET, *_present(folder)]
        size = backup_file.write(path, folder, names, contents)
        return BackupSeen(
            path=str(path),
            size=size,
            made_at=contents.made_at,
            schema=contents.schema,
            sync_events=contents.sync_events,
            audit=contents.audit,
            findings=found,
        )


def of_postgres(name: str, path: Path) -> str:
    """How a store in PostgreSQL is backed up; its tool asks for a password by itself."""
    name = name.replace(":***@", "@")
    return (
        f"{name} is backed up by its server's own tool; run: pg_dump --format=custom "
        f"--file={path} '{name}', and keep the files secret and audit.anchor of HOME with it"
    )


def seen_in(path: Path, manifest: Manifest, found: tuple[Finding, ...]) -> BackupSeen:
    """What is in a backup file, and what a check of it found."""
    return BackupSeen(
        path=str(path),
        size=path.stat().st_size,
        made_at=manifest.made_at,
        schema=manifest.schema,
        sync_events=manifest.sync_events,
        audit=manifest.audit,
        findings=found,
    )


@contextmanager
def working_folder(beside: Path, what: str) -> Iterator[Path]:
    """A private folder on the store's own file system, gone afterwards."""
    private_folder(beside, create=True)
    folder = beside / f"{what}.{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder, create=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def contents_of(store: Path, made_at: datetime) -> Contents:
    """What a store file holds, in numbers."""
    with closing(sqlite3.connect(store)) as raw:
        (schema,) = raw.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        (events,) = raw.execute("SELECT count(*) FROM sync_event").fetchone()
        (audit,) = raw.execute("SELECT count(*) FROM audit").fetchone()
    return Contents(made_at, str(schema), int(events), int(audit))


def looked_at(
    folder: Path, here: Here, now: datetime, *, called: str
) -> tuple[Finding, ...]:
    """What is seriously wrong with the copy of a store in this folder, whose schema is current."""
    database = SqliteDatabase(folder / STORE, WriterLock(folder / f"{STORE}.lock"))
    audit = Audit(Anchor(folder / ANCHOR, secret_in(folder)), shared=False)
    try:
        found = findings(database, audit, (), here=here, now=now)
    finally:
        database.close()
    name = str(folder / STORE)
    return tuple(
        replace(
            each,
            subject=each.subject.replace(name, called),
            message=each.message.replace(name, called),
        )
        for each in found
        if each.serious
    )


def _copy_pages(raw: sqlite3.Connection, path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as copy:
            raw.backup(copy, pages=PAGES)
            # One file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as cause:
        raise StoreUnusable(
            f"{path} cannot be written ({cause}); free some space, then do it again"
        ) from cause


def _copy_spools(home: Path, folder: Path) -> None:
    """What taps have said, as far as it is whole; what a run lets go meanwhile is not needed."""
    for file in sorted((home / SPOOL).glob("*/*/*")):
        if file.name == "lock" or file.name.startswith("."):
            continue
        copy = folder / file.relative_to(home)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            make_private_file(copy, file.read_bytes())
        except FileNotFoundError:
            continue


def _present(folder: Path) -> list[str]:
    spooled = sorted((folder / SPOOL).glob("*/*/*"))
    anchor = [ANCHOR] if (folder / ANCHOR).exists() else []
    return [*anchor, *(str(file.relative_to(folder)) for file in spooled)]
