"""A store that is damaged, gone, locked or no store at all: told, and never made anew."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store.refusals import StoreUnusable
from engine.store.store import Store
from tests.store.world import clean, made, refusal_of, running


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

    assert refusal_of(home) == (
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
    path = made(home)
    damage(path)
    before = path.read_bytes()

    assert refusal_of(home) == (
        f"{path} is damaged (database disk image is malformed); "
        "restore it from a backup, or move it away to begin anew"
    )
    assert path.read_bytes() == before


def test_damage_found_later_is_told_in_the_same_words(home: Path) -> None:
    path = made(home)
    raw = sqlite3.connect(path)
    (root,) = raw.execute(
        "SELECT rootpage FROM sqlite_master WHERE name='sync_event'"
    ).fetchone()
    raw.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    store = Store.open(None, home=home)

    with pytest.raises(StoreUnusable, match=r"is damaged .* restore it from a backup"):
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

    assert refusal_of(home) == (
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
    path = made(home)
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
