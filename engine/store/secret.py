"""The installation's secret: 32 bytes in a private file, made once; or shared with a store."""

import os
import secrets
from pathlib import Path

from sqlalchemy import select, text

from engine.store.database import Database
from engine.store.private import make_private_file, private_file
from engine.store.refusals import StoreUnusable
from engine.store.service_tables import AGREED

FILE = "secret"
SIZE = 32


def secret_of(database: Database, home: Path) -> bytes:
    """What idempotency keys are made with: of this HOME, or of all who share the store (K1).

    Whoever takes up what another host began must send it under the same key. What it protects
    against is a mix-up, not a reader of the store.
    """
    if not database.shared:
        return secret_in(home)
    with database.reading() as connection:
        found = connection.execute(_AGREED).scalar()
    if found is None:
        with database.writing() as write:
            mine = {"name": FILE, "value": secret_in(home).hex()}
            write.connection.execute(_FIRST, mine)
            found = write.connection.execute(_AGREED).scalar_one()
    return bytes.fromhex(found)


_AGREED = select(AGREED.c.value).where(AGREED.c.name == FILE)
_FIRST = text(
    "INSERT INTO agreed (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"
)


def secret_in(home: Path) -> bytes:
    """The secret of this HOME; whoever comes first makes it."""
    path = home / FILE
    private_file(path)
    if not path.exists():
        _make(path)
    found = path.read_bytes()
    if len(found) != SIZE:
        raise StoreUnusable(
            f"{path} does not hold {SIZE} bytes; restore it from a backup "
            "(or delete it, and idempotency keys and the audit's anchor change)"
        )
    return found


def _make(path: Path) -> None:
    # Linked into place whole: nobody ever reads half a secret, and the first one stays.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    make_private_file(aside, secrets.token_bytes(SIZE))
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return
    finally:
        aside.unlink()
