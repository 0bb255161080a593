"""Whoever closes failures of a Link does so alone: on PostgreSQL writers would pass one another."""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from engine.domain.record_key import key_hash

_SPACE = 0x6C696E6B
"""What sets these advisory locks apart from others: "link" in ASCII."""

_TAKE = text("SELECT pg_advisory_xact_lock(:space, :link)")


def take(connection: Connection, *links: str) -> None:
    """The turn to close failures of these Links, until the transaction ends.

    To be taken before any row is locked. What another counts as open meanwhile would be closed by
    the time it is closed again, and be counted twice (S3). SQLite has one writer anyway.
    """
    if connection.dialect.name == "sqlite":
        return
    for number in sorted(set(_numbers(links))):
        connection.execute(_TAKE, {"space": _SPACE, "link": number})


def _numbers(links: Iterable[str]) -> Iterable[int]:
    """Four bytes for each: two Links of one number merely wait for each other."""
    return (key_hash(link) >> 32 for link in links)
