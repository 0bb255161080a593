"""Ctrl+c, a hang-up or a TERM while a run goes: the first lets it finish what is in flight."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from console.format import counted
from engine.domain.requests import Stop

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RESTORE_CURSOR = b"\x1b[?25h"


class Interrupt:
    """What signals said so far; the second one ends the process where it stands.

    `flying` is how many Batches are in flight, as far as is known; `drawn` is set where a live
    display shows the sentence itself.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.signal: int | None = None
        self.flying: int | None = None
        self.drawn = False

    @property
    def code(self) -> int | None:
        """The exit code that says so, where a signal came."""
        return None if self.signal is None else 128 + self.signal

    @property
    def sentence(self) -> str:
        """What is going on, once a signal came."""
        return f"{self.finishing}; press ctrl+c again to stop at once"

    @property
    def finishing(self) -> str:
        """What a run that was asked to stop still does."""
        if not self.flying:
            return "finishing what is in flight"
        return f"finishing {counted(self.flying, 'batch', 'batches')} in flight"

    def heard(self, number: int, frame: FrameType | None) -> None:
        """A signal arrived."""
        del frame
        if self.signal is not None:
            self._end()
        self.signal = number
        self._stop.now("interrupted" if number == signal.SIGINT else "terminated")
        if not self.drawn:
            _write(f"\n{self.sentence}\n".encode())

    def _end(self) -> None:
        # As after kill -9: the store is whole, and the Sync Event waits for `resume`.
        _write(
            (RESTORE_CURSOR if self.drawn else b"")
            + b"\nstopped at once; the next linkdeck run of the Link resumes it\n"
        )
        os._exit(self.code or 1)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear signals meanwhile, but those that whoever started this process has shut off."""
        open_to = [
            each for each in STOPPING if signal.getsignal(each) is not signal.SIG_IGN
        ]
        before = {each: signal.signal(each, self.heard) for each in open_to}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _write(text: bytes) -> None:
    # Straight to the descriptor: a handler may have broken into a write of sys.stderr.
    try:
        os.write(2, text)
    except OSError:
        return
