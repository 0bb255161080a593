"""A process that ends when the one that started it does, however that one ended."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.25


def die_with_parent(parent: int) -> None:
    """Tie this process to `parent`: told by the kernel where it can, and looking all the time."""
    signal.signal(signal.SIGUSR1, lambda _number, _frame: _leave_if_orphaned(parent))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGUSR1)
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while True:
        _leave_if_orphaned(parent)
        time.sleep(_LOOK_EVERY)


def _leave_if_orphaned(parent: int) -> None:
    # The kernel's signal comes when the starting thread ends, too: its process may live on.
    if os.getppid() != parent:
        os._exit(1)
