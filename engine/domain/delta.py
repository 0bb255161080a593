"""Windows and marks: from where a run fetches changes, and up to where (M1-M4)."""

from datetime import datetime
from enum import StrEnum

from engine.domain.values import dataclass

MarkValue = datetime | int | str
"""A point in time (aware, UTC), or the value of a source's change column."""


class ChangeFilter(StrEnum):
    """What a source can be asked for: changes since a time, above a column's value, or nothing."""

    NONE = "none"
    TIME = "time"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Window:
    """What a run asks for: from `since`, inclusive, up to `until`; None is unbounded.

    `since` already has the look-back taken off. `until` is fixed before the first fetch.
    """

    since: MarkValue | None = None
    until: MarkValue | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Last Successful Sync of a Link, and the hash of the source block it holds for (M3)."""

    value: MarkValue
    set_by: int
    source_hash: str


@dataclass(frozen=True, slots=True)
class Run:
    """One ended or running Sync Event of a Link, as the decision about its mark needs it.

    `moves`: it may move the mark at all (kind sync, a change filter, not `--since`). `accounted`:
    nothing of it, or of what its failures moved into, is open.
    """

    event: int
    window: Window
    source_hash: str
    planned: bool
    ended: bool
    accounted: bool
    moves: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where Last Successful Sync stands now, who holds it back, and who took over from whom.

    `taken_over` maps an earlier Sync Event to the later one whose window covers it (M2).
    """

    mark: Mark | None
    held_by: tuple[int, ...] = ()
    taken_over: tuple[tuple[int, int], ...] = ()
    would_move_to: MarkValue | None = None
