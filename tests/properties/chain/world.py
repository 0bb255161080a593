"""The systems on both sides of the Link under test, and a log of all that happened there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from engine.domain.requests import Stop


@dataclass(frozen=True)
class Row:
    """One version of a source record. `email` may be blank, `skip` is left out by a stage."""

    id: int
    version: int
    seq: int
    email: str
    skip: bool = False

    @property
    def sent(self) -> tuple[int, int, str]:
        """What the target gets of it."""
        return self.id, self.version, self.email

    def document(self) -> dict[str, Any]:
        """The record as the source gives it."""
        return {
            "id": self.id,
            "version": self.version,
            "seq": self.seq,
            "email": self.email,
            "skip": self.skip,
        }


@dataclass
class Faults:
    """What goes wrong while one thing is done; nothing, where all is empty."""

    unplannable: bool = False
    shut: bool = False
    times_out: frozenset[int] = frozenset()
    denied: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()
    unanswered: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()
    down: bool = False
    cancel_at: int | None = None
    crash_at: int | None = None


Sent = tuple[int, int, str]
"""What the target gets of a record: its number, its version, its address."""


@dataclass
class Systems:
    """Source and target as they are, whatever Linkdeck believes; picklable.

    `paging`: whether all pages are known beforehand, or each names the next. `log` tells in order
    what was asked, answered and done. `late` are writes that were sent, and may take hold yet:
    by number what was sent, what was held then, and the Sync Event. `commits` counts transactions
    of the store.
    """

    idempotent: bool = True
    lookup: str = "bulk"
    writers: str = "many"
    paging: str = "known"
    rows: dict[int, Row] = field(default_factory=dict)
    seq: int = 0
    held: dict[int, Sent] = field(default_factory=dict)
    late: dict[int, tuple[Sent, Sent | None, int]] = field(default_factory=dict)
    log: list[tuple[Any, ...]] = field(default_factory=list)
    versions: int = 0
    commits: int = 0

    def write(
        self, number: int, email: str, *, skip: bool = False, late: bool = False
    ) -> None:
        """A new record, or a newer version of one; `late`: seen after others of its moment."""
        self.seq += not late
        self.versions += 1
        self.rows[number] = Row(number, self.versions, self.seq, email, skip)

    def land(self) -> None:
        """Writes that were on their way take hold, where nothing else did meanwhile."""
        for number, (row, before, event) in self.late.items():
            if self.held.get(number) == before:
                self.log.append(("landed", event, row))
                self.held[number] = row
        self.late.clear()


class Died(BaseException):
    """What ends a process at once: no wall of the engine stops it."""


class Now:
    """What this process works with at the moment: systems, faults, and how to crash."""

    systems: ClassVar[Systems] = Systems()
    faults: ClassVar[Faults] = Faults()
    stop: ClassVar[Stop] = Stop()
    crash: ClassVar[Callable[[], None] | None] = None
    points: ClassVar[int] = 0
    turns: ClassVar[int] = 0
    dead: ClassVar[bool] = False
    life: ClassVar[int] = 0

    @classmethod
    def die(cls) -> None:
        """Play a process that dies here: whatever still runs of it does nothing any more."""
        cls.dead = True
        raise Died

    @classmethod
    def begin(cls, faults: Faults, crash: Callable[[], None] | None = None) -> Stop:
        """Another thing is done, with these faults; the switch that cancels it."""
        cls.faults, cls.crash = faults, crash
        cls.points = cls.turns = 0
        cls.dead = False
        cls.stop = Stop()
        return cls.stop

    @classmethod
    def point(cls) -> None:
        """Somewhere a crash would be interesting."""
        if cls.dead:
            raise Died
        cls.points += 1
        if cls.crash is not None and cls.points == cls.faults.crash_at:
            cls.crash()

    @classmethod
    def turn(cls) -> None:
        """Somewhere a person may press cancel."""
        cls.turns += 1
        if cls.turns == cls.faults.cancel_at:
            cls.stop.now("changed my mind")
