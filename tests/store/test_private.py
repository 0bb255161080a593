"""A store is its owner's alone: what others can reach is refused, each time with its cure."""

import os
import shlex
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store import secret
from engine.store.refusals import StoreUnusable
from engine.store.store import Store
from tests.store.processes import can_mount, in_namespace
from tests.store.world import made, refusal_of, running


def test_a_new_store_is_private_whatever_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.open(None, home=home)
        running(store)
        store.secret()
        store.audit(actor="ana", action="x", subject="y", reason="z")
        assert (home / "linkdeck.db-wal").exists()
        assert _modes(home) == {"0o600"}
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        store.close()
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_a_folder_others_can_enter_is_refused_with_its_cure(home: Path, mode: int) -> None:
    home.mkdir()
    home.chmod(mode)

    assert refusal_of(home) == (
        f"{home} is open to other users (mode {mode:04o}); run: chmod 700 {home}"
    )


@pytest.mark.parametrize(
    "name", ["linkdeck.db", "linkdeck.db-wal", "linkdeck.db-shm", "linkdeck.db.lock"]
)
def test_a_file_others_can_read_is_refused_with_its_cure(home: Path, name: str) -> None:
    made(home)
    path = home / name
    path.touch()
    path.chmod(0o644)

    assert refusal_of(home) == (
        f"{path} is open to other users (mode 0644); run: chmod 600 {path}"
    )


def test_a_cure_can_be_pasted_whatever_the_path(tmp_path: Path) -> None:
    home = tmp_path / "my home; rm"
    home.mkdir()
    home.chmod(0o777)

    assert refusal_of(home).endswith(f"run: chmod 700 {shlex.quote(str(home))}")


@pytest.mark.parametrize("folder", ["/", "/etc", "/tmp", "/usr/lib", "/var/lib"])
def test_nobody_is_told_to_close_a_folder_of_the_systems(folder: str) -> None:
    """Its cure would break the machine for everybody else."""
    assert refusal_of(Path(folder)) == (
        f"{folder} is a folder of the system's, which all its users share; "
        "choose a folder of your own with --home or --store"
    )


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        os.chown(home, 54321, 54321)
        owner = "uid 54321"
    else:
        home, owner = Path("/usr/share/doc"), "root"

    sentence = refusal_of(home)

    assert sentence.startswith(f"{home} belongs to {owner}, not to ")
    assert "use a place of your own, or run: chown" in sentence


def test_a_file_of_somebody_else_is_refused(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = made(home)
    os.chown(path, 54321, 54321)

    assert refusal_of(home).startswith(f"{path} belongs to uid 54321, not to root; ")


def test_a_read_only_folder_is_refused_with_its_cure() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o500)
        Path(folder).chmod(0o755)
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)

        sentence = _as_nobody(lambda: refusal_of(home))

        assert sentence == (
            f"the folder {home} is read-only (mode 0500); run: chmod 700 {home}"
        )


def test_a_file_system_mounted_read_only_is_refused(home: Path) -> None:
    if not can_mount():
        pytest.skip("no mount namespaces here")
    made(home)
    script = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; "$2" -m "$3" disk "$1"'

    said = in_namespace(script, str(home), sys.executable, "tests.store.contender_open")

    assert said == f"{home} is on a file system mounted read-only; choose another --home\n"


def test_the_secret_is_made_once_and_stays(home: Path) -> None:
    store = Store.open(None, home=home)

    first = store.secret()

    assert len(first) == 32
    assert Store.open(None, home=home).secret() == first
    assert stat.S_IMODE((home / "secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in home.glob("secret*")) == ["secret"]
    store.close()


def test_of_two_that_make_the_secret_at_once_the_first_stays(home: Path) -> None:
    store = Store.open(None, home=home)
    first = store.secret()

    secret._make(home / "secret")

    assert store.secret() == first
    store.close()


def test_a_secret_others_can_read_is_refused(home: Path) -> None:
    store = Store.open(None, home=home)
    store.secret()
    (home / "secret").chmod(0o640)

    with pytest.raises(StoreUnusable, match=r"secret is open to other users \(mode 0640\)"):
        store.secret()
    store.close()


def test_a_secret_that_was_cut_is_refused(home: Path) -> None:
    store = Store.open(None, home=home)
    (home / "secret").touch(mode=0o600)

    with pytest.raises(
        StoreUnusable, match="does not hold 32 bytes; restore it from a backup"
    ):
        store.secret()
    store.close()


def _as_nobody(act: Callable[[], str]) -> str:
    """What `act` says in a child without root's rights, which no mode binds."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            os.write(writer, act().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def _modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}
