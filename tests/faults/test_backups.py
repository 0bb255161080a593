"""Backups that the disk has no room for, and restores of what was cut off: catalogue 32."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.test_disks import needs_mounts
from tests.store.processes import in_namespace
from tests.stories.command_line import ROOT, environment, linkdeck
from tests.stories.world import World, order

ROOM = 200_000
"""Bytes: room for the beginning of a backup, not for its end."""

BACKUP = """
mount -t tmpfs -o size={size}k,mode=0700 none "$1/disk"
{before}
set +e
LINKDECK_HOME="$1" "$2" -m console backup "$1/{to}" > "$1/out" 2> "$1/err"
echo $? > "$1/code"
ls -A "$1/disk" > "$1/left"
"""


@pytest.fixture
def failed(world: World) -> World:
    """A home whose store is larger than the room there is."""
    world.orders(
        [order(n, email="", note="x" * 900) for n in range(1, 301)], batch_size=100
    )
    world.run()
    world.engine.close()
    (world.folder / "disk").mkdir(mode=0o700)
    assert (world.folder / "linkdeck.db").stat().st_size > ROOM
    return world


def _holds(world: World) -> int:
    """How many records still fail, in a store whose audit holds."""
    assert linkdeck("audit", "--verify", home=world.folder).code == 0
    shown: Any = linkdeck("show", "1", "--json", home=world.folder).document()
    return int(shown["open"]["records"])


def _names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


@needs_mounts
def test_32_a_backup_to_a_full_disk_says_so_and_leaves_no_piece_of_one(
    failed: World,
) -> None:
    """One sentence, the exit code of a system error, and the store as it was."""
    home = failed.folder
    script = BACKUP.format(size=ROOM // 1000, before="", to="disk/monday.tar")

    in_namespace(script, str(home), sys.executable)

    assert (home / "code").read_text() == "3\n"
    assert (home / "out").read_text() == ""
    assert (home / "err").read_text() == (
        f"linkdeck: {home}/disk/monday.tar cannot be written: No space left on device; "
        "free some space, or choose another place\n"
    )
    assert (home / "left").read_text() == ""
    assert not list(home.glob("backup.*"))
    assert _holds(failed) == 300
    assert "backup" not in linkdeck("audit", "--json", home=home).out


@needs_mounts
def test_32_a_backup_has_no_room_beside_the_store_it_copies(failed: World) -> None:
    home = failed.folder
    large = (home / "linkdeck.db").stat().st_size // 1024
    move = 'cp -p "$1"/linkdeck.db "$1"/secret "$1"/audit.anchor "$1"/disk/'
    script = BACKUP.format(size=large + 200, before=move, to="monday.tar").replace(
        'LINKDECK_HOME="$1"', 'LINKDECK_HOME="$1/disk"'
    )

    in_namespace(script, str(home), sys.executable)

    (sentence,) = (home / "err").read_text().splitlines()
    assert (home / "code").read_text() == "3\n"
    assert "free some space, then do it again" in sentence
    assert not (home / "monday.tar").exists()
    assert not [each for each in (home / "left").read_text().split() if "backup" in each]


def test_32_a_backup_that_may_not_grow_says_so_and_leaves_no_piece_of_one(
    failed: World,
) -> None:
    """`ulimit -f`, where nothing can be mounted."""
    home = failed.folder

    done = subprocess.run(
        [sys.executable, "-m", "console", "backup", str(home / "disk" / "monday.tar")],
        cwd=ROOT,
        env=environment(home, {}),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
    )

    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert "free some space" in done.stderr
    assert _names(home / "disk") == set()
    assert not list(home.glob("*backup*"))
    assert _holds(failed) == 300


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.95])
def test_32_a_restore_from_a_backup_that_was_cut_off_changes_nothing(
    failed: World, kept: float
) -> None:
    home = failed.folder
    file = home / "monday.tar"
    assert linkdeck("backup", str(file), home=home).code == 0
    os.truncate(file, int(file.stat().st_size * kept))
    before = _names(home)

    told = linkdeck("restore", str(file), "--reason", "a try", home=home)

    assert (told.code, told.out) == (3, "")
    assert len(told.err.splitlines()) == 1
    assert "ends too early" in told.err or "is not a backup" in told.err
    assert _names(home) == before
    assert _holds(failed) == 300


@needs_mounts
def test_32_a_restore_that_has_no_room_leaves_the_store_that_is_there(
    failed: World,
) -> None:
    home = failed.folder
    file = home / "monday.tar"
    assert linkdeck("backup", str(file), home=home).code == 0
    large = (home / "linkdeck.db").stat().st_size // 1024
    script = BACKUP.format(
        size=large + 200,
        before='cp -p "$1"/linkdeck.db "$1"/secret "$1"/audit.anchor "$1"/disk/',
        to="monday.tar",
    )
    script = script.replace('LINKDECK_HOME="$1"', 'LINKDECK_HOME="$1/disk"').replace(
        'backup "$1/monday.tar"', 'restore "$1/monday.tar" --reason "a try"'
    )
    shows = 'LINKDECK_HOME="$1/disk" "$2" -m console show 1 --json > "$1/shown"\n'

    in_namespace(script + shows, str(home), sys.executable)

    assert (home / "code").read_text() == "3\n"
    assert len((home / "err").read_text().splitlines()) == 1
    assert json.loads((home / "shown").read_text())["open"]["records"] == 300
    assert not [each for each in (home / "left").read_text().split() if "restore" in each]


def test_a_backup_under_a_name_that_no_disk_takes_is_refused_in_words(world: World) -> None:
    world.orders([order(1)])
    world.run()
    world.engine.close()

    told = linkdeck("backup", "1" * 300, home=world.folder)

    assert (told.code, told.out) == (3, "")
    assert told.err.endswith("1 cannot be written: File name too long\n")
