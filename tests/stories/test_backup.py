"""A store copied beside what runs, and put back: with its secret, its anchor and its audit."""

import io
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.domain.backup import Restored
from engine.domain.errors import LinkdeckError
from engine.domain.outcome import Status
from engine.domain.requests import Selection, Stop
from engine.engine import Engine
from engine.settings import Settings
from engine.store.backup_file import MANIFEST
from tests.store.world import new_event, this_process, told
from tests.stories.command_line import ROOT, linkdeck
from tests.stories.world import World, order

BAD = order(2, email=" ")


@pytest.fixture
def failed(world: World) -> World:
    """A world in which one record of three failed."""
    world.orders([order(1), BAD, order(3)])
    world.run()
    return world


def put_back(world: World, file: Path, **more: Any) -> Restored:
    """Restore, by the same front door that had the store open."""
    return world.engine.restore(str(file), reason="the disk died", actor="ana@test", **more)


def refusal(act: Callable[[], object]) -> str:
    """The sentence of a refusal."""
    with pytest.raises(LinkdeckError) as refused:
        act()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def changed(file: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Every file of the archive replaced; None leaves it out."""
    with tarfile.open(file) as archive:
        said = [(each, archive.extractfile(each)) for each in archive]
        files = [(each.name, b"" if body is None else body.read()) for each, body in said]
    with tarfile.open(file, "w") as archive:
        for name, body in files:
            new = change(name, body)
            if new is not None:
                member = tarfile.TarInfo(name)
                member.size = len(new)
                archive.addfile(member, io.BytesIO(new))


def test_a_restored_store_is_as_it_was_and_takes_runs(failed: World) -> None:
    """P7: the audit holds, with the restore in it; the store before is kept."""
    file = failed.folder / "monday.tar"
    seen = failed.engine.backup(str(file), actor="ana@test")
    failed.engine.discard(["1"], reason="by mistake", actor="ben@test")

    restored = put_back(failed, file)

    assert (seen.sound, seen.sync_events) == (True, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert failed.event(1).status is Status.FAILED
    assert failed.engine.verify_audit().holds
    assert [row.action for row in failed.engine.audit_rows().items] == ["restore", "run"]
    assert restored.aside is not None
    with closing(sqlite3.connect(Path(restored.aside) / "linkdeck.db")) as kept:
        assert kept.execute("SELECT status FROM sync_event").fetchone() != ("failed",)
    failed.orders([order(1), order(2), order(3)])
    assert failed.run(full=True).status is Status.COMPLETED
    assert [each for each in failed.engine.doctor() if each.serious] == []


def test_numbers_that_were_given_since_are_not_given_again(failed: World) -> None:
    """A target that names its files by Sync Event would lose the first of two."""
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    failed.run(full=True)
    failed.run(full=True)

    put_back(failed, file)

    assert failed.run(full=True).id == 4


def test_a_backup_is_restored_where_there_is_nothing(failed: World, tmp_path: Path) -> None:
    """Another machine: the secret comes along, so that idempotency keys stay (K1)."""
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    home = tmp_path / "elsewhere"
    settings = Settings.resolve(str(home), None, None, {"HOME": str(home)})

    with Engine(settings) as engine:
        restored = engine.restore(str(file), reason="moved", actor="ana@test")

        assert restored.aside is None
        assert engine.verify_audit().holds
        [record] = engine.failures("1", Selection()).records
        assert record.event == 1
    assert (home / "secret").read_bytes() == (failed.folder / "secret").read_bytes()


def test_a_backup_made_while_a_run_writes_is_of_one_moment(world: World) -> None:
    """S3: its books add up; the run in it was interrupted, and can be finished."""
    world.orders([order(number) for number in range(1, 61)], batch_size=5)
    file = world.folder / "monday.tar"

    def watch(event: object) -> None:
        del event
        if not file.exists():
            world.engine.backup(str(file), actor="ana@test")

    event = world.run(watch=watch)
    restored = put_back(world, file)

    assert event.records.written == 60
    assert restored.backup.sound
    assert restored.interrupted == (1,)
    finished = world.engine.resume("1", actor="ana@test", stop=Stop())
    assert (finished.status, len(world.rows())) == (Status.COMPLETED, 60)


@pytest.mark.parametrize("name", ["linkdeck.db", "secret", "audit.anchor"])
def test_a_backup_with_one_bit_turned_is_refused(failed: World, name: str) -> None:
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    changed(file, lambda of, body: bytes([body[0] ^ 1]) + body[1:] if of == name else body)

    said = refusal(lambda: failed.engine.check_backup(str(file)))

    assert f"was altered or damaged: {name} is not what was written" in said


def test_a_backup_that_was_cut_off_is_refused(failed: World) -> None:
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    for kept in (100_000, 5_000):
        os.truncate(file, kept)
        assert "ends too early" in refusal(lambda: failed.engine.check_backup(str(file)))
    changed_away = failed.folder / "tuesday.tar"
    failed.engine.backup(str(changed_away), actor="ana@test")
    changed(changed_away, lambda of, body: None if of == MANIFEST else body)
    assert "ends too early" in refusal(
        lambda: failed.engine.check_backup(str(changed_away))
    )


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "spool/../../evil", "spool/a/b/../c"]
)
def test_a_backup_that_names_other_places_is_refused(failed: World, name: str) -> None:
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    changed(
        file,
        lambda of, body: (
            body.replace(b'"audit.anchor"', f'"{name}"'.encode())
            if of == MANIFEST
            else body
        ),
    )

    assert "was altered" in refusal(lambda: failed.engine.check_backup(str(file)))


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 4096])
def test_what_is_no_backup_is_refused(failed: World, content: bytes) -> None:
    file = failed.folder / "letter"
    file.write_bytes(content)

    assert "is not a backup" in refusal(lambda: failed.engine.check_backup(str(file)))


def test_a_file_that_is_there_is_never_written_over(failed: World) -> None:
    file = failed.folder / "letter"
    file.write_bytes(b"dear")

    said = refusal(lambda: failed.engine.backup(str(file), actor="ana@test"))

    assert said.endswith("is already there; a backup never overwrites a file")
    assert file.read_bytes() == b"dear"


def test_a_newer_backup_is_refused_in_words(failed: World) -> None:
    store = failed.engine._context.store
    with store._database.writing() as write:
        write.connection.exec_driver_sql("UPDATE linkdeck_schema SET version_num = '0420'")
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")

    said = refusal(lambda: failed.engine.check_backup(str(file)))

    assert "has schema 0420, made by a newer linkdeck" in said


def test_a_backup_whose_audit_was_altered_is_refused_unless_damage_is_accepted(
    failed: World,
) -> None:
    """P7: what was altered before the backup shows in it, and is not laundered by a restore."""
    store = failed.engine._context.store
    with store._database.writing() as write:
        write.connection.exec_driver_sql("DROP TRIGGER audit_keeps_from_update")
        write.connection.exec_driver_sql("UPDATE audit SET actor = 'nobody'")
    file = failed.folder / "monday.tar"
    seen = failed.engine.backup(str(file), actor="ana@test")

    said = refusal(lambda: put_back(failed, file))
    put_back(failed, file, damaged=True)

    assert [each.subject for each in seen.findings] == ["audit row 1"]
    assert "is not sound: audit row 1" in said
    assert not failed.engine.verify_audit().holds


def test_a_store_that_somebody_has_open_is_not_replaced(failed: World) -> None:
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    holds = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE')"
    other = subprocess.Popen(
        [sys.executable, "-c", f"{holds}; print('open', flush=True); sys.stdin.read()",
         str(failed.folder / "linkdeck.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"

        said = refusal(lambda: put_back(failed, file))
        other.kill()

    assert f"pid {other.pid}" in said
    assert "open; end it first" in said


def test_a_store_with_a_run_that_lives_is_not_replaced(failed: World) -> None:
    """By its heartbeat or its process, wherever that is."""
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    told(failed.engine._context.store, new_event("returns"), this_process()).starts()

    said = refusal(lambda: put_back(failed, file))

    assert f"#2 of returns is being run by pid {os.getpid()}" in said
    assert failed.event(2).status is Status.RUNNING


def test_a_damaged_store_is_replaced_and_kept(failed: World) -> None:
    """Fault 36: the very reason there are backups."""
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    failed.engine.close()
    store = failed.folder / "linkdeck.db"
    store.write_bytes(b"ruined" * 1000)

    restored = put_back(failed, file)

    assert failed.engine.verify_audit().holds
    assert restored.aside is not None
    assert (Path(restored.aside) / "linkdeck.db").read_bytes() == b"ruined" * 1000
    # Nobody can say which numbers were given since.
    assert failed.run(full=True).id > 1000


@pytest.mark.parametrize("step", [1, 3, 5, 7])
def test_a_restore_that_was_killed_is_done_again_and_nothing_is_lost(
    failed: World, step: int
) -> None:
    """SIGKILL between any two files: the old store is whole somewhere, the new one comes next."""
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    failed.run(full=True)
    failed.engine.close()
    module = [sys.executable, "-m", "tests.stories.dying_restore"]
    died = subprocess.run(
        [*module, str(step), str(failed.folder), str(file)], check=False, cwd=ROOT
    )

    restored = put_back(failed, file)

    assert died.returncode == -signal.SIGKILL
    assert failed.engine.verify_audit().holds
    assert [event.id for event in failed.engine.events().items] == [1]
    assert _most_runs_kept(failed.folder) == 2
    assert restored.backup.sound
    failed.engine.mend(actor="ana@test")
    assert [each for each in failed.engine.doctor() if each.serious or each.fixable] == []


def _most_runs_kept(home: Path) -> int:
    """How many Sync Events the fullest store has that was set aside."""
    kept = 0
    for file in home.glob("before-restore-*/linkdeck.db"):
        with closing(sqlite3.connect(file)) as store:
            (runs,) = store.execute("SELECT count(*) FROM sync_event").fetchone()
            kept = max(kept, runs)
    return kept


def test_what_taps_have_said_comes_along(failed: World) -> None:
    spool = failed.folder / "spool" / "orders" / "one"
    spool.mkdir(parents=True, mode=0o700)
    (spool / "000001.lines").write_bytes(b"{}\n")
    (spool / "lock").touch()
    file = failed.folder / "monday.tar"
    failed.engine.backup(str(file), actor="ana@test")
    shutil.rmtree(failed.folder / "spool")

    put_back(failed, file)

    assert [each.name for each in spool.iterdir()] == ["000001.lines"]


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_a_store_in_postgresql_is_left_to_its_servers_tools(world: World) -> None:
    world.orders([order(1)])
    file = str(world.folder / "monday.tar")

    backed = refusal(lambda: world.engine.backup(file, actor="ana@test"))
    restored = refusal(lambda: put_back(world, Path(file)))

    assert f"run: pg_dump --format=custom --file={file} 'postgresql://" in backed
    assert "run: pg_restore --clean --if-exists" in restored


def test_the_command_line_backs_up_checks_and_restores(failed: World) -> None:
    failed.engine.close()
    home, file = failed.folder, failed.folder / "monday.tar"

    wrote = linkdeck("backup", str(file), home=home)
    looked = linkdeck("restore", str(file), "--check", "--json", home=home)
    bare = linkdeck("restore", str(file), home=home)
    back = linkdeck("restore", str(file), "--reason", "a try", home=home)

    assert (wrote.code, wrote.err) == (0, "")
    assert "1 Sync Event" in wrote.out
    assert looked.document()["sound"] is True
    assert (bare.code, bare.err) == (
        2,
        "linkdeck: restore needs --reason: why the store is put back\n",
    )
    assert (back.code, back.err) == (0, "")
    assert "is kept in" in back.out
