"""A process that opens an old store and dies half-way: `… upgrader AT HOME [URL]`.

AT is the statement of the migration, counted from 1, before which the process kills itself.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from engine.store.store import Store

CHANGES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE")


def main() -> None:
    """Open the store, and do not come back."""
    at, home, *url = sys.argv[1:]
    statements = count(1)

    @event.listens_for(Engine, "before_cursor_execute")
    def look(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        del connection, cursor
        if statement.lstrip().startswith(CHANGES) and next(statements) == int(at):
            os.kill(os.getpid(), signal.SIGKILL)

    Store.open(url[0] if url else None, home=Path(home)).close()


if __name__ == "__main__":
    main()
