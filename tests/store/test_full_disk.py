"""A disk that is full, or fails: told, and work goes on once there is room (faults 32, 33)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.processes import ROOT, can_mount, in_namespace


def test_a_full_disk_is_told_and_work_goes_on_once_there_is_room(tmp_path: Path) -> None:
    """Fault 32: nothing acknowledged is lost, nothing is counted twice."""
    if not can_mount():
        pytest.skip("no mount namespaces here")
    script = (
        'mount -t tmpfs -o size=5m none "$1"; "$2" -m tests.store.filler disk "$1/home"'
    )

    refusal, connection, progress = in_namespace(
        script, str(tmp_path), sys.executable
    ).splitlines()

    path = tmp_path / "home" / "linkdeck.db"
    assert refusal == f"the disk that holds {path} is full; free some space, then go on"
    assert (connection, progress) == ("connection kept", "1")


def test_a_disk_too_small_for_a_store_is_told(tmp_path: Path) -> None:
    if not can_mount():
        pytest.skip("no mount namespaces here")
    script = (
        'mount -t tmpfs -o size=64k none "$1"; "$2" -m tests.store.filler tiny "$1/home"'
    )

    said = in_namespace(script, str(tmp_path), sys.executable)

    path = tmp_path / "home" / "linkdeck.db"
    assert said == f"the disk that holds {path} is full; free some space, then go on\n"


def test_a_file_that_may_not_grow_is_told_and_work_goes_on_once_it_may(
    home: Path,
) -> None:
    """Fault 33: the connection a failing disk has spoilt is not used again."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.filler", "limit", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    refusal, connection, progress = done.stdout.splitlines()

    assert refusal == (
        f"{home / 'linkdeck.db'} could not be read or written (disk I/O error); "
        "check the disk, its free space and file size limits"
    )
    assert (connection, progress) == ("connection dropped", "1")
