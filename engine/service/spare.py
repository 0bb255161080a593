"""A process that has imported everything and waits for its order: a run begins a second sooner."""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.domain.values import dataclass
from engine.operations.context import private_folder
from engine.operations.launch import own_process
from engine.settings import Settings

MOST_LOGS = 100

PAUSE = 1.0
"""Seconds after an order before the next process is made: the run that begins comes first."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process with its order; `said` is a file that holds what it has to complain of."""

    process: "subprocess.Popen[bytes]"
    said: Path


class Spare:
    """One process ahead, nearly always; for one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: Process | None = self._born()
        self._ordered = 0.0

    def with_order(self, order: Mapping[str, Any]) -> Process:
        """The one that waits, told what to do; another takes its place."""
        taken = self._waiting
        if taken is None or taken.process.poll() is not None:
            self.let_go()
            taken = self._born()
        self._waiting, self._ordered = None, time.monotonic()
        _say(taken.process, json.dumps(order).encode())
        return taken

    def refill(self) -> None:
        """See that one waits, soon."""
        if self._waiting is None and time.monotonic() - self._ordered >= PAUSE:
            self._waiting = self._born()

    def let_go(self) -> None:
        """Without an order it ends by itself."""
        if self._waiting is not None:
            gone, self._waiting = self._waiting, None
            _say(gone.process, b"")
            gone.process.wait()
            drop_if_empty(gone.said)

    def _born(self) -> Process:
        said = _log(self._settings.home)
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            process = own_process(self._settings, "engine.detached", said=descriptor)
        finally:
            os.close(descriptor)
        return Process(process, said)


def drop_if_empty(said: Path) -> None:
    """Remove the file of a process that had nothing to complain of."""
    with suppress(FileNotFoundError):
        if not said.stat().st_size:
            said.unlink()


def _say(process: "subprocess.Popen[bytes]", order: bytes) -> None:
    if process.stdin is not None:
        # One that was killed meanwhile is found out by its exit.
        with suppress(BrokenPipeError), process.stdin as line:
            line.write(order)


def _log(home: Path) -> Path:
    """A new file for what a process has to say; the oldest give way."""
    folder = private_folder(home / "logs")
    for old in sorted(folder.glob("run-*.log"))[:-MOST_LOGS]:
        old.unlink(missing_ok=True)
    return folder / f"run-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns()}.log"
