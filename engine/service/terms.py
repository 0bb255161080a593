"""How an engine is to work; what is asked of it on the command line."""

from engine.domain.values import dataclass

PARALLEL = 4
IDLE_EXIT = 60.0
"""Seconds an engine that a console started stays when there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`parallel` Links at once; `idle_exit` seconds of nothing to do end it, where set.

    `listen` is an address (127.0.0.1:8377) or a socket (unix:PATH); `anywhere`: other machines may
    reach it. `foreground`: a person reads
    along on stderr.
    """

    parallel: int = PARALLEL
    idle_exit: float | None = None
    listen: str | None = None
    anywhere: bool = False
    log_json: bool = False
    foreground: bool = False
