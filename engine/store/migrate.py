"""The schema brought up to what this version knows, when the store is opened; never down."""

from pathlib import Path

from sqlalchemy import Connection

from engine.store.database import Database
from engine.store.refusals import StoreUnusable

VERSION_TABLE = "linkdeck_schema"
"""Not alembic's own name, so that a database shared with another program is told apart."""

REVISIONS = (
    *(
        "0001",
        "0002",
        "0003",
        "0004",
        "0005",
        "0006",
        "0007",
        "0008",
        "0009",
        "0010",
        "0011",
    ),
    *("0012", "0013", "0014"),
)
"""Oldest first; the last one is what this version reads and writes."""

HEAD = REVISIONS[-1]


def bring_up(database: Database) -> None:
    """Create or migrate the schema where it is behind; refused where it is newer, or not ours."""
    with database.reading() as connection:
        revision = _revision(database, connection)
    if revision == HEAD:
        return
    with database.migrating() as connection:
        # Another process may have been quicker.
        if _revision(database, connection) != HEAD:
            _upgrade(connection)


def _revision(database: Database, connection: Connection) -> str | None:
    tables = database.tables(connection)
    if VERSION_TABLE not in tables:
        if tables:
            raise StoreUnusable(
                f"{database.name} holds tables of something else; "
                "give Linkdeck a database of its own"
            )
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    revision = None if found is None else str(found)
    if revision is not None and revision not in REVISIONS:
        raise StoreUnusable(
            f"{database.name} has schema {revision}, made by a newer linkdeck; "
            f"this one knows {HEAD}: upgrade linkdeck"
        )
    return revision


def _upgrade(connection: Connection) -> None:
    # Imported here: a store that is current needs no alembic.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
