"""A real `linkdeck engine` in a process of its own, and what it leaves behind."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.faults.observing import dead, until
from tests.stories.command_line import ROOT, environment


class AnEngine:
    """Started with these flags; what it says on stderr is in a file."""

    def __init__(self, home: Path, *flags: str, **environ: str) -> None:
        self.home = home
        self.said = home / f"engine-{len(list(home.glob('engine-*.said')))}.said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "console", "engine", *flags],
                cwd=ROOT,
                env=environment(home, environ),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def ready(self) -> "AnEngine":
        """Once it takes what is queued."""
        until(lambda: "engine started" in self.said.read_text() or not self.runs())
        return self

    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def kill(self) -> None:
        """With -9; its runs are left to themselves."""
        self.process.kill()
        self.process.wait(30)

    def term(self) -> int:
        """In good order; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def of_home(home: Path) -> list[psutil.Process]:
    """Every process of the service that works for this home."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "environ"]):
        words, about = process.info["cmdline"] or [], process.info["environ"] or {}
        ours = any(word.startswith("engine.") for word in words) or "engine" in words
        at_home = process.info["cwd"] == str(home)
        if ours and (at_home or about.get("LINKDECK_HOME") == str(home)):
            found.append(process)
    return found


def end_all(home: Path) -> None:
    """Kill whatever still works for a home of this test."""
    for process in of_home(home):
        process.kill()
    until(lambda: all(dead(process.pid) for process in of_home(home)))
