"""Opening a SQLite store: where it is, whether it may be made, what it costs."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.errors import Misused
from engine.store.mounts import kind_of
from engine.store.store import Store
from tests.store.processes import ROOT
from tests.store.world import made, refusal_of


def test_a_store_is_there_again_when_opened_again(home: Path) -> None:
    made(home)

    store = Store.open(None, home=home)

    event = store.event(1)
    assert event is not None
    assert event.records.written == 20
    store.close()


def test_closing_leaves_one_whole_file(home: Path) -> None:
    path = made(home)

    assert not path.with_name("linkdeck.db-wal").exists()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_store_elsewhere_is_opened_by_its_address(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "with blank & ?" / "my.db"

    Store.open(f"sqlite:///{str(place).replace('?', '%3F')}", home=home).close()

    assert [path.name for path in tmp_path.glob("with*/*.db")] == ["my.db"]


def test_nothing_is_made_where_nothing_may_bemade(home: Path) -> None:
    sentence = refusal_of(home, create=False)

    assert sentence == f"{home} does not exist; run a Link first, or check --home"
    home.mkdir(mode=0o700)
    path = home / "linkdeck.db"
    expected = (
        f"there is no store at {path}; check --store and LINKDECK_STORE, or let "
        "linkdeck run LINK make one there"
    )
    assert refusal_of(home, create=False) == expected
    assert not path.exists()


def test_a_home_that_is_a_file_is_refused(home: Path) -> None:
    home.write_text("")

    assert refusal_of(home) == f"{home} is not a folder; choose another --home"


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"

    assert refusal_of(home) == (
        f"{home} cannot be made: Not a directory; free some space, or choose another place"
    )


def test_a_store_that_is_a_folder_is_refused(home: Path) -> None:
    (home / "linkdeck.db").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)

    assert refusal_of(home).startswith(
        f"{home / 'linkdeck.db'} is not a file; move it away"
    )


@pytest.mark.parametrize(
    "url", ["mysql://h/x", "sqlite://", "orders.db", "postgres", "", "http://[::1"]
)
def test_an_address_that_names_no_store_is_misused(home: Path, url: str) -> None:
    with pytest.raises(Misused, match=r"write sqlite:///PATH or postgresql://…$"):
        Store.open(url, home=home)


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

    assert refusal_of(home) == (
        f"{home} is on a network file system (nfs4), where SQLite can lose data; "
        "choose a local folder, or a PostgreSQL store"
    )


def test_a_store_that_is_current_is_opened_without_alembic(home: Path) -> None:
    made(home)
    script = (
        "import sys; from pathlib import Path; from engine.store.store import Store; "
        f"Store.open(None, home=Path({str(home)!r})).events(); "
        "print(*sorted({'alembic', 'httpx', 'textual', 'rich', 'psycopg'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""
