"""The Adapters of the systems under test: a source of pages, a target that answers or does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from tests.properties.chain.world import Now, Sent

Key = tuple[Any, ...]


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
        rows = tuple(row for row in systems.rows.values() if row.seq <= until)
        if systems.paging == "known":
            parts = [found[at : at + self._size] for at in range(0, len(found), self._size)]
            scopes = [_scope(part) for part in parts]
        else:
            scopes = self._next(found)
        first = tuple((tuple(each["ids"]), tuple(each["rest"])) for each in scopes)
        systems.log.append(("planned", since, until, first, rows))
        return Plan(scopes, until)

    def _next(self, rest: list[int]) -> list[dict[str, Any]]:
        """The page that comes next, which alone knows what comes after it."""
        return [_scope(rest[: self._size], rest[self._size :])] if rest else []

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
        follow = tuple(self._next(scope["rest"]))
        again = {**scope, "rest": []} if follow else None
        return Fetched(documents, _Raw(documents), unit="order", follow=follow, again=again)

    def close(self) -> None:
        """Nothing is held open."""


def _scope(ids: list[int], rest: list[int] | None = None) -> dict[str, Any]:
    return {"what": f"orders {ids}", "ids": ids, "rest": rest or []}


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
        self._event = context.event
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

    def _answer(self, row: Sent, *, uncertain: bool) -> str:
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
            systems.late[number] = row, systems.held.get(number), self._event
            return "doubt"
        systems.late.pop(number, None)
        systems.log.append(("effect", row, systems.held.get(number)))
        systems.held[number] = row
        return "doubt" if number in faults.lost else "written"


def _named(row: Sent) -> dict[str, Any]:
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
