"""The audit: append-only, chained, its head anchored outside; any change is found (P7)."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from engine.store.audit import Act
from engine.store.database import Database
from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.world import NOON

REMOVE_GUARD = {
    "sqlite": (
        "DROP TRIGGER audit_keeps_from_update",
        "DROP TRIGGER audit_keeps_from_delete",
    ),
    "postgresql": ("ALTER TABLE audit DISABLE TRIGGER audit_keeps",),
}


def _acts(store: Store, count: int = 5) -> None:
    for number in range(count):
        store.audit(
            actor="ana@host",
            action="discard",
            subject=f"s{number}",
            reason="a duplicate \ud800 \0 of öne",
            detail={"key": f"o{number}", "fields": ["email"], "count": number},
        )


def _tamper(store: Store, *statements: str) -> None:
    database: Database = store._database
    with database.writing() as write:
        for statement in (*REMOVE_GUARD[write.connection.dialect.name], *statements):
            write.connection.exec_driver_sql(statement)


def test_a_chain_nobody_touched_holds(store: Store) -> None:
    assert store.desk.verify_audit().bad is None
    _acts(store)
    assert store.desk.verify_audit().bad is None


def test_the_chain_goes_on_in_the_next_process(store: Store, place: Place) -> None:
    _acts(store, 2)
    other = place.open()
    _acts(other, 2)
    _acts(store, 1)
    other.close()

    assert store.desk.verify_audit().bad is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET reason='x'", "DELETE FROM audit"])
def test_the_store_itself_refuses_to_rewrite_the_audit(
    store: Store, statement: str
) -> None:
    _acts(store, 1)

    with (
        pytest.raises(DBAPIError, match="the audit is append-only"),
        store._database.writing() as write,
    ):
        write.connection.exec_driver_sql(statement)

    assert store.desk.verify_audit().bad is None


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit SET actor='eve' WHERE seq=3", 3),
        ("UPDATE audit SET action='edit' WHERE seq=3", 3),
        ("UPDATE audit SET subject='s9' WHERE seq=3", 3),
        ("UPDATE audit SET reason='none' WHERE seq=1", 1),
        ("UPDATE audit SET reason=NULL WHERE seq=1", 1),
        ("""UPDATE audit SET detail='{"key":"o9"}' WHERE seq=4""", 4),
        ("UPDATE audit SET at='2026-11-22 12:00:01.000000' WHERE seq=2", 2),
        ("UPDATE audit SET hash='0' WHERE seq=5", 5),
        ("DELETE FROM audit WHERE seq=2", 2),
        ("DELETE FROM audit WHERE seq=1", 1),
        ("DELETE FROM audit WHERE seq=5", 5),
        ("DELETE FROM audit WHERE seq>2", 3),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq=9 WHERE seq=5", 5),
    ],
)
def test_every_change_is_found_at_its_row(store: Store, statement: str, bad: int) -> None:
    """A cut-off tail too: its head is anchored outside the store."""
    _acts(store)

    _tamper(store, statement)

    assert store.desk.verify_audit().bad == bad


def test_rows_added_by_hand_with_a_hash_that_fits_are_found(store: Store) -> None:
    """Who knows how hashes are made still has not the secret that seals the head."""
    from engine.store.audit import _hash, _head, _row
    from engine.store.tables import AUDIT

    _acts(store)
    with store._database.writing() as write:
        row = _row(6, Act("eve", "discard", "s1", "hush"), NOON)
        last = _head(write.connection)
        write.connection.execute(sa.insert(AUDIT), {**row, "hash": _hash(last.hash, row)})

    expected = None if store._database.shared else 6
    assert store.desk.verify_audit().bad == expected


def test_a_row_rewritten_with_all_hashes_made_anew_is_found(store: Store) -> None:
    """Who can write to the store still has not the secret that seals the head."""
    from engine.store.audit import _as_hashed, _hash
    from engine.store.tables import AUDIT

    _acts(store)
    _tamper(store, "UPDATE audit SET actor='eve' WHERE seq=4")
    with store._database.writing() as write:
        before = ""
        for row in write.connection.execute(sa.select(AUDIT).order_by(AUDIT.c.seq)).all():
            before = _hash(before, _as_hashed(row))
            again = sa.update(AUDIT).where(AUDIT.c.seq == row.seq).values(hash=before)
            write.connection.execute(again)

    assert store.desk.verify_audit().bad == 5


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"{}"),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"seal":"', b'"seal":"0')),
    ],
)
def test_an_anchor_that_is_gone_or_forged_is_found(
    store: Store, place: Place, spoil: Callable[[object], object]
) -> None:
    _acts(store)

    spoil(place.home / "audit.anchor")

    assert store.desk.verify_audit().bad == 5


class Crash:
    """Ends what is being done at one moment of a commit."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def before(self) -> None:
        """Right before it."""
        self.at("before")

    def after(self) -> None:
        """Right after it."""
        self.at("after")

    def at(self, moment: str) -> None:
        """There."""
        if moment == self._moment:
            raise RuntimeError(moment)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("moment", ["begun", "before", "after"])
def test_acts_whose_transaction_is_cut_off_anywhere_leave_the_chain_whole(
    store: Store, moment: str, rows: int
) -> None:
    """Rolled back; between the anchor and the commit; between the commit and the anchor."""
    crash = Crash(moment)

    def act() -> None:
        with store._database.writing() as write:
            if moment == "after":
                write.ends.append(crash)
            for number in range(rows):
                done = Act("ana", "discard", f"s{number}", "why")
                store._audit.append(write, done, now=NOON)
            crash.at("begun")
            write.ends.append(crash)

    _acts(store)
    with pytest.raises(RuntimeError, match=moment):
        act()

    assert store.desk.verify_audit().bad is None
    _acts(store, 1)
    assert store.desk.verify_audit().bad is None


def test_a_chain_that_grows_while_it_is_looked_at_holds(store: Store, place: Place) -> None:
    """Neither the audit nor `doctor` takes a row that has just come for one that was cut off."""
    _acts(store)
    over = threading.Event()

    def goes_on() -> None:
        other = place.open()
        while not over.is_set():
            _acts(other, 3)
        other.close()

    writer = threading.Thread(target=goes_on)
    writer.start()
    try:
        found = [store.desk.verify_audit().bad for _ in range(60)]
        seen = [finding for _ in range(15) for finding in store.check()]
    finally:
        over.set()
        writer.join()

    assert set(found) == {None}
    assert [finding for finding in seen if finding.serious] == []
