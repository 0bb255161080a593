"""The installation's secret: 32 bytes in a private file, made once."""

import os
import secrets
from pathlib import Path

from engine.store.private import make_private_file, private_file
from engine.store.refusals import StoreUnusable

FILE = "secret"
SIZE = 32


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
