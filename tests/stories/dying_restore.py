"""A process that restores a backup and dies on the way: `… dying_restore STEP HOME FILE`.

STEP counts what it does to files of HOME: links, renames and removals, from 1.
"""

import os
import signal
import sys
from itertools import count
from typing import Any

from engine.engine import Engine
from engine.settings import Settings

CHANGES = ("os.link", "os.rename", "os.remove")


def main() -> None:
    """Restore, and do not come back."""
    at, home, file = sys.argv[1:]
    steps = count(1)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        mine = event in CHANGES and str(arguments[0]).startswith(home)
        if mine and next(steps) == int(at):
            os.kill(os.getpid(), signal.SIGKILL)

    with Engine(Settings.resolve(home, None, None, {"HOME": home})) as engine:
        sys.addaudithook(look)
        engine.restore(file, reason="the disk died", actor="ana@test")


if __name__ == "__main__":
    main()
