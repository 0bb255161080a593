"""Who has a store's file open."""

import os
from pathlib import Path

from engine.store.refusals import StoreUnusable


def refuse_open(path: Path) -> None:
    """Refused where another process of this machine has this file open, as far as can be seen."""
    import psutil

    wanted = str(path.resolve())
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            held = any(file.path == wanted for file in process.open_files())
            said = process.name() if held else ""
        except psutil.Error:
            # It has ended meanwhile, or is somebody else's, who may not open the store anyway.
            continue
        if held:
            raise StoreUnusable(
                f"pid {process.pid} ({said}) has {path} open; end it first: "
                "a console with q, an engine or a run with SIGTERM"
            )
