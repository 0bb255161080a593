"""A command measured from outside: wall time, CPU time and memory of all its processes."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLES_PER_SECOND = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds of wall clock and of processor, peak MiB (PSS) of all its processes."""

    wall: float
    cpu: float
    peak: float
    output: str


def run(
    command: Sequence[str], *, folder: Path, environ: dict[str, str] | None = None
) -> Measured:
    """Run a command to its end. Raises RuntimeError with its output where it fails."""
    before = os.times()
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        peak = _Peak(process.pid)
        output, _ = process.communicate()
        wall = time.perf_counter() - began
        peak.stop()
    after = os.times()
    if process.returncode not in (0, 3):
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}:\n{output[-2000:]}"
        )
    cpu = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return Measured(wall, cpu, peak.mebibytes, output)


class _Peak(threading.Thread):
    """Watches the proportional set size of a process and all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.mebibytes = 0.0
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self.start()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(1 / SAMPLES_PER_SECOND):
            self.mebibytes = max(self.mebibytes, self._now())

    def _now(self) -> float:
        total = 0
        try:
            for process in (self._root, *self._root.children(recursive=True)):
                total += process.memory_full_info().pss
        except psutil.Error:
            return 0.0
        return total / 2**20
