"""The systems on both sides of the Link under test, and a log of all that happened there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from engine.domain.adapter import (
    Load,
    Lookup,
    Plan,
    Receipt,
    SourceContext,
    SourceTraits,
    TargetContext,
    TargetTraits,
    Waits,
    Writers,
)
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, Window
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
    Tier,
)
from engine.domain.requests import Stop

Key = tuple[Any, ...]


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


@dataclass
class Systems:
    """Source and target as they are, whatever Linkdeck believes; picklable.

    `log` tells in order what was asked, answered and done.
    """

    idempotent: bool = True
    lookup: str = "bulk"
    writers: str = "many"
    rows: dict[int, Row] = field(default_factory=dict)
    seq: int = 0
    held: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    log: list[tuple[Any, ...]] = field(default_factory=list)

    versions: int = 0

    def write(
        self, number: int, email: str, *, skip: bool = False, late: bool = False
    ) -> None:
        """A new record, or a newer version of one; `late`: seen after others of its moment."""
        self.seq += not late
        self.versions += 1
        self.rows[number] = Row(number, self.versions, self.seq, email, skip)


class Now:
    """What this process works with at the moment: systems, faults, and how to crash."""

    systems: ClassVar[Systems] = Systems()
    faults: ClassVar[Faults] = Faults()
    stop: ClassVar[Stop] = Stop()
    crash: ClassVar[Callable[[], None] | None] = None
    points: ClassVar[int] = 0
    turns: ClassVar[int] = 0

    @classmethod
    def begin(cls, faults: Faults, crash: Callable[[], None] | None = None) -> Stop:
        """Another thing is done, with these faults; the switch that cancels it."""
        cls.faults, cls.crash = faults, crash
        cls.points = cls.turns = 0
        cls.stop = Stop()
        return cls.stop

    @classmethod
    def point(cls) -> None:
        """Somewhere a crash would be interesting."""
        cls.points += 1
        if cls.crash is not None and cls.points == cls.faults.crash_at:
            cls.crash()

    @classmethod
    def turn(cls) -> None:
        """Somewhere a person may press cancel."""
        cls.turns += 1
        if cls.turns == cls.faults.cancel_at:
            cls.stop.now("changed my mind")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOptions:
    """Nothing to say."""


@dataclass(frozen=True, slots=True)
class _Raw:
    rows: Sequence[Mapping[str, Any]]

    def at(self, place: int) -> bytes:
        return msgspec.json.encode(self.rows[place])


class WorldSource:
    """Records by their numbers, changes by their place in one sequence."""

    Options: ClassVar[type[NoOptions]] = NoOptions
    # As if the processor were waited for: the coordinator then does all by itself, in order.
    traits = SourceTraits(change_filter=ChangeFilter.COLUMN, waits=Waits.PROCESSOR)

    def __init__(self, options: NoOptions, context: SourceContext) -> None:
        del options
        self._size = context.batch_size

    def plan_fetch(self, window: Window) -> Plan:
        """The records of the window, some numbers a Batch."""
        systems = Now.systems
        if Now.faults.unplannable:
            raise SystemSyncError(
                "the shop is closed", code="closed", error_class=ErrorClass.AVAILABILITY
            )
        until = systems.seq if window.until is None else int(str(window.until))
        since = -1 if window.since is None else int(str(window.since))
        found = sorted(row.id for row in systems.rows.values() if since <= row.seq <= until)
        parts = [found[at : at + self._size] for at in range(0, len(found), self._size)]
        rows = tuple(row for row in systems.rows.values() if row.seq <= until)
        systems.log.append(("planned", since, until, tuple(map(tuple, parts)), rows))
        scopes = [{"what": f"orders {part}", "ids": part} for part in parts]
        return Plan(scopes, until)

    def fetch(self, scope: Scope) -> Fetched:
        """The records of these numbers as they are now; those that are gone are left out."""
        Now.turn()
        ids = set(scope["ids"])
        if ids & Now.faults.denied:
            raise SystemSyncError(
                "the shop wants a new password",
                code="denied",
                error_class=ErrorClass.AUTHORIZATION,
            )
        if ids & Now.faults.times_out:
            raise BatchSyncError(
                "the shop took too long",
                code="timeout",
                error_class=ErrorClass.AVAILABILITY,
            )
        rows = [Now.systems.rows[each] for each in sorted(ids) if each in Now.systems.rows]
        Now.systems.log.append(("fetched", tuple(rows)))
        documents = [row.document() for row in rows]
        return Fetched(documents, _Raw(documents), unit="order")

    def close(self) -> None:
        """Nothing is held open."""


class WorldTarget:
    """Holds the newest write of each key; can take one and lose the answer."""

    Options: ClassVar[type[NoOptions]] = NoOptions
    traits = TargetTraits()
    encoders: Mapping[str, Callable[[Any], Any]] = {}

    def __init__(self, options: NoOptions, context: TargetContext) -> None:
        del options
        systems = Now.systems
        self.traits = TargetTraits(
            idempotent=systems.idempotent,
            lookup=Lookup(systems.lookup),
            writers=Writers(systems.writers),
            waits=Waits.PROCESSOR,
        )
        if context.event:
            systems.log.append(("event", context.event))

    def open(self) -> None:
        """Nothing to open, unless it is shut."""
        if Now.faults.shut:
            raise SystemSyncError(
                "the warehouse is shut", code="shut", error_class=ErrorClass.AVAILABILITY
            )

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """Write record by record; what happened is in the log before anybody is told."""
        Now.turn()
        Now.point()
        if Now.faults.down:
            self._told(loads, "down")
            raise BatchSyncError(
                "the warehouse refuses connections",
                code="down",
                error_class=ErrorClass.AVAILABILITY,
                refused=True,
            )
        receipts = [self._taken(load) for load in loads]
        Now.point()
        if any(key[0] in Now.faults.broken for load in loads for key in load.keys):
            self._told(loads, "broken")
            raise BatchSyncError(
                "the line to the warehouse broke",
                code="broken",
                error_class=ErrorClass.TRANSIENT,
            )
        return receipts

    def lookup(self, keys: Sequence[Key]) -> Mapping[Key, Mapping[str, Any] | None]:
        """What it holds for each key; nothing where it cannot be asked."""
        if self.traits.lookup is Lookup.NONE:
            return {}
        held = Now.systems.held
        answer = {key: held.get(key[0]) for key in keys}
        Now.systems.log.append(("asked", {key[0]: row for key, row in answer.items()}))
        return {key: None if row is None else _named(row) for key, row in answer.items()}

    def close(self) -> None:
        """Nothing is held open."""

    def _told(self, loads: Sequence[Load], answer: str) -> None:
        for load in loads:
            said = {key[0]: answer for key in load.keys}
            Now.systems.log.append(("answered", load.batch, said))

    def _taken(self, load: Load) -> Receipt:
        answers: dict[int, str] = {}
        faults: list[tuple[int, SyncError]] = []
        doubts: list[tuple[int, SyncError]] = []
        columns = load.columns or ()
        for place, values in enumerate(load.rows):
            named = dict(zip(columns, values, strict=True))
            row = (named["id"], named["version"], named["email"] or "")
            answer = self._answer(row, uncertain=load.uncertain)
            answers[row[0]] = answer
            if answer == "refused":
                faults.append((place, _refusal()))
            elif answer != "written":
                doubts.append((place, _doubt()))
        Now.systems.log.append(("answered", load.batch, answers))
        written = len(load.rows) - len(faults) - len(doubts)
        return Receipt(load.batch, written, tuple(faults), tuple(doubts))

    def _answer(self, row: tuple[int, int, str], *, uncertain: bool) -> str:
        faults, systems = Now.faults, Now.systems
        number = row[0]
        if number in faults.refused:
            return "refused"
        if uncertain and not self.traits.idempotent:
            if self.traits.lookup is Lookup.NONE:
                return "doubt"
            if systems.held.get(number) == row:
                return "written"
        if number in faults.unanswered:
            return "doubt"
        systems.log.append(("effect", row, systems.held.get(number)))
        systems.held[number] = row
        return "doubt" if number in faults.lost else "written"


def _named(row: tuple[int, int, str]) -> dict[str, Any]:
    return dict(zip(("id", "version", "email"), row, strict=True))


def _refusal() -> SyncError:
    return RecordSyncError(
        "the warehouse does not take this", code="refused", error_class=ErrorClass.TRANSIENT
    )


class _Unanswered(SyncError):
    """A write whose answer never came."""

    tier = Tier.RECORD


def _doubt() -> SyncError:
    return _Unanswered(
        "the answer never came", code="in_doubt", error_class=ErrorClass.PARTIAL_LOAD
    )


CATALOGUE: Mapping[str, Mapping[str, type[Any]]] = {
    # Under the name of one of ours: what ships with Linkdeck is run in its own process.
    "source": {"memory": WorldSource},
    "target": {"memory": WorldTarget},
}
