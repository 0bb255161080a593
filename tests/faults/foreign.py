"""Foreign code for a python stage: it waits, or ends its process, at chosen records."""

import os
import signal
from pathlib import Path

from tests.faults.observing import until

STAGE = """
  - name: foreign
    python: foreign_code:{function}
"""

CODE = """
import multiprocessing
import os
import threading
from pathlib import Path

HERE = Path(__file__).parent

def wait_at_50_and_150(record):
    if record.fields["id"] in (50, 150) and not (HERE / "gate").exists():
        (HERE / f"begun-{os.getpid()}").touch()
        threading.Event().wait()
    return record

def end_at_50(record):
    if record.fields["id"] == 50:
        os._exit(7)
    return record

if %(unborn)r and multiprocessing.parent_process() is not None:
    os._exit(7)
"""


class Foreign:
    """The module beside a Link, and what it shows of itself."""

    def __init__(self, links: Path, *, unborn: bool = False) -> None:
        self._links = links
        code = CODE % {"unborn": unborn}
        (links / "foreign_code.py").write_text(code, encoding="utf-8")

    def waiting(self, workers: int) -> tuple[int, ...]:
        """The processes that wait in their stage, once there are so many."""
        return until(lambda: self._waiting(workers))

    def open_gate(self) -> None:
        """Let every later Batch through."""
        (self._links / "gate").touch()

    def end_waiting(self) -> None:
        """Kill those that wait: their Batches begin anew, with the gate open."""
        self.open_gate()
        for pid in self._waiting(1):
            os.kill(pid, signal.SIGKILL)

    def _waiting(self, workers: int) -> tuple[int, ...]:
        begun = [each.name for each in self._links.glob("begun-*")]
        pids = tuple(int(name.removeprefix("begun-")) for name in begun)
        return pids if len(pids) >= workers else ()
