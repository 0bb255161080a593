"""Whether a process that wrote its name into the store is still alive, as far as can be told."""

import socket
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from engine.domain.values import dataclass

LEASE = timedelta(seconds=60)
"""How long a process on another host is believed alive after its last heartbeat."""

_SAME_START = 2.0
"""Seconds by which the start of one process may be told differently at two times."""


@dataclass(frozen=True, slots=True)
class Here:
    """What this host calls itself, and how long it believes the others."""

    host: str = field(default_factory=socket.gethostname)
    lease: timedelta = LEASE

    def lives(self, row: Row[Any], now: datetime) -> bool:
        """Whether the process of a row is alive; nobody's row has none.

        The row has `host`, `pid`, `process_started` and `heartbeat_at`.
        """
        if not row.host:
            return False
        if row.host == self.host:
            return process_lives(row.pid, float(row.process_started))
        fresh: bool = now - row.heartbeat_at < self.lease
        return fresh


def process_lives(pid: int, started: float) -> bool:
    """Whether this process of this host runs, and is not another of the same number."""
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return not ended and abs(process.create_time() - started) < _SAME_START
    except psutil.NoSuchProcess:
        return False
