"""Everything that can be done to a Link, in any order, with the oracle looking on."""

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from engine.domain.errors import Refused
from engine.domain.inbox import Edit, InboxFilter
from engine.domain.outcome import Ending, Status
from engine.domain.requests import RunOptions, Selection, Stop
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.sync_event import Kind, SyncEvent
from engine.engine import Engine
from tests.properties.chain.deck import LINK, Crashed, Deck, fresh
from tests.properties.chain.oracle import Event, Item, Oracle
from tests.properties.chain.world import Faults, Now, Systems

ANA = "ana@test"
KEYS = st.integers(1, 5)
PICK = st.integers(0, 7)
EMAILS = st.sampled_from(["a@x", "b@x", "", "", "skip"])
CHANGES = st.sampled_from(["a@x", "", "skip", "late", "gone", "foreign"])
WAITING: frozenset[str] = frozenset({"B6", "B7"})
SETTLED = (Status.COMPLETED, Status.COMPLETED_WITH_WARNINGS)

_ON_KEYS = ("times_out", "denied", "refused", "lost", "unanswered", "broken")
_TROUBLES = st.lists(
    st.tuples(st.sampled_from((*_ON_KEYS, "unplannable", "shut", "down")), KEYS), max_size=2
)
_ENDS = st.tuples(
    st.sampled_from(("end", "end", "end", "cancel", "crash")), st.integers(1, 22)
)


def faults(troubles: list[tuple[str, int]], end: tuple[str, int]) -> Faults:
    """What goes wrong, as drawn."""
    said: dict[str, Any] = {}
    for name, key in troubles:
        said[name] = said.get(name, frozenset()) | {key} if name in _ON_KEYS else True
    how, when = end
    if how == "cancel":
        said["cancel_at"] = 1 + when % 6
    if how == "crash":
        said["crash_at"] = when
    return Faults(**said)


FAULTS = st.builds(faults, _TROUBLES, _ENDS)


