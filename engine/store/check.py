"""What is wrong with this store, for `doctor`: each thing with what to do about it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from engine.domain.requests import Finding
from engine.store import mending
from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.events import ACTIVE
from engine.store.presence import Here
from engine.store.private import private_file, private_folder
from engine.store.recount import recounted
from engine.store.refusals import StoreUnusable
from engine.store.tables import EVENT

_RESTORE = "restore the store from a backup"


def findings(
    database: Database,
    audit: Audit,
    places: tuple[Path, ...],
    *,
    here: Here,
    now: datetime,
) -> tuple[Finding, ...]:
    """Everything that is wrong, the most serious first."""
    found = list(_modes(places))
    try:
        with database.reading() as connection:
            found.extend(_integrity(connection, database.name))
            found.extend(recounted(connection))
            found.extend(_orphans(connection, here, now))
            found.extend(mending.findings(connection, now))
        found.extend(_audit(database, audit))
    except StoreUnusable as refusal:
        found.append(_as_finding(database.name, refusal))
    return tuple(sorted(found, key=lambda finding: not finding.serious))


def _integrity(connection: Connection, name: str) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if said != "ok":
            yield Finding(name, f"SQLite says: {said}", _RESTORE)
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Finding(name, f"{table} row {row} has lost its {parent}", _RESTORE)


def _orphans(connection: Connection, here: Here, now: datetime) -> Iterator[Finding]:
    query = select(EVENT).where(EVENT.c.status.in_(ACTIVE)).order_by(EVENT.c.id)
    for row in connection.execute(query):
        if row.host and not here.lives(row, now):
            yield Finding(
                f"#{row.id}",
                f"{row.link} was interrupted: pid {row.pid} on {row.host} is gone",
                f"linkdeck resume {row.id}, or: linkdeck cancel {row.id} --reason …",
                serious=False,
            )


def _audit(database: Database, audit: Audit) -> Iterator[Finding]:
    bad = audit.first_bad(database)
    if bad is not None:
        yield Finding(
            f"audit row {bad}",
            "the audit was altered from here on, or its end was cut off",
            "compare with a backup; treat what follows as unproven",
        )


def _modes(places: tuple[Path, ...]) -> Iterator[Finding]:
    for place in dict.fromkeys(places):
        check: Callable[[], None] = _check_of(place)
        try:
            check()
        except StoreUnusable as refusal:
            yield _as_finding(str(place), refusal)


def _as_finding(subject: str, refusal: StoreUnusable) -> Finding:
    what, _, remedy = str(refusal).partition("; ")
    return Finding(subject, what, remedy, fixable=remedy.startswith("run: chmod"))


def _check_of(place: Path) -> Callable[[], None]:
    if place.is_dir():
        return lambda: private_folder(place, create=False)
    return lambda: private_file(place)
