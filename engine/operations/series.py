"""Several retries, one after another, in a process that outlives who asked for them (X2, P3)."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from engine.domain.errors import Refused
from engine.domain.retry_plan import RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.operations import launch
from engine.operations.context import Context, private_folder
from engine.operations.events import seen

PATIENCE = 60.0
"""Seconds until the process must have said which Sync Event the first retry is."""

SAID = "series.out"
"""What such processes say, beside the logs."""


def start(context: Context, hashes: Sequence[str], options: RetryOptions) -> SyncEvent:
    """Run these plans in turn; the first child, under way. Refused where none may begin."""
    told, tells = os.pipe()
    try:
        _begin(context, hashes, options, tells)
    finally:
        os.close(tells)
    with os.fdopen(told, "rb", buffering=0) as pipe:
        answer = _answer(pipe.fileno())
    if "refused" in answer:
        raise Refused(str(answer["refused"]))
    return seen(context, int(answer["event"]))


def _begin(
    context: Context, hashes: Sequence[str], options: RetryOptions, tells: int
) -> None:
    said = {**asdict(options), "include": sorted(options.include)}
    order = {
        **launch.places(context),
        "plans": list(hashes),
        "options": said,
        "tells": tells,
    }
    log = private_folder(context.settings.home / "logs") / SAID
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.in_turn"],
            # By a pipe, not by arguments: those are there for everybody to read.
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            cwd=context.settings.home,
            env=launch.environment(context.settings.environ),
            pass_fds=(tells,),
            start_new_session=True,
        )
    with suppress(BrokenPipeError):
        process.communicate(json.dumps(order).encode())


def _answer(pipe: int) -> dict[str, Any]:
    """The first line it says: its first Sync Event, or why there is none."""
    line, until = b"", time.monotonic() + PATIENCE
    while not line.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise Refused("the retries have not begun yet; linkdeck events shows them")
        part = os.read(pipe, 4096)
        if not part:
            raise Refused("the retries ended before they began; linkdeck doctor says more")
        line += part
    answer: dict[str, Any] = json.loads(line)
    return answer