class ChainMachine(RuleBasedStateMachine):
    """One Link; `idempotent`, `lookup` and `writers` say what its target can do."""

    deck: ClassVar[Deck]
    idempotent: ClassVar[bool] = True
    lookup: ClassVar[str] = "bulk"
    writers: ClassVar[str] = "many"

    def __init__(self) -> None:
        super().__init__()
        fresh(Systems(idempotent=self.idempotent, lookup=self.lookup, writers=self.writers))
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

    # The world changes

    @initialize(rows=st.lists(st.tuples(KEYS, EMAILS), min_size=2, max_size=5))
    def begin(self, rows: list[tuple[int, str]]) -> None:
        for number, email in rows:
            self._write(number, email)

    @rule(changes=st.lists(st.tuples(KEYS, CHANGES), min_size=1, max_size=3))
    def change(self, changes: list[tuple[int, str]]) -> None:
        """New versions, some of a moment that was seen of already; gone; taken elsewhere."""
        systems = Now.systems
        for number, what in changes:
            if what == "gone":
                systems.rows.pop(number, None)
            elif what == "foreign" and number in systems.held:
                systems.held[number] = (number, systems.held[number][1], "foreign")
            else:
                self._write(
                    number,
                    "a@x" if what in ("late", "foreign") else what,
                    late=what == "late",
                )

    @rule(strict=st.booleans(), replay=st.sampled_from(("off", "off", "ephemeral", "all")))
    def define(self, strict: bool, replay: str) -> None:  # noqa: FBT001 - as drawn
        self.strict, self.replay = strict, replay
        self.deck.define(strict=strict, replay=replay)

    # Runs

    @rule(faults=FAULTS)
    def run(self, faults: Faults) -> None:
        self._run("new", 0, faults)

    @rule(faults=FAULTS, way=st.sampled_from(("full", "since")), at=PICK)
    def run_otherwise(self, faults: Faults, way: str, at: int) -> None:
        self._run(way, at, faults)

    def _run(self, way: str, at: int, faults: Faults) -> None:
        since = str(at) if way == "since" else None
        options = RunOptions(full=way == "full", since=since, actor=ANA)
        self._do(lambda engine, stop: engine.run(LINK, options, stop=stop), faults)

    @precondition(lambda self: self.interrupted)
    @rule(faults=FAULTS)
    def resume(self, faults: Faults) -> None:
        ref = str(self.interrupted)
        self._do(lambda engine, stop: engine.resume(ref, actor=ANA, stop=stop), faults)

    # Retries

    @precondition(lambda self: self._failing_events())
    @rule(pick=PICK, faults=FAULTS)
    def retry(self, pick: int, faults: Faults) -> None:
        self._retry(pick, "all", 0, Choice.CURRENT, faults)

    @precondition(lambda self: self._failing_events())
    @rule(
        pick=PICK,
        way=st.sampled_from(("all", "key", "batch", "snapshot", "where")),
        which=PICK,
        choice=st.sampled_from(Choice),
        include=st.booleans(),
        canary=st.booleans(),
        faults=FAULTS,
    )
    def retry_some(
        self,
        pick: int,
        way: str,
        which: int,
        choice: Choice,
        include: bool,  # noqa: FBT001 - as drawn
        canary: bool,  # noqa: FBT001 - as drawn
        faults: Faults,
    ) -> None:
        self._retry(pick, way, which, choice, faults, include=include, canary=canary)

    def _retry(
        self,
        pick: int,
        way: str,
        which: int,
        choice: Choice,
        faults: Faults,
        *,
        include: bool = False,
        canary: bool = False,
    ) -> None:
        events = self._failing_events()
        event = events[pick % len(events)]
        ref, selection, meant = self._selected(event, way, which)
        more = frozenset({ItemClass.CHANGED} if include else ())
        options = RetryOptions(
            reason="mended",
            actor=ANA,
            definition=choice,
            canary=1 if canary else None,
            include=more,
        )
        self.choice, self.include, self.canary = choice, more, canary
        refused = self._do(
            lambda engine, stop: engine.retry(ref, selection, options, stop=stop), faults
        )
        if refused is not None and self.interrupted is None:
            self._refused_rightly(meant, choice, event, more)

    @precondition(lambda self: not self.interrupted and self._failing_events())
    @rule(
        pick=PICK,
        way=st.sampled_from(("all", "all", "key", "batch", "snapshot", "where")),
        which=PICK,
        choice=st.sampled_from(Choice),
    )
    def plan(self, pick: int, way: str, which: int, choice: Choice) -> None:
        """P1: exactly what is open and meant, each as it is."""
        events = self._failing_events()
        event = events[pick % len(events)]
        ref, selection, meant = self._selected(event, way, which)
        held = dict(Now.systems.held)
        engine = self.deck.engine
        try:
            made = engine.plan(ref, selection, definition=choice, actor=ANA)
        except Refused:
            assert not meant
            return
        items = engine.plan_items(made.hash, limit=1000).items
        found = {self.oracle.item_of(each): each.item_class.value for each in items}
        strict = self._strict(choice, event)
        expected = self._classes(meant, strict=strict, held=held)
        assert found == expected
        self.plans.append(made.hash)

    @precondition(lambda self: self.plans and not self.interrupted)
    @rule(pick=PICK, faults=FAULTS)
    def run_plan(self, pick: int, faults: Faults) -> None:
        """P2: a plan runs exactly its items, and once."""
        self._run_plan(self.plans[pick % len(self.plans)], faults)

    @precondition(lambda self: not self.interrupted and self._records())
    @rule(pick=PICK, twice=st.booleans(), faults=FAULTS)
    def plan_and_edit_and_run(
        self,
        pick: int,
        twice: bool,  # noqa: FBT001 - as drawn
        faults: Faults,
    ) -> None:
        """P2: an item that was edited since is dropped."""
        before = len(self.plans)
        self.plan(pick, "all", 0, Choice.CURRENT)
        if len(self.plans) == before:
            return
        self.edit(pick)
        self._run_plan(self.plans[-1], faults)
        if twice and not self.interrupted:
            self._run_plan(self.plans[-1], Faults())

    def _run_plan(self, kept: str, faults: Faults) -> None:
        plan = self.deck.engine.kept_plan(kept)
        used = plan.used_by is not None
        options = RetryOptions(reason="as planned", actor=ANA, plan=kept)
        self.choice, self.include = plan.definitions.chosen, frozenset()
        self.canary = False
        before = len(self.oracle.events)
        ref = str(plan.event)
        self._do(
            lambda engine, stop: engine.retry(ref, Selection(), options, stop=stop), faults
        )
        assert not used or len(self.oracle.events) == before

    # People

    @precondition(lambda self: not self.interrupted and self._records())
    @rule(pick=PICK)
    def edit(self, pick: int) -> None:
        item = self._records()[pick % len(self._records())]
        change = Edit(changes={"email": "mended@x"})
        snapshot = self._snapshot(item)
        engine = self.deck.engine
        before = engine.record(snapshot).version
        after = engine.edit(snapshot, change, reason="a typo", actor=ANA, version=before)
        self.changed = True
        self.oracle.edit(item, "mended@x", version=after.version)

    @precondition(lambda self: not self.interrupted and self._failing_events())
    @rule(
        pick=PICK,
        way=st.sampled_from(("all", "key", "batch", "snapshot", "where")),
        which=PICK,
    )
    def discard(self, pick: int, way: str, which: int) -> None:
        events = self._failing_events()
        event = events[pick % len(events)]
        ref, selection, meant = self._selected(event, way, which)
        try:
            self.deck.engine.discard([ref], selection, reason="worthless", actor=ANA)
        except Refused:
            assert not meant
            return
        self.changed = True
        self.oracle.discard(meant)
        if way == "all":
            self.oracle.discard_system(event.id)
        self.oracle.take_over()

    @precondition(lambda self: not self.interrupted and self._doubts())
    @rule(pick=PICK)
    def resolve(self, pick: int) -> None:
        item = self._doubts()[pick % len(self._doubts())]
        assert item.row is not None
        written = Now.systems.held.get(item.row.id) == item.row.sent
        snapshot = self._snapshot(item)
        self.deck.engine.resolve(snapshot, written=written, reason="looked", actor=ANA)
        self.changed = True
        self.oracle.resolve(item, written=written)
        self.oracle.take_over()

    # What must hold

    @invariant()
    def the_books_are_right(self) -> None:
        """S1-S3, C3, C4, M1, M2: what the front door says is what the oracle remembers."""
        if self.interrupted is not None or not self.changed:
            return
        self.changed = False
        engine = self.deck.engine
        for seen in engine.events(limit=1000).items:
            self._check(seen)
        for root in {each.root for each in self.oracle.events.values()}:
            balance = self.oracle.balance(root)
            if self.balances.get(root) == balance:
                continue
            chain = engine.chain(str(root))
            said = {
                name: getattr(chain.balance, name) for name in self.oracle.balance(root)
            }
            assert said == self.oracle.balance(root), f"the Chain of #{root}"
            assert chain.residual == 0
            self.balances[root] = balance
        marks = self.deck.mark(), self.oracle.mark()
        behind = "B7" in WAITING and (marks[0] or -1) < (marks[1] or -1)
        assert behind or marks[0] == marks[1], (
            f"Last Successful Sync, and what it must be: {marks}"
        )
        waiting = engine.inbox(InboxFilter(), limit=1000).items
        open_ones = sum(each.batch > 0 for each in waiting)
        assert open_ones == sum(item.open for item in self.oracle.items)

    def _check(self, seen: SyncEvent) -> None:
        unsettled = self.oracle.unsettled(seen.id)
        if "B6" in WAITING and seen.status not in SETTLED and self._waits(seen):
            return
        assert (seen.status in SETTLED) == (not unsettled), f"#{seen.id} is {seen.status}"
        if unsettled:
            cancelled = self.oracle.events[seen.id].cancelled
            assert (seen.status is Status.CANCELLED) == cancelled
        opened = (seen.open.batches, seen.open.records)
        assert opened == self.oracle.open_of(seen.id), f"open in #{seen.id}"
        assert seen.residual == 0

    def _waits(self, seen: SyncEvent) -> bool:
        """A retry that was stopped, below a Sync Event of which something is open."""
        stopped = self.oracle.events[seen.id].system
        return stopped and seen.parent is not None and self.oracle.unsettled(seen.parent)

    # How it is done

    def _write(self, number: int, email: str, *, late: bool = False) -> None:
        skip = email == "skip"
        Now.systems.write(number, "a@x" if skip else email, skip=skip, late=late)

    def _do(self, act: Callable[[Engine, Stop], SyncEvent], faults: Faults) -> str | None:
        """Do it, and tell the oracle what the world saw; why it was refused, if it was."""
        refused, self.changed = None, True
        try:
            self.deck.do(act, faults)
        except Crashed:
            pass
        except Refused as refusal:
            refused = str(refusal)
        log = Now.systems.log[self.heard :]
        self.heard = len(Now.systems.log)
        self.oracle.hear(log, self._begun, self._ended)
        newest = self.deck.engine.events(limit=1).items
        self.interrupted = None
        if newest and not newest[0].status.over:
            self._begun(newest[0].id)
            self.interrupted = newest[0].id
        return refused

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
            event.canary = self.canary and seen.kind is Kind.RETRY
            event.forced = ItemClass.CHANGED in self.include
            chain = self.deck.engine.chain(str(number))
            plan = next(each.plan for each in chain.events if each.event == number)
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

    def _strict(self, choice: Choice, event: Event) -> bool:
        return event.strict if choice is Choice.AS_RUN else self.strict

    def _failing_events(self) -> list[Event]:
        events = self.oracle.events.values()
        return [each for each in events if self.oracle.open_below(each.id)]

    def _records(self) -> list[Item]:
        return [item for item in self.oracle.items if item.open and item.row is not None]

    def _doubts(self) -> list[Item]:
        return [item for item in self._records() if item.state == "doubt"]

    def _snapshot(self, item: Item) -> str:
        found = self.oracle.by_snapshot.items()
        return next(f"s{number}" for number, each in found if each is item)

    def _selected(
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
        return self._snapshot(item), Selection(), [item]

    def _classes(
        self, meant: list[Item], *, strict: bool, held: dict[int, Any]
    ) -> dict[Item | None, str]:
        newest = {item.ids: item for item in meant if item.row is not None}
        return {
            item: "safe"
            if item.row is None
            else self.oracle.expected_class(item, strict=strict, held=held)
            if newest[item.ids] is item
            else "superseded"
            for item in meant
        }

    def _refused_rightly(
        self, meant: list[Item], choice: Choice, event: Event, more: frozenset[ItemClass]
    ) -> None:
        """A retry is refused only where nothing of it may go."""
        held = dict(Now.systems.held)
        strict = self._strict(choice, event)
        classes = self._classes(meant, strict=strict, held=held).values()
        stays = {"in_doubt", *({"changed"} - {each.value for each in more})}
        assert not set(classes) - stays
