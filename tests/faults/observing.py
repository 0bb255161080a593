"""Facts other processes bring about, asked for until they hold."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 30.0


def until(seen: Callable[[], T]) -> T:
    """The first answer that is something; fails after half a minute without one."""
    nobody, ends = threading.Event(), time.monotonic() + PATIENCE
    while not (answer := seen()):
        assert time.monotonic() < ends, "it did not come about in time"
        nobody.wait(0.005)
    return answer
