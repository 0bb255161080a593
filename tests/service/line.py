"""A terminal at the end of a line that can break: the kernel hangs up on who sits at it."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.console.terminal import Screen
from tests.stories.command_line import ROOT, environment

LIMIT = 60.0
ON_A_LINE = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'console'])\n"
)
"""What gives a process its controlling terminal, as a login over SSH has one."""


class Line:
    """`linkdeck` at the other end, on 120 columns and 40 rows."""

    def __init__(self, home: Path, **environ: str) -> None:
        self._ours, theirs = pty.openpty()
        self._screen = Screen(120, 40)
        size = {"COLUMNS": "120", "LINES": "40", "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_A_LINE],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=environment(home, {**size, **environ}),
            start_new_session=True,
        )
        os.close(theirs)

    def sees(self, *texts: str) -> None:
        """Until all of these stand on the screen."""
        ends = time.monotonic() + LIMIT
        while not all(text in self._screen.text() for text in texts):
            left = ends - time.monotonic()
            assert left > 0, f"{texts} did not come:\n{self._screen.text()}"
            if select.select([self._ours], [], [], left)[0]:
                self._screen.take(os.read(self._ours, 65536))

    def send(self, keys: str) -> None:
        """As if typed."""
        os.write(self._ours, keys.encode())

    def drop(self) -> None:
        """It breaks, and whoever sat at it is gone."""
        os.close(self._ours)
        self.process.wait(LIMIT)
