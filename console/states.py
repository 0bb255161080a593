"""How a state looks: a glyph, a word and a colour, so that no one of the three stands alone."""

from engine.domain.batch import BatchState
from engine.domain.outcome import Status
from engine.domain.snapshot import RecordState
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """One state: its glyph, the glyph in ASCII, the name of its colour."""

    glyph: str
    letter: str
    style: str

    def mark(self, *, unicode: bool) -> str:
        """The glyph that can be read there."""
        return self.glyph if unicode else self.letter


GOOD = Look("✓", "+", "good")
BUSY = Look("▶", ">", "busy")
WARNED = Look("!", "!", "warn")
BAD = Look("✗", "x", "bad")
IDLE = Look("·", ".", "quiet")
PAUSED = Look("=", "=", "warn")
ENDED = Look("□", "o", "warn")
LOST = Look("✗", "x", "bad")

STATUS = {
    Status.QUEUED: IDLE,
    Status.RUNNING: BUSY,
    Status.COMPLETED: GOOD,
    Status.COMPLETED_WITH_WARNINGS: WARNED,
    Status.FAILED: BAD,
    Status.CANCELLED: ENDED,
}

BATCH = {
    BatchState.WAITING: IDLE,
    BatchState.IN_FLIGHT: BUSY,
    BatchState.COMPLETED: GOOD,
    BatchState.FAILED: BAD,
    BatchState.NOT_ATTEMPTED: ENDED,
}

RECORD = {
    RecordState.OPEN: BAD,
    RecordState.UNMET: BAD,
    RecordState.IN_DOUBT: WARNED,
    RecordState.RETRYING: BUSY,
    RecordState.RECOVERED: GOOD,
    RecordState.SUPERSEDED: GOOD,
    RecordState.EQUAL: GOOD,
    RecordState.CARRIED: IDLE,
    RecordState.MOVED: IDLE,
    RecordState.DISCARDED: ENDED,
    RecordState.WARNED: WARNED,
    RecordState.KEPT: IDLE,
}


INTERRUPTED = "interrupted"
"""The word for a Sync Event that is not over and that nobody runs any more."""


def words(token: str) -> str:
    """A state's name as it is read: underscores are spaces."""
    return token.replace("_", " ")
