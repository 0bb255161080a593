"""Disks that are full, read-only or fail, from the front door: catalogue 32 and 33."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kills import PARTS, STRACE, Victim
from tests.faults.small_disk import RECORDS
from tests.store.processes import can_mount, in_namespace
from tests.stories.command_line import ROOT, environment, linkdeck

needs_mounts = pytest.mark.skipif(not can_mount(), reason="no mount namespaces here")
needs_strace = pytest.mark.skipif(STRACE is None, reason="strace is not installed")

E, D = "ephemeral", "durable"


def on_a_small_disk(how: str, folder: Path) -> Any:
    """What `tests.faults.small_disk` tells."""
    folder.chmod(0o700)
    (folder / "disk").mkdir()
    script = '"$1" -m tests.faults.small_disk "$2" "$3"'
    return json.loads(in_namespace(script, sys.executable, how, str(folder / "disk")))


@needs_mounts
def test_32_a_full_disk_under_the_store_stops_the_run_and_resume_finishes_it(
    tmp_path: Path,
) -> None:
    """SYS E: what is counted stays counted, the rest is done once there is room (X1)."""
    told = on_a_small_disk("store", tmp_path)

    store = tmp_path / "disk" / "store" / "linkdeck.db"
    assert told["full"]["code"] == 3
    assert told["full"]["err"].splitlines()[-1] == (
        f"linkdeck: the disk that holds {store} is full; free some space, then go on"
    )
    batches = told["met"]["batches"]
    assert 0 < batches["completed"] < batches["planned"]
    assert told["met"]["abandoned"]
    assert "Traceback" not in told["after"]["err"]
    records = told["event"]["records"]
    assert (records["fetched"], records["failed"]) == (RECORDS, RECORDS)
    assert (records["residual"], told["event"]["open"]["records"]) == (0, RECORDS)


@needs_mounts
@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        (
            "target",
            "disk_full",
            "warehouse.db: the disk is full, or the file has reached its limit: make room",
        ),
        ("parts", "part_not_written", "cannot be written: No space left on device"),
    ],
)
def test_32_a_full_disk_under_the_target_fails_its_batches_and_a_retry_writes_them(
    tmp_path: Path, how: str, code: str, sentence: str
) -> None:
    """BATCH E: whole batches or nothing; nothing half-written stays behind."""
    told = on_a_small_disk(how, tmp_path)

    (error,) = told["met"]["errors"]
    assert told["full"]["code"] == 3
    assert (error["tier"], error["class"]) == ("batch", "availability")
    assert (error["durability"], error["route"], error["code"]) == (E, "retry", code)
    assert error["message"].endswith(sentence)
    met, now = told["met"]["records"], told["event"]
    assert (met["fetched"], met["residual"]) == (RECORDS, 0)
    assert met["written"] > 0
    assert told["after"]["code"] == 0
    assert now["status"] == "completed"
    if how == "target":
        assert told["rows"] == RECORDS
    else:
        # A file each: none of those that were refused left a piece of one.
        assert len(told["left"]) == told["met"]["batches"]["completed"]


@needs_mounts
def test_32_a_full_disk_turns_senders_away_and_keeps_what_it_acknowledged(
    tmp_path: Path,
) -> None:
    """503 with Retry-After; the sender learns nothing of our folders (I18)."""
    told = on_a_small_disk("push", tmp_path)

    refused = told["refused"]
    assert told["taken"] > 0
    assert (refused["status"], refused["again"]) == (503, "5")
    assert refused["words"] == {
        "error": "the store cannot be reached now; nothing was stored, try again"
    }
    assert told["again"] == 202
    assert told["written"] == told["taken"] + 1


@needs_mounts
@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (
            '{adapter: sql, url: "sqlite:///out/warehouse.db", table: orders, create: true}',
            "the lock beside the database file cannot be made: Read-only file system: "
            "check the folder's permissions",
        ),
        ("{adapter: file, path: out}", "Read-only file system"),
    ],
    ids=["sqlite", "parts"],
)
def test_32_a_target_on_a_read_only_disk_stops_the_run(
    tmp_path: Path, target: str, sentence: str
) -> None:
    """SYS D: told before a single record is fetched."""
    victim = Victim.made(tmp_path, target=target, batches=2)
    (victim.world.links / "out").mkdir(mode=0o700)
    victim.world.engine.close()
    script = (
        'mount --bind "$1/links/out" "$1/links/out"; '
        'mount -o remount,ro,bind "$1/links/out"; '
        'LINKDECK_HOME="$1" "$2" -m console run orders --json || test $? = 3'
    )

    event = json.loads(in_namespace(script, str(tmp_path), sys.executable))

    (error,) = event["errors"]
    assert error["tier"] == "system"
    assert (error["class"], error["durability"]) == ("authorization", D)
    assert error["message"].endswith(sentence)
    assert event["records"]["fetched"] == 0


def test_32_output_to_a_full_disk_says_so(tmp_path: Path) -> None:
    victim = Victim.made(tmp_path)
    victim.world.run()
    victim.world.engine.close()

    to_screen = subprocess.run(
        ["sh", "-c", '"$0" -m console events > /dev/full', sys.executable],
        cwd=ROOT,
        env=environment(tmp_path, {}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (to_screen.returncode, to_screen.stderr) == (
        3,
        "linkdeck: the output could not be written: No space left on device\n",
    )


@needs_strace
@pytest.mark.parametrize(("call", "first"), [("fdatasync", 4), ("pwrite64", 60)])
def test_33_a_store_whose_disk_fails_stops_the_run_and_resume_finishes_it(
    tmp_path: Path, call: str, first: int
) -> None:
    """SYS: one sentence, nothing counted that is not there, nothing written twice."""
    victim = Victim.made(tmp_path, target=PARTS)
    victim.world.engine.close()
    wal = tmp_path / "linkdeck.db-wal"
    failing = f"inject={call}:error=EIO:when={first}+"

    done = subprocess.run(
        [
            str(STRACE), "-f", "-qq", "-o", os.devnull, "-P", str(wal),
            "-e", f"trace={call}", "-e", failing, *victim.command(),
        ],
        cwd=ROOT,
        env=environment(tmp_path, {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )  # fmt: skip

    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        f"linkdeck: {tmp_path / 'linkdeck.db'} could not be read or written (disk I/O error); "
        "check the disk, its free space and file size limits"
    )
    resumed = linkdeck("resume", "1", "--json", home=tmp_path)
    victim.check(resumed.document())
