"""Opening a SQLite store: made private, refused in one sentence where it cannot be trusted."""

import os
import shlex
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.errors import LinkdeckError, Misused
from engine.store.mounts import kind_of
from engine.store.refusals import StoreUnusable
from engine.store.store import Store
from tests.store.processes import ROOT
from tests.store.world import clean, running

ME = "root" if os.geteuid() == 0 else os.environ.get("USER", "")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _refusal(home: Path, url: str | None = None, *, create: bool = True) -> str:
    with pytest.raises(LinkdeckError) as refused:
        Store.open(url, home=home, create=create).close()
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence


def _made(home: Path) -> Path:
    """A store with something in it, closed."""
    store = Store.open(None, home=home)
    running(store, 2).finishes(clean(0), clean(1)).ends()
    store.close()
    return home / "linkdeck.db"


def _modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


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


def test_a_store_is_there_again_when_opened_again(home: Path) -> None:
    _made(home)

    store = Store.open(None, home=home)

    event = store.event(1)
    assert event is not None
    assert event.records.written == 20
    store.close()


def test_closing_leaves_one_whole_file(home: Path) -> None:
    path = _made(home)

    assert not path.with_name("linkdeck.db-wal").exists()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_store_elsewhere_is_opened_by_its_address(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "with blank & ?" / "my.db"

    Store.open(f"sqlite:///{str(place).replace('?', '%3F')}", home=home).close()

    assert [path.name for path in tmp_path.glob("with*/*.db")] == ["my.db"]


def test_nothing_is_made_where_nothing_may_be_made(home: Path) -> None:
    sentence = _refusal(home, create=False)

    assert sentence == f"{home} does not exist; run a Link first, or check --home"
    home.mkdir(mode=0o700)
    path = home / "linkdeck.db"
    expected = f"there is no store at {path} yet; linkdeck run LINK makes it"
    assert _refusal(home, create=False) == expected
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_a_folder_others_can_enter_is_refused_with_its_cure(home: Path, mode: int) -> None:
    home.mkdir()
    home.chmod(mode)

    assert _refusal(home) == (
        f"{home} is open to other users (mode {mode:04o}); run: chmod 700 {home}"
    )


@pytest.mark.parametrize(
    "name", ["linkdeck.db", "linkdeck.db-wal", "linkdeck.db-shm", "linkdeck.db.lock"]
)
def test_a_file_others_can_read_is_refused_with_its_cure(home: Path, name: str) -> None:
    _made(home)
    path = home / name
    path.touch()
    path.chmod(0o644)

    assert _refusal(home) == (
        f"{path} is open to other users (mode 0644); run: chmod 600 {path}"
    )


def test_a_cure_can_be_pasted_whatever_the_path(tmp_path: Path) -> None:
    home = tmp_path / "my home; rm"
    home.mkdir()
    home.chmod(0o777)

    assert _refusal(home).endswith(f"run: chmod 700 {shlex.quote(str(home))}")


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        os.chown(home, 54321, 54321)
        owner = "uid 54321"
    else:
        home, owner = Path("/usr"), "root"

    sentence = _refusal(home)

    assert sentence.startswith(f"{home} belongs to {owner}, not to ")
    assert "use a place of your own, or run: chown" in sentence


def test_a_file_of_somebody_else_is_refused(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = _made(home)
    os.chown(path, 54321, 54321)

    assert _refusal(home).startswith(f"{path} belongs to uid 54321, not to root; ")


def test_a_home_that_is_a_file_is_refused(home: Path) -> None:
    home.write_text("")

    assert _refusal(home) == f"{home} is not a folder; choose another --home"


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"

    assert _refusal(home) == (
        f"{home} cannot be made: Not a directory; free some space, or choose another place"
    )


def test_a_store_that_is_a_folder_is_refused(home: Path) -> None:
    (home / "linkdeck.db").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)

    assert _refusal(home).startswith(f"{home / 'linkdeck.db'} is not a file; move it away")


@pytest.mark.parametrize(
    "content",
    [b"hello, world\n" * 100, b"PK\3\4", bytes(range(256)) * 20],
    ids=["text", "short", "binary"],
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    home: Path, content: bytes
) -> None:
    home.mkdir(mode=0o700)
    path = home / "linkdeck.db"
    path.write_bytes(content)
    path.chmod(0o600)

    assert _refusal(home) == (
        f"{path} is not a database; move it away, or choose another --store"
    )
    assert path.read_bytes() == content


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(6000)


@pytest.mark.parametrize("damage", [_overwrite, _cut])
def test_a_damaged_store_is_refused_and_never_made_anew(
    home: Path, damage: Callable[[Path], None]
) -> None:
    path = _made(home)
    damage(path)
    before = path.read_bytes()

    assert _refusal(home) == (
        f"{path} is damaged (database disk image is malformed); "
        "restore it from a backup, or move it away to begin anew"
    )
    assert path.read_bytes() == before


def test_damage_found_later_is_told_in_the_same_words(home: Path) -> None:
    path = _made(home)
    raw = sqlite3.connect(path)
    (root,) = raw.execute(
        "SELECT rootpage FROM sqlite_master WHERE name='sync_event'"
    ).fetchone()
    raw.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    store = Store.open(None, home=home)

    with pytest.raises(StoreUnusable, match="is damaged .* restore it from a backup"):
        store.event(1)

    assert f"{path} is damaged (database disk image is malformed)" in [
        finding.message for finding in store.check()
    ]
    store.close()


def test_a_database_of_something_else_is_refused(home: Path) -> None:
    home.mkdir(mode=0o700)
    path = home / "linkdeck.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE invoices (id INTEGER)")
    raw.close()
    path.chmod(0o600)

    assert _refusal(home) == (
        f"{path} holds tables of something else; give Linkdeck a database of its own"
    )


