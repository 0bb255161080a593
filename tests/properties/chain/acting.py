"""How things are done to the engine, and what the oracle is told of them."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from engine.domain.errors import Refused
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Selection, Stop
from engine.domain.retry_plan import Choice, ItemClass
from engine.domain.sync_event import Kind, SyncEvent
from engine.engine import Engine
from tests.properties.chain.deck import Crashed, Deck, fresh
from tests.properties.chain.fates import Event, Item
from tests.properties.chain.oracle import Oracle
from tests.properties.chain.world import Faults, Now, Systems

T = TypeVar("T")

ANA = "ana@test"
_ACTIVE = (Status.QUEUED.value, Status.RUNNING.value)


class Acting(RuleBasedStateMachine):
    """One Link; the other attributes of the class say what its systems can do."""

    deck: ClassVar[Deck]
    idempotent: ClassVar[bool] = True
    lookup: ClassVar[str] = "bulk"
    writers: ClassVar[str] = "many"
    paging: ClassVar[str] = "known"

    def __init__(self) -> None:
        super().__init__()
        fresh(Systems(self.idempotent, self.lookup, self.writers, self.paging))
        self.oracle = Oracle(Now.systems)
        self.deck.begin()
        self.strict, self.replay = True, "off"
        self.choice: Choice | None = None
        self.include: frozenset[ItemClass] = frozenset()
        self.canary = False
        self.plans: list[str] = []
        self.heard = 0
        self.interrupted: int | None = None
        self.changed = True
        self.balances: dict[int, dict[str, int]] = {}
        self.deck.define(strict=self.strict, replay=self.replay)

    # Doing

    def do(self, act: Callable[[Engine, Stop], SyncEvent], faults: Faults) -> str | None:
        """Do it, and tell the oracle what the world saw; why it was refused, if it was."""
        refused, self.changed = None, True
        try:
            self.deck.do(act, faults)
        except Crashed:
            pass
        except Refused as refusal:
            refused = str(refusal)
        self.hear()
        return refused

    def hear(self) -> None:
        """The oracle told of all that was seen since the last time."""
        log = Now.systems.log[self.heard :]
        self.heard = len(Now.systems.log)
        self.oracle.hear(log, self._begun, self._ended)
        newest = self.deck.newest()
        self.interrupted = None
        if newest is not None and newest[1] in _ACTIVE:
            self._begun(newest[0])
            self.interrupted = newest[0]

    def decide(self, act: Callable[[Engine], T], crash_at: int | None) -> bool:
        """A person's act, one transaction; whether it counts, if its process died over it.

        Raises Refused.
        """
        before, self.changed = Now.systems.commits, True
        try:
            self.deck.do(lambda engine, stop: act(engine), Faults(crash_at=crash_at))
        except Crashed:
            return Now.systems.commits > before
        return True

    def _begun(self, number: int) -> None:
        if number in self.oracle.events:
            return
        seen = self.deck.engine.event(str(number))
        event = Event(seen.id, seen.parent, seen.root, seen.kind.value, self.strict)
        event.replay = self.replay
        if seen.kind is Kind.SYNC:
            event.moves = "since" not in seen.options
        elif seen.kind is Kind.REPLAY:
            event.strict = self.oracle.events[seen.root].strict
            event.replay = self.oracle.events[seen.root].replay
        elif self.choice is Choice.AS_RUN:
            event.strict = self.oracle.events[seen.parent or 0].strict
        self.oracle.begin(event)
        if seen.parent is not None:
            self._plan_begun(event, seen)

    def _plan_begun(self, event: Event, seen: SyncEvent) -> None:
        event.canary = self.canary and seen.kind is Kind.RETRY
        event.forced = ItemClass.CHANGED in self.include
        chain = self.deck.engine.chain(str(event.id))
        plan = next(each.plan for each in chain.events if each.event == event.id)
        items = self.deck.engine.plan_items(plan or "", limit=1000).items
        self.oracle.start_plan(event, items, include=self.include)

    def _ended(self, number: int) -> None:
        engine, event = self.deck.engine, self.oracle.events[number]
        ending = engine.event(str(number)).ending or Ending.DONE
        self.oracle.close_books(event, ending.value)
        records = engine.failures(str(number), Selection(), limit=1000).records
        mine = [item for item in self.oracle.items if item.event == number and item.row]
        assert len(records) == len(mine), f"failing records of #{number}"
        for record in records:
            item = next(each for each in mine if each.ids == (int(record.label),))
            self.oracle.by_snapshot[record.id] = item
        self.oracle.take_over()

    # Choosing

    def strict_of(self, choice: Choice, event: Event) -> bool:
        """The rule of the definition that is chosen."""
        return event.strict if choice is Choice.AS_RUN else self.strict

    def failing_events(self) -> list[Event]:
        """Those of which something waits."""
        events = self.oracle.events.values()
        return [each for each in events if self.oracle.open_below(each.id)]

    def records(self) -> list[Item]:
        """Failing records that wait."""
        return [item for item in self.oracle.items if item.open and item.row is not None]

    def doubts(self) -> list[Item]:
        """Records of which nobody knows whether they were written."""
        return [item for item in self.records() if item.state == "doubt"]

    def snapshot(self, item: Item) -> str:
        """What a person calls it by."""
        found = self.oracle.by_snapshot.items()
        return next(f"s{number}" for number, each in found if each is item)

    def selected(
        self, event: Event, way: str, which: int
    ) -> tuple[str, Selection, list[Item]]:
        """A selection, and the open failures it means."""
        items = self.oracle.open_below(event.id)
        records = [item for item in items if item.row is not None]
        ref = str(event.id)
        # Of an interrupted run nobody has been told the Snapshots yet.
        if way == "all" or self.interrupted or (way != "batch" and not records):
            return ref, Selection(), items
        item = records[which % len(records)] if records else items[which % len(items)]
        if way == "key":
            same = [each for each in records if each.ids == item.ids]
            return ref, Selection(keys=(str(item.ids[0]),)), same
        if way == "batch":
            item = items[which % len(items)]
            here = [
                each for each in items if (each.event, each.batch) == (event.id, item.batch)
            ]
            return ref, Selection(batch=item.batch), here
        if way == "where":
            same = [each for each in records if each.ids == item.ids]
            return ref, Selection(where=f"id == {item.ids[0]}"), same
        return self.snapshot(item), Selection(), [item]

    def classes(
        self, meant: list[Item], *, strict: bool, held: dict[int, Any]
    ) -> dict[Item | None, str]:
        """What a plan of these must say of each (P1)."""
        newest = {item.ids: item for item in meant if item.row is not None}
        return {
            item: "safe"
            if item.row is None
            else self.oracle.expected_class(item, strict=strict, held=held)
            if newest[item.ids] is item
            else "superseded"
            for item in meant
        }
