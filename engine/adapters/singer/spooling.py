"""A tap read as it speaks, by a thread, into the parts of a spool."""

import os
import threading
from collections.abc import Callable
from typing import Any

from engine.adapters.singer.messages import decoded, message_of
from engine.adapters.singer.spool import End, Part, Spool
from engine.adapters.singer.tap import Tap
from engine.domain.errors import SyncError

LONGEST = 50_000_000
"""Bytes of one line; a longer one ends the stream, for what comes after cannot be told apart."""

_MOST = 16 << 20
"""About the most bytes of a part."""


class Spooling:
    """Reads one tap to its end. Holds the spool's lock as long as it lives."""

    def __init__(
        self, spool: Spool, lock: int, start: Callable[[Any], Tap], stream: str, size: int
    ) -> None:
        self._spool, self._lock, self._start = spool, lock, start
        self._stream, self._size = stream, size
        before = spool.last()
        kept = spool.part(before) if before else None
        self._number = before + 1
        self._first = 1 if kept is None else kept.first + kept.count
        self._schema = None if kept is None else kept.schema
        self._state = spool.start.state if kept is None else kept.state
        self._repeats = self._beyond = 0 if kept is None else kept.beyond
        self._lines: list[bytes] = []
        self._bytes = 0
        self._tap: Tap | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._read, name="spool", daemon=True)

    def begin(self) -> None:
        """Start to read."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still reads."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the tap and the reading; parts that are complete stay."""
        self._stopped = True
        if self._tap is not None:
            self._tap.end()
        self._thread.join()

    def _read(self) -> None:
        try:
            fault = self._through()
            if not self._stopped:
                self._finish(fault)
        except SyncError as cause:
            self._finish(f"could not be started: {cause.message}")
        except OSError as cause:
            # A full disk: whoever waits for a part is told, if that can still be written.
            self._finish(f"could not be kept: {cause.strerror or cause}")
        finally:
            os.close(self._lock)

    def _through(self) -> str | None:
        """Every message of the tap; why it broke off, None where it did not."""
        tap = self._tap = self._start(self._state)
        try:
            for line in iter(lambda: tap.stdout.readline(LONGEST), b""):
                if not line.endswith(b"\n") and len(line) >= LONGEST:
                    tap.end()
                    return f"sent a line of more than {LONGEST // 1_000_000} MB"
                self._heard(line)
            return tap.ended()
        finally:
            tap.end()
            tap.close()
            self._spool.forget("config.json")

    def _heard(self, line: bytes) -> None:
        message = message_of(line)
        if message is None:
            if not line.isspace():
                self._take(line)
        elif message.type == "STATE":
            self._state, self._beyond = decoded(message.value), 0
        elif message.stream is not None and message.stream != self._stream:
            return
        elif message.type == "SCHEMA":
            self._under(decoded(message.schema))
        elif message.type == "RECORD":
            self._take(line)

    def _under(self, schema: Any) -> None:
        """From here on records follow this schema; a part has one."""
        if self._lines and schema != self._schema:
            self._cut()
        self._schema = schema

    def _take(self, line: bytes) -> None:
        # Before the next record, not after the last: the state that follows it is of this part.
        if len(self._lines) >= self._size or self._bytes >= _MOST:
            self._cut()
        self._lines.append(line if line.endswith(b"\n") else line + b"\n")
        self._bytes += len(line)
        self._beyond += 1

    def _cut(self) -> None:
        part = Part(
            count=len(self._lines),
            first=self._first,
            schema=self._schema,
            state=self._state,
            beyond=self._beyond,
            repeats=self._repeats,
        )
        self._spool.keep(self._number, part, self._lines)
        self._first += part.count
        self._number += 1
        self._lines, self._bytes, self._repeats = [], 0, 0

    def _finish(self, fault: str | None) -> None:
        if self._lines:
            self._cut()
        self._spool.close(
            End(self._number - 1, self._spool.tries, fault=fault, state=self._state)
        )
