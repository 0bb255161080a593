"""A run in a process of its own, that outlives whoever asked for it (X2)."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.domain.errors import Refused
from engine.domain.sync_event import SyncEvent
from engine.operations.context import Context, private_folder
from engine.operations.events import seen

PATIENCE = 60.0
"""Seconds until a launched process must have said which Sync Event it runs."""

MOST_LOGS = 100


def launch(context: Context, errand: Mapping[str, Any]) -> SyncEvent:
    """Start it and come back with the Sync Event it runs. Raises Refused with what it says.

    `errand` is what `engine.detached` does: {"do": "run" | "resume" | "retry", …}.
    """
    settings = context.settings
    told, tells = os.pipe()
    log = _log(settings.home, str(errand["do"]))
    try:
        _start(context, errand, log, tells)
    finally:
        os.close(tells)
    with os.fdopen(told, "rb", buffering=0) as pipe:
        answer = _answer(pipe.fileno(), log)
    if "refused" in answer:
        log.unlink(missing_ok=True)
        raise Refused(str(answer["refused"]))
    return seen(context, int(answer["event"]))


def _start(context: Context, errand: Mapping[str, Any], log: Path, tells: int) -> None:
    settings = context.settings
    order = {
        "home": str(settings.home),
        "links": str(settings.links),
        "store": settings.store,
        "log": str(log),
        "tells": tells,
        **errand,
    }
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.detached"],
            # By a pipe, not by arguments: those are there for everybody to read.
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            cwd=settings.home,
            env=_environment(settings.environ),
            pass_fds=(tells,),
            start_new_session=True,
        )
    with suppress(BrokenPipeError):
        process.communicate(json.dumps(order).encode())


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the process sees: this environment, and the place this code was found in."""
    place = str(Path(__file__).parents[2])
    paths = [place, *filter(None, [environ.get("PYTHONPATH")])]
    return {**environ, "PYTHONPATH": os.pathsep.join(paths)}


def _answer(pipe: int, log: Path) -> dict[str, Any]:
    """The first line it says: its Sync Event, or why there is none."""
    line, until = b"", time.monotonic() + PATIENCE
    while not line.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise Refused(f"the run has not begun yet; linkdeck events, and see {log}")
        part = os.read(pipe, 4096)
        if not part:
            raise Refused(f"the run ended before it began; see {log}")
        line += part
    answer: dict[str, Any] = json.loads(line)
    return answer


def _log(home: Path, what: str) -> Path:
    """A new private file for what the process has to say; the oldest give way."""
    folder = private_folder(home / "logs")
    for old in sorted(folder.glob("*.log"))[:-MOST_LOGS]:
        old.unlink(missing_ok=True)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns()}-{what}.log"
    path = folder / name
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path
