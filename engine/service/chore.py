"""Something the service does again and again."""

from datetime import datetime
from typing import Protocol


class Chore(Protocol):
    """One theme's work: `do` is called every `every` seconds, on a thread of its own.

    Calls of one chore never overlap. It may raise LinkdeckError: that is logged once for each
    distinct sentence, and it is tried again.
    """

    @property
    def name(self) -> str: ...

    @property
    def every(self) -> float: ...

    def do(self, now: datetime) -> None: ...
