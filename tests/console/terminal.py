"""The real command on a pseudo-terminal: what it writes, and what a terminal would show of it."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[()][AB0]|\x1b[=>78cDEHM]"
    rb"|\x1b\]22;[a-z]+\x07"  # the shape of the mouse pointer
)
TOKEN = re.compile(
    rb"\x1b\[(?P<place>[\d;]*)H|(?P<clear>\x1b\[2J)|" + SEQUENCE.pattern + rb"|(?P<char>"
    rb"[\x00-\x1a\x1c-\x7f]|[\xc0-\xdf][\x80-\xbf]"
    rb"|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3})"
)
LIMIT = 30.0


class Screen:
    """What a terminal would show: characters where they were put."""

    def __init__(self, columns: int, rows: int) -> None:
        self._rows = [[" "] * columns for _ in range(rows)]
        self._rest = b""
        self._x = self._y = 0

    def take(self, part: bytes) -> None:
        """Obey the places, pass over all other codes, put the characters."""
        data, at, half = self._rest + part, 0, b""
        last = data.rfind(b"\x1b")
        if last >= 0 and TOKEN.match(data, last) is None:
            data, half = data[:last], data[last:]
        for match in TOKEN.finditer(data):
            at = match.end()
            self._obey(match)
        self._rest = data[at:] + half

    def _obey(self, match: "re.Match[bytes]") -> None:
        place, char = match.group("place"), match.group("char")
        if place is not None:
            row, _, column = place.decode().partition(";")
            self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        elif match.group("clear") is not None:
            self._rows = [[" "] * len(row) for row in self._rows]
        elif char == b"\n":
            self._y += 1
        elif char == b"\r":
            self._x = 0
        elif char is not None:
            self._put(char.decode("utf-8", "replace"))

    def _put(self, char: str) -> None:
        size = cell_len(char)
        if self._y < len(self._rows) and self._x < len(self._rows[0]):
            row = self._rows[self._y]
            if size:
                row[self._x : self._x + size] = [char] + [""] * (size - 1)
            elif self._x:
                row[self._x - 1] += char
        self._x += size

    def text(self) -> str:
        """Its lines."""
        return "\n".join("".join(row) for row in self._rows)


class Terminal:
    """A process whose three standard streams are one terminal; a thread reads what it says.

    `rate`: bytes a second that the line takes.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        home: Path,
        size: tuple[int, int] = (80, 24),
        rate: int | None = None,
        **environ: str,
    ) -> None:
        self._ours, self._theirs = pty.openpty()
        columns, rows = size
        window = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, window)
        self.before = self.attributes()
        self.screen = Screen(columns, rows)
        self.last = time.monotonic()
        self._rate, self._said = rate, bytearray()
        self._news = threading.Condition()
        self.process = _started(words, self._theirs, home, environ)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(LIMIT)
        os.close(self._theirs)
        self._reader.join(LIMIT)
        os.close(self._ours)

    @property
    def said(self) -> bytes:
        """Everything so far."""
        return bytes(self._said)

    @property
    def text(self) -> str:
        """Everything so far without terminal sequences."""
        return SEQUENCE.sub(b"", self.said).decode("utf-8", "replace")

    def send(self, keys: str) -> None:
        """As if typed."""
        os.write(self._ours, keys.encode())

    def sees(self, *texts: str, within: float = LIMIT) -> None:
        """Until all of these stand on the screen."""
        self._until(
            lambda: all(text in self.screen.text() for text in texts), texts, within
        )

    def says(self, text: str) -> None:
        """Until it has said so, wherever."""
        self._until(lambda: text in self.text, text)

    def attributes(self) -> list[object]:
        """How the terminal is set now."""
        return list(termios.tcgetattr(self._theirs))

    def _until(
        self, holds: Callable[[], bool], what: object, within: float = LIMIT
    ) -> None:
        end = time.monotonic() + within
        with self._news:
            while not holds():
                left = end - time.monotonic()
                assert left > 0, f"{what!r} did not come:\n{self.screen.text()}"
                self._news.wait(left)

    def _read(self) -> None:
        # The terminal answers EIO once nobody holds its other end.
        with contextlib.suppress(OSError):
            while part := os.read(self._ours, 2048 if self._rate else 65536):
                with self._news:
                    self._said += part
                    self.screen.take(part)
                    self.last = time.monotonic()
                    self._news.notify_all()
                if self._rate:
                    time.sleep(len(part) / self._rate)


def _started(
    words: Sequence[str], terminal: int, home: Path, environ: dict[str, str]
) -> "subprocess.Popen[bytes]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ours = {
        "LINKDECK_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "console", *words],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=ROOT,
        start_new_session=True,
        env={**kept, **ours, **environ},
    )
