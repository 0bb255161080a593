"""`linkdeck` as a person or a script calls it: a process of its own, in a pipe or on a terminal."""

import contextlib
import fcntl
import gc
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.cli import main

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
    """Call it by its entry point, in this process, with files for stdout and stderr."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(home, environ))
    try:
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            code = main(words)
    finally:
        os.environ.clear()
        os.environ.update(before)
        # Commands that end at once leave the collector off; this process goes on.
        gc.enable()
    return Answer(code, *map(_said, streams))


def _said(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def in_a_process(*words: str, home: Path | None = None, **environ: str) -> Answer:
    """Call it as a process of its own, with pipes on both sides."""
    done = subprocess.run(
        [sys.executable, "-m", "console", *words],
        capture_output=True,
        check=False,
        cwd=ROOT,
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
        cwd=ROOT,
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
