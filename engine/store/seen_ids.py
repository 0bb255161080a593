"""The ids a Link has written, by their hashes (K2)."""

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from engine.domain.record_key import KeyHashes
from engine.store.tables import SEEN

_KEEP = text(
    "INSERT INTO seen_id (link, hash, event) VALUES (:link, :hash, :event)"
    " ON CONFLICT (link, hash) DO NOTHING"
)


def seen_ids(connection: Connection, link: str) -> KeyHashes | None:
    """Every id that this Link has written; None where there is none."""
    query = select(SEEN.c.hash).where(SEEN.c.link == link)
    found = KeyHashes.of(connection.execute(query).scalars())
    return found if len(found) else None


def keep(connection: Connection, link: str, event: int, hashes: Iterable[int]) -> None:
    """Remember these ids; one that is there already stays as it is."""
    rows = [{"link": link, "hash": number, "event": event} for number in set(hashes)]
    if rows:
        connection.execute(_KEEP, rows)