@pytest.mark.parametrize("replaced", [False, True])
def test_a_store_that_vanished_while_open_is_told_and_not_made_anew(
    home: Path, *, replaced: bool
) -> None:
    """Nothing is acknowledged that only a removed file holds."""
    store = Store.open(None, home=home)
    run = running(store)
    path = home / "linkdeck.db"
    path.rename(home / "moved.db")
    if replaced:
        path.touch(mode=0o600)
    expected = (
        f"{path} is gone, or was replaced while it was open; put it back, then start again"
    )

    with pytest.raises(StoreUnusable) as written:
        run.finishes(clean(0))
    with pytest.raises(StoreUnusable) as read:
        store.events()

    assert (str(written.value), str(read.value)) == (expected, expected)
    assert path.exists() == replaced
    store.close()


def test_a_store_another_program_has_locked_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.sqlite_database.BUSY_SECONDS", 0.05)
    path = _made(home)
    store = Store.open(None, home=home)
    rude = sqlite3.connect(path, isolation_level=None)
    rude.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnusable) as refused:
        running(store)
    rude.execute("ROLLBACK")
    rude.close()

    assert str(refused.value) == (
        f"{path} is locked by another program; close what has it open"
    )
    assert running(store).number == 2
    store.close()


@pytest.mark.parametrize(
    "url", ["mysql://h/x", "sqlite://", "orders.db", "postgres", "", "http://[::1"]
)
def test_an_address_that_names_no_store_is_misused(home: Path, url: str) -> None:
    with pytest.raises(Misused, match=r"write sqlite:///PATH or postgresql://…$"):
        Store.open(url, home=home)


def test_a_read_only_folder_is_refused_with_its_cure() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # noqa: S108 - others must reach it
        home = Path(folder) / "home"
        home.mkdir(mode=0o500)
        Path(folder).chmod(0o755)
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)

        sentence = _as_nobody(lambda: _refusal(home))

        assert sentence == (
            f"the folder {home} is read-only (mode 0500); run: chmod 700 {home}"
        )


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


def _can_mount() -> bool:
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def _in_namespace(script: str, *arguments: str) -> str:
    """What a script says that has file systems of its own."""
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-ec", script, "sh", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_file_system_mounted_read_only_is_refused(home: Path) -> None:
    if not _can_mount():
        pytest.skip("no mount namespaces here")
    _made(home)
    script = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; "$2" -m "$3" disk "$1"'

    said = _in_namespace(script, str(home), sys.executable, "tests.store.contender_open")

    assert said == f"{home} is on a file system mounted read-only; choose another --home\n"


def test_a_full_disk_is_told_and_work_goes_on_once_there_is_room(tmp_path: Path) -> None:
    """Fault 32: nothing acknowledged is lost, nothing is counted twice."""
    if not _can_mount():
        pytest.skip("no mount namespaces here")
    script = (
        'mount -t tmpfs -o size=5m none "$1"; "$2" -m tests.store.filler disk "$1/home"'
    )

    refusal, progress = _in_namespace(script, str(tmp_path), sys.executable).splitlines()

    path = tmp_path / "home" / "linkdeck.db"
    assert refusal == f"the disk that holds {path} is full; free some space, then go on"
    assert progress == "1"


def test_a_disk_too_small_for_a_store_is_told(tmp_path: Path) -> None:
    if not _can_mount():
        pytest.skip("no mount namespaces here")
    script = (
        'mount -t tmpfs -o size=64k none "$1"; "$2" -m tests.store.filler tiny "$1/home"'
    )

    said = _in_namespace(script, str(tmp_path), sys.executable)

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

    refusal, progress = done.stdout.splitlines()

    assert refusal == (
        f"{home / 'linkdeck.db'} could not be read or written (disk I/O error); "
        "check the disk, its free space and file size limits"
    )
    assert progress == "1"


def test_the_file_system_of_the_longest_mount_point_counts() -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\n"
        "server:/export /srv/with\\040blank nfs4 rw 0 0\n"
        "tmpfs /srv/with\\040blank/local tmpfs rw 0 0\n"
    )

    assert kind_of(Path("/srv/with blank/home"), mounts) == "nfs4"
    assert kind_of(Path("/srv/with blank/local/home"), mounts) == "tmpfs"
    assert kind_of(Path("/srv/without/home"), mounts) == "ext4"
    assert kind_of(Path("/srv"), "") is None


def test_a_network_file_system_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Fault 36: a write-ahead log needs shared memory."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr("engine.store.mounts._MOUNTS", mounts)

    assert _refusal(home) == (
        f"{home} is on a network file system (nfs4), where SQLite can lose data; "
        "choose a local folder, or a PostgreSQL store"
    )


def test_the_secret_is_made_once_and_stays(home: Path) -> None:
    store = Store.open(None, home=home)

    first = store.secret()

    assert len(first) == 32
    assert Store.open(None, home=home).secret() == first
    assert stat.S_IMODE((home / "secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in home.glob("secret*")) == ["secret"]
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


def test_a_store_that_is_current_is_opened_without_alembic(home: Path) -> None:
    _made(home)
    script = (
        "import sys; from pathlib import Path; from engine.store.store import Store; "
        f"Store.open(None, home=Path({str(home)!r})).events(); "
        "print(*sorted({'alembic', 'httpx', 'textual', 'rich', 'psycopg'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""
