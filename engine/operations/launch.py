"""An engine for what was queued: the one that lives, or one started for it (X2)."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.operations.context import Context, private_folder
from engine.settings import Settings

SAID = "engine.out"
"""What an engine says outside its log, before it has one: beside the log."""


def ensure_engine(context: Context) -> None:
    """See that an engine lives; where none does, one is started that ends after an idle while."""
    if not context.store.engines.alive():
        _start(context)


def places(context: Context) -> dict[str, Any]:
    """Where everything is, for a process of our own; its environment comes beside it."""
    settings = context.settings
    return {
        "home": str(settings.home),
        "links": str(settings.links),
        "store": settings.store,
    }


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the process sees: this environment, and the place this code was found in."""
    place = str(Path(__file__).parents[2])
    paths = [place, *filter(None, [environ.get("PYTHONPATH")])]
    return {**environ, "PYTHONPATH": os.pathsep.join(paths)}


def own_process(settings: Settings, module: str, *, said: int) -> "subprocess.Popen[bytes]":
    """A process of ours, away from this terminal, which takes its order on stdin."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        # By a pipe, not by arguments: those are there for everybody to read.
        stdin=subprocess.PIPE,
        stdout=said,
        stderr=said,
        cwd=settings.home,
        env=environment(settings.environ),
        start_new_session=True,
    )


def _start(context: Context) -> None:
    settings = context.settings
    said = private_folder(settings.home / "logs") / SAID
    order = {**places(context), "idle_exit": settings.idle_exit}
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = own_process(settings, "engine.service", said=descriptor)
    finally:
        os.close(descriptor)
    # It leaves its work to a child of its own at once, so that it is nobody's to wait for.
    with suppress(BrokenPipeError):
        process.communicate(json.dumps(order).encode())
