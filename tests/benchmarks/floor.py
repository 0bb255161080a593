"""The floor: the same records decoded by msgspec and upserted by the bare driver, nothing else.

Nothing is mapped, nothing is checked; the durability settings are those of the SQLite target.
"""

import sqlite3
import sys
from itertools import islice
from pathlib import Path

import msgspec

ROWS = 20_000
FIELDS = (
    "id",
    "customer",
    "email",
    "country",
    "amount",
    "quantity",
    "status",
    "created",
    "sku",
    "note",
)


class Order(msgspec.Struct, gc=False):
    """One order as it stands in the file."""

    id: object
    customer: object
    email: object
    country: object
    amount: object
    quantity: object
    status: object
    created: object
    sku: object
    note: object


def main(source: str, database: str) -> None:
    """Decode `source` and upsert it into a fresh `database`."""
    decode = msgspec.json.Decoder(Order).decode_lines
    upsert = (
        f"INSERT INTO orders VALUES ({','.join('?' * len(FIELDS))}) ON CONFLICT(id) DO UPDATE SET "
        + ",".join(f"{name}=excluded.{name}" for name in FIELDS[1:])
    )
    with (
        sqlite3.connect(database, isolation_level=None) as connection,
        Path(source).open("rb") as file,
    ):
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-65536",
            "wal_autocheckpoint=20000",
            "secure_delete=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"CREATE TABLE orders ({','.join(FIELDS)}, PRIMARY KEY (id))")
        while block := b"".join(islice(file, ROWS)):
            rows = [
                (o.id, o.customer, o.email, o.country, o.amount, o.quantity, o.status, o.created,
                 o.sku, o.note)
                for o in decode(block)
            ]  # fmt: skip
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(upsert, rows)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    main(*sys.argv[1:])
