"""Facts other processes bring about, asked for until they hold."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

T = TypeVar("T")

PATIENCE = 30.0


def until(seen: Callable[[], T | None], *, patience: float = PATIENCE) -> T:
    """The first answer that is something; fails after half a minute without one."""
    nobody, ends = threading.Event(), time.monotonic() + patience
    while not (answer := seen()):
        assert time.monotonic() < ends, "it did not come about in time"
        nobody.wait(0.005)
    return answer


def dead(pid: int) -> bool:
    """Whether a process runs no more; it may still wait for somebody to take note."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
