"""The first page, read once while planning and kept until its Batch asks for it.

Kept for the whole process: the thread that prepares the first Batch has a source of its own.
"""

import threading

from engine.adapters.http.body import Answer
from engine.adapters.http.faults import Fault
from engine.adapters.http.manners import Ask
from engine.domain.errors import Attempt

Kept = tuple[Answer, tuple[Attempt, ...]] | Fault

_lock = threading.Lock()
_pages: dict[Ask, Kept] = {}


def keep(ask: Ask, outcome: Kept) -> None:
    """Remember what came of this request."""
    with _lock:
        _pages[ask] = outcome


def take(ask: Ask) -> Kept | None:
    """What came of this request, once."""
    with _lock:
        return _pages.pop(ask, None)
