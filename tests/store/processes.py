"""Real processes over the same store, spoken to by lines."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.store.conftest import Place

ROOT = Path(__file__).parents[2]


class Process:
    """A module of the tests in a process of its own."""

    def __init__(self, module: str, place: Place, *arguments: str) -> None:
        where = [str(place.home), *([place.url] if place.url else [])]
        self.popen = subprocess.Popen(
            [sys.executable, "-m", f"tests.store.{module}", *arguments, *where],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tells(self, line: str) -> None:
        """Give it a line, and do not wait."""
        pipe = _pipe(self.popen.stdin)
        pipe.write(f"{line}\n")
        pipe.flush()

    def says(self) -> str:
        """The next line it prints."""
        return _pipe(self.popen.stdout).readline().rstrip("\n")


@contextmanager
def process(module: str, place: Place, *arguments: str) -> Iterator[Process]:
    """The process, killed and reaped at the end if it still lives."""
    started = Process(module, place, *arguments)
    try:
        yield started
    finally:
        started.popen.kill()
        started.popen.communicate()


def can_mount() -> bool:
    """Whether a process here can have file systems of its own."""
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def in_namespace(script: str, *arguments: str) -> str:
    """What a shell script says that has file systems of its own."""
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-ec", script, "sh", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
