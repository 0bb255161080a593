"""A store in PostgreSQL, for many consoles and machines."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, Engine, bindparam, create_engine, select, update

from engine.store.address import PostgresPlace
from engine.store.database import Database
from engine.store.refusals import StoreUnusable
from engine.store.tables import COUNTER

CHANGE = "change"
MIGRATION_LOCK = 0x6C696E6B6465636B
"""The advisory lock that migrations take turns by: "linkdeck" in ASCII."""

_COUNT = (
    update(COUNTER)
    .where(COUNTER.c.name == bindparam("counter"))
    .values(value=COUNTER.c.value + 1)
)


class PostgresDatabase(Database):
    """A PostgreSQL database, reached by psycopg 3."""

    shared = True

    def __init__(self, place: PostgresPlace) -> None:
        self._engine = _engine(place)
        readers = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        super().__init__(place.name, readers)

    def _still_there(self) -> None:
        """A server tells by itself when it is gone."""

    def _turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        with self.told(), self._transaction(durable=True) as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            yield connection

    def tables(self, connection: Connection) -> frozenset[str]:
        found = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        )
        return frozenset(name for (name,) in found)

    def changed(self) -> int:
        with self.reading() as connection:
            count = select(COUNTER.c.value).where(COUNTER.c.name == CHANGE)
            return int(connection.execute(count).scalar_one())

    def scrub(self) -> str | None:
        return (
            "PostgreSQL keeps the old versions of these rows in its files until VACUUM FULL "
            "snapshot, reason, error_group, batch, delivery; its log and its backups keep them "
            "until they expire"
        )

    def _count_change(self, connection: Connection) -> None:
        # Last of all, because this row makes all writers of the database take turns.
        connection.execute(_COUNT, {"counter": CHANGE})

    def _distrust(self) -> None:
        self._engine.dispose()


def _engine(place: PostgresPlace) -> Engine:
    try:
        return create_engine(
            place.url,
            pool_size=4,
            max_overflow=16,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "linkdeck"},
        )
    except ModuleNotFoundError as cause:
        raise StoreUnusable(
            "a PostgreSQL store needs psycopg; install it with: pip install 'linkdeck[postgres]'"
        ) from cause
