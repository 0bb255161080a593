"""`doctor --fix`: what can be mended is, each thing in a sentence and in the audit."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.outcome import Status
from engine.domain.requests import Fixed
from engine.store.events import Owner
from engine.store.presence import Here
from engine.store.private import closed_to_others
from tests.store.world import a_dead_process, new_event, told
from tests.stories.command_line import linkdeck
from tests.stories.definitions import both_stores
from tests.stories.world import World, order

NOBODY = 2**22 + 1
"""A process that never was: beyond the largest number there can be."""


def falsify(world: World, statement: str) -> None:
    """What no act of ours would do to the store."""
    with world.engine._context.store._database.writing() as write:
        write.connection.exec_driver_sql(statement)


def mended(world: World) -> tuple[Fixed, ...]:
    """Mend; everything that was is in the audit, and nothing of it is found again."""
    fixed = world.engine.mend(actor="ana@test")
    rows = [row for row in world.engine.audit_rows(limit=100).items if row.action == "mend"]
    assert {(row.subject, row.reason) for row in rows} >= {
        (each.subject, each.message) for each in fixed
    }
    assert [each for each in world.engine.doctor() if each.fixable] == []
    assert world.engine.verify_audit().holds
    return fixed


@pytest.fixture
def failed(world: World) -> World:
    """A world in which one record of three failed."""
    world.orders([order(1), order(2, email=" "), order(3)])
    world.run()
    return world


@both_stores
def test_a_sound_installation_is_left_alone(world: World) -> None:
    world.orders([order(1)])
    world.run()

    assert mended(world) == ()


@both_stores
def test_counters_are_counted_anew(world: World) -> None:
    """S3: the books add up again, and the status follows from them (C4)."""
    world.orders([order(1), order(2, email=" "), order(3)])
    event = world.run()
    falsify(world, "UPDATE sync_event SET open_records = 0, planned = 5, waiting = 4")
    assert any(each.fixable for each in world.engine.doctor())

    fixed = mended(world)

    assert {each.message for each in fixed} == {
        "open records counted anew: 1, where 0 stood",
        "planned counted anew: 1, where 5 stood",
        "waiting counted anew: 0, where 4 stood",
    }
    assert world.event(event).open.records == 1
    assert world.event(event).status is Status.FAILED


@both_stores
def test_causes_that_are_not_kept_as_their_records_stand_are_counted_anew(
    world: World,
) -> None:
    world.orders([order(1), order(2, email=" "), order(3, email=" ")])
    event = world.run()
    falsify(world, "UPDATE error_group SET open_records = 5")

    (finding,) = world.engine.doctor()
    (fixed,) = mended(world)

    assert "kept as 5, counted as 2" in finding.message
    assert finding.subject == fixed.subject == f"#{event.id}"
    assert "counted anew: 2, where 5 stood" in fixed.message
    assert world.engine.doctor() == ()
    assert world.engine.inbox_counts().total == 2


def test_books_that_would_not_add_up_are_left_to_a_person(failed: World) -> None:
    falsify(failed, "UPDATE batch SET written = 1")

    assert failed.engine.mend(actor="ana@test") == ()
    assert any(each.serious for each in failed.engine.doctor())


@both_stores
def test_an_index_that_is_missing_is_made_again(world: World) -> None:
    """C5 is held by one of them."""
    world.orders([order(1)])
    world.run()
    for name in ("sync_event_active", "snapshot_open_by_key"):
        falsify(world, f"DROP INDEX {name}")
    found = {each.subject: each.serious for each in world.engine.doctor()}

    fixed = mended(world)

    assert found == {"snapshot_open_by_key": False, "sync_event_active": True}
    assert {each.subject for each in fixed} == set(found)


def test_an_engine_that_died_is_forgotten(failed: World) -> None:
    owner = Owner(Here().host, 1, 1.0, "engine")
    failed.engine._context.store.engines.register(owner, version="1", listen=None)

    [fixed] = mended(failed)

    assert fixed.subject == "engine 1"
    assert failed.engine._context.store.engines.seen() == ()


def test_a_plan_whose_maker_died_is_forgotten(failed: World) -> None:
    plan = failed.plan(1)
    old = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    falsify(failed, f"UPDATE retry_plan SET hash = '', made_at = '{old}'")

    [fixed] = mended(failed)

    assert fixed.message == "the plan was never frozen, and was forgotten"
    assert plan.hash


def test_what_is_open_to_others_is_closed(failed: World) -> None:
    failed.engine.close()
    (failed.folder / "secret").chmod(0o644)
    (failed.folder / "linkdeck.db").chmod(0o660)
    failed.folder.chmod(0o755)

    looked = linkdeck("doctor", home=failed.folder)
    answer = linkdeck("doctor", "--fix", home=failed.folder)

    assert (looked.code, answer.code, answer.err) == (3, 0, "")
    assert "it was open to other users (mode 0644); closed" in answer.out
    assert "3 fixes; what is left:" in answer.out
    modes = [
        stat.S_IMODE((failed.folder / name).stat().st_mode)
        for name in (".", "secret", "linkdeck.db")
    ]
    assert modes == [0o700, 0o600, 0o600]


def test_a_store_that_cannot_be_opened_keeps_nothing_else_from_being_mended(
    failed: World,
) -> None:
    failed.engine.close()
    (failed.folder / "linkdeck.db").write_bytes(b"ruined" * 1000)
    (failed.folder / "secret").chmod(0o640)

    answer = linkdeck("doctor", "--fix", home=failed.folder)

    assert (answer.code, answer.err) == (3, "")
    assert "mode 0640" in answer.out
    assert "is not a database" in answer.out


def test_a_link_to_a_file_of_somebody_is_not_followed(
    failed: World, tmp_path: Path
) -> None:
    """A symbolic link in HOME must not open or close what it points to."""
    other = tmp_path / "other"
    other.write_text("theirs")
    other.chmod(0o644)
    anchor = failed.folder / "audit.anchor"
    anchor.rename(failed.folder / "kept")
    anchor.symlink_to(other)

    assert closed_to_others(anchor) is None
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_what_the_dead_left_behind_is_removed(failed: World) -> None:
    left = [f"secret.{NOBODY}", f"audit.anchor.{NOBODY}-7", f"backup.{NOBODY}"]
    for name in left[:2]:
        (failed.folder / name).write_bytes(b"half")
    (failed.folder / left[2]).mkdir()
    living = failed.folder / "secret.1"
    living.write_bytes(b"being written")

    fixed = mended(failed)

    assert sorted(Path(each.subject).name for each in fixed) == sorted(left)
    assert living.exists()


def test_what_a_tap_said_goes_once_nobody_needs_it(failed: World) -> None:
    spools = failed.folder / "spool" / "orders"
    for name in ("needed", "settled"):
        (spools / name).mkdir(parents=True, mode=0o700)
    falsify(failed, """UPDATE batch SET open = TRUE, scope = '{"spool": "needed"}'""")

    fixed = failed.engine.mend(actor="ana@test")

    assert str(spools / "settled") in [each.subject for each in fixed]
    assert [each.name for each in spools.iterdir()] == ["needed"]


def test_an_interrupted_run_is_offered_and_not_resumed(failed: World) -> None:
    store = failed.engine._context.store
    told(store, new_event("returns"), a_dead_process()).starts()

    assert failed.engine.mend(actor="ana@test") == ()

    [finding] = [each for each in failed.engine.doctor() if each.subject == "#2"]
    assert finding.remedy.startswith("linkdeck resume 2")


def test_the_document_says_what_was_fixed_and_what_is_left(failed: World) -> None:
    falsify(failed, "UPDATE sync_event SET open_records = 7")
    failed.engine.close()

    before = linkdeck("doctor", "--json", home=failed.folder).document()
    after = linkdeck("doctor", "--fix", "--json", home=failed.folder).document()

    assert [each["fixable"] for each in before["findings"]] == [True]
    assert after == {
        "fixed": [
            {"subject": "#1", "message": "open records counted anew: 1, where 7 stood"}
        ],
        "findings": [],
    }
