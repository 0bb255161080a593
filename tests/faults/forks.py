"""Runs that begin at once: forked off a process that has all imported, each a group of its own.

with Forks() as forks:
    group = forks.start(home, "run", "orders")
    kill(group)
"""

import contextlib
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.faults.observing import PATIENCE
from tests.stories.command_line import ROOT, environment

NEEDED = (
    "console.cli.parse",
    "console.cli.run",
    "engine.adapters.file.source",
    "engine.adapters.http.target",
    "engine.adapters.sql.target",
    "engine.definition.loader",
    "engine.filters.pipeline",
    "engine.operations.runs",
    "engine.store.store",
    "sqlalchemy.dialects.sqlite",
)
"""What a run imports, and would otherwise spend most of its life on."""


class Forks:
    """The process that forks; whatever it has started ends with the block."""

    def __init__(self) -> None:
        self._started: list[int] = []
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forks"],
            cwd=ROOT,
            env=environment(None, {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.communicate(timeout=PATIENCE)
        for group in self._started:
            kill(group)

    def start(self, home: Path, *words: str, environ: Mapping[str, str] = {}) -> int:
        """A command in the background; the number of its process and of its group."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        order = {"words": words, "environ": environment(home, environ)}
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        group = int(self._server.stdout.readline())
        self._started.append(group)
        return group


def kill(group: int) -> None:
    """End every process of the group with -9, if there is one left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def over(process: int, *, within: float) -> bool:
    """Whether the process ends in so many seconds."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], within)[0])
    finally:
        os.close(descriptor)


def _serve() -> None:
    for module in NEEDED:
        importlib.import_module(module)
    # Nobody waits for those it forks.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _become(**json.loads(line))
        # It has its group before anybody hears of it, and so can be killed by it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(process, process)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


def _become(words: list[str], environ: Mapping[str, str]) -> None:
    from console.cli import main

    with contextlib.suppress(PermissionError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.environ.clear()
    os.environ.update(environ)
    os._exit(main(words))


if __name__ == "__main__":
    _serve()
