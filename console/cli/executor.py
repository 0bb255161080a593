"""Where a run prepares its batches, as it is said on the command line."""

from difflib import get_close_matches

from engine.domain.cluster_address import EXECUTORS, cluster_address
from engine.domain.errors import Misused
from engine.domain.link import Workers

_WORDS = (Workers.THREADS.value, Workers.PROCESSES.value)


def executor(value: str | None) -> str | None:
    """What `--executor` names. Raises Misused where it names none."""
    if value is None or value in _WORDS or cluster_address(value):
        return value
    close = get_close_matches(value, _WORDS, n=1)
    hint = f", did you mean '{close[0]}'?" if close else ""
    raise Misused(
        f"--executor takes one of {EXECUTORS}, not '{value}'{hint} (linkdeck run --help)"
    )
