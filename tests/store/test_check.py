"""What `doctor` is told: everything that is wrong, with what to do; nothing when nothing is."""

import pytest

from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.world import (
    a_dead_process,
    a_snapshot,
    clean,
    never_received,
    new_event,
    running,
    told,
    with_failures,
)


def _ended(store: Store) -> int:
    run = running(store, 3).finishes(clean(0), with_failures(1, [a_snapshot(1)]))
    run.finishes(never_received(2)).ends()
    return run.number


def _falsify(store: Store, statement: str) -> None:
    with store._database.writing() as write:
        write.connection.exec_driver_sql(statement)


def test_a_sound_store_has_no_findings(store: Store) -> None:
    _ended(store)
    running(store, 2).finishes(clean(0))

    assert store.check() == ()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE sync_event SET written = written + 1", "the books do not add up"),
        ("UPDATE sync_event SET open_records = 7", "open records: kept as 7, counted as 1"),
        ("UPDATE sync_event SET open_batches = 0", "open batches: kept as 0, counted as 1"),
        (
            "UPDATE batch SET state = 'waiting' WHERE number = 0",
            "waiting: kept as 0, counted as 1",
        ),
        ("UPDATE batch SET failed = 0 WHERE number = 1", "failed: kept as 1, counted as 0"),
        ("DELETE FROM snapshot", "open records: kept as 1, counted as 0"),
        (
            "UPDATE error_group SET open_records = 3",
            "open records of cause email is bla: kept as 3, counted as 1",
        ),
    ],
)
def test_books_that_are_not_what_the_rows_say_are_found(
    store: Store, statement: str, message: str
) -> None:
    """S3, recounted from batches and Snapshots."""
    number = _ended(store)

    _falsify(store, statement)

    found = store.check()
    assert message in [finding.message for finding in found]
    assert {finding.subject for finding in found} == {f"#{number}"}
    assert all(finding.serious and finding.remedy for finding in found)


def test_a_run_without_a_living_owner_is_found_and_not_called_serious(store: Store) -> None:
    told(store, new_event("customers"), a_dead_process()).starts()

    (finding,) = store.check()

    assert finding.subject == "#1"
    assert finding.message.startswith("customers was interrupted: pid ")
    assert finding.remedy == "linkdeck resume 1, or: linkdeck cancel 1 --reason …"
    assert not finding.serious


def test_an_audit_that_was_cut_off_is_found(store: Store, place: Place) -> None:
    store.set_enabled("orders", False, actor="ana", reason="moving")
    guard = "DROP TRIGGER audit_keeps_from_delete"
    if place.kind == "postgresql":
        guard = "ALTER TABLE audit DISABLE TRIGGER audit_keeps"
    _falsify(store, guard)
    _falsify(store, "DELETE FROM audit")

    (finding,) = store.check()

    assert finding.subject == "audit row 1"
    assert "cut off" in finding.message


def test_a_folder_opened_to_others_is_found_while_the_store_is_open(
    store: Store, place: Place
) -> None:
    place.home.chmod(0o755)

    (finding,) = store.check()

    assert finding.message == f"{place.home} is open to other users (mode 0755)"
    assert finding.remedy == f"run: chmod 700 {place.home}"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_rows_that_lost_their_parent_are_found(store: Store) -> None:
    number = _ended(store)
    database = store._database
    with database.writing() as write:
        raw = write.connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("DELETE FROM sync_event")
    raw.execute("PRAGMA foreign_keys=ON")

    assert any("has lost its sync_event" in finding.message for finding in store.check())
    assert number == 1
