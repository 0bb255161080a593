"""`linkdeck` as a person or a script calls it: a process of its own, in a pipe or on a terminal."""

import contextlib
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
QUIET = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line said, and how it ended."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


def environment(home: Path | None, more: Mapping[str, str]) -> dict[str, str]:
    """What the process sees: a home of its own, and little else of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    at_home = {"LINKDECK_HOME": str(home)} if home else {}
    return {**kept, **QUIET, **at_home, **more}


def linkdeck(*words: str, home: Path | None = None, **environ: str) -> Answer:
    """Call it with pipes on both sides."""
    done = subprocess.run(
        [sys.executable, "-m", "console", *words],
        capture_output=True,
        check=False,
        cwd=home if home and home.is_dir() else ROOT,
        env=environment(home, environ),
        timeout=60,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def on_terminal(
    *words: str, home: Path | None = None, columns: int = 80, **environ: str
) -> Answer:
    """Call it on a terminal of so many columns; stdout and stderr come as one."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "console", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home if home and home.is_dir() else ROOT,
        env=environment(home, {"TERM": "xterm-256color", **environ}),
    )
    os.close(theirs)
    said = bytearray()
    # The terminal answers EIO once its other end is closed.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 65536):
            said += part
    os.close(ours)
    return Answer(process.wait(60), said.decode().replace("\r\n", "\n"), "")
