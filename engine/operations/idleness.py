"""How many processors nobody needs: what the kernel counted over the last moments."""

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")

_NICE, _IDLE, _IOWAIT = 1, 3, 4
"""Places among the counters of a processor line, in ticks."""

_A_MOMENT = 0.05
"""Seconds below which the kernel's ticks, a hundred a second, say too little."""


class Idleness:
    """Watches the processors from the moment it is made."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._before = _unneeded()

    def processors(self) -> float:
        """How many were free on average, or held by work of lower priority.

        Where the kernel does not tell, or no time has passed, the load average stands in: it
        remembers a minute, so that it says busy long after.
        """
        cores = os.cpu_count() or 1
        seconds = time.monotonic() - self._since
        after = _unneeded()
        if self._before is None or after is None or seconds < _A_MOMENT:
            return cores - os.getloadavg()[0]
        return min((after - self._before) / seconds, cores)


def _unneeded() -> float | None:
    """Seconds that all processors together have spent idle or on niced work; None: unknown."""
    try:
        first = _STAT.read_text().partition("\n")[0]
    except OSError:
        return None
    ticks = [int(each) for each in first.split()[1:]]
    # Niced work gives way to ours unless we are niced ourselves.
    yielding = ticks[_NICE] if os.nice(0) <= 0 else 0
    return (ticks[_IDLE] + ticks[_IOWAIT] + yielding) / os.sysconf("SC_CLK_TCK")
