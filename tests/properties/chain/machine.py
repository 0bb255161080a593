"""Everything that can be done to a Link, in any order, with the oracle looking on."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from engine.domain.errors import Refused
from engine.domain.inbox import Edit
from engine.domain.requests import RunOptions, Selection
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from tests.properties.chain.acting import ANA
from tests.properties.chain.checking import Checked
from tests.properties.chain.deck import LINK
from tests.properties.chain.fates import Event, Item
from tests.properties.chain.watching import settle_together
from tests.properties.chain.world import Faults, Now

KEYS = st.integers(1, 5)
PICK = st.integers(0, 7)
EMAILS = st.sampled_from(["a@x", "b@x", "", "", "skip"])
CHANGES = st.sampled_from(["a@x", "", "skip", "late", "gone", "foreign"])
REPLAYS = st.sampled_from(("off", "off", "ephemeral", "all"))
DIES = st.sampled_from((None, None, 1, 2, 3))
"""At which moment of one transaction the process of an act dies, if it does."""

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


class ChainMachine(Checked):
    """One Link and the people around it."""

    # The world changes

    @initialize(
        rows=st.lists(st.tuples(KEYS, EMAILS), min_size=2, max_size=5),
        replay=REPLAYS,
        together=st.booleans(),
    )
    def begin(
        self,
        rows: list[tuple[int, str]],
        replay: str = "off",
        together: bool = False,  # noqa: FBT001, FBT002 - as drawn
    ) -> None:
        settle_together(together)
        for number, email in rows:
            self._write(number, email)
        if replay != "off":
            self.define(strict=True, replay=replay)

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

    @rule(strict=st.booleans(), replay=REPLAYS)
    def define(self, strict: bool, replay: str) -> None:  # noqa: FBT001 - as drawn
        self.strict, self.replay = strict, replay
        self.deck.define(strict=strict, replay=replay)

    @precondition(lambda self: bool(Now.systems.late) and not self.interrupted)
    @rule()
    def land(self) -> None:
        """Writes that nobody had an answer to take hold after all."""
        Now.systems.land()
        self.hear()

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
        self.do(lambda engine, stop: engine.run(LINK, options, stop=stop), faults)

    @precondition(lambda self: self.interrupted)
    @rule(faults=FAULTS)
    def resume(self, faults: Faults) -> None:
        ref = str(self.interrupted)
        self.do(lambda engine, stop: engine.resume(ref, actor=ANA, stop=stop), faults)

    @precondition(lambda self: self.interrupted)
    @rule(dies=DIES)
    def cancel(self, dies: int | None) -> None:
        """One that nobody runs any more is ended here and now."""
        number = self.interrupted
        assert number is not None
        reason = "not worth it"
        if self.decide(
            lambda engine: engine.cancel(str(number), reason=reason, actor=ANA), dies
        ):
            Now.systems.log.append(("ended", number))
        self.hear()

    # Retries

    @precondition(lambda self: self.failing_events())
    @rule(pick=PICK, faults=FAULTS)
    def retry(self, pick: int, faults: Faults) -> None:
        self._retry(pick, "all", 0, Choice.CURRENT, faults)

    @precondition(lambda self: self.failing_events())
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
        events = self.failing_events()
        event = events[pick % len(events)]
        ref, selection, meant = self.selected(event, way, which)
        more = frozenset({ItemClass.CHANGED} if include else ())
        options = RetryOptions(
            reason="mended",
            actor=ANA,
            definition=choice,
            canary=1 if canary else None,
            include=more,
        )
        self.choice, self.include, self.canary = choice, more, canary
        refused = self.do(
            lambda engine, stop: engine.retry(ref, selection, options, stop=stop), faults
        )
        if refused is not None and self.interrupted is None:
            self._refused_rightly(meant, choice, event, more)

    @precondition(lambda self: not self.interrupted and self.failing_events())
    @rule(
        pick=PICK,
        way=st.sampled_from(("all", "all", "key", "batch", "snapshot", "where")),
        which=PICK,
        choice=st.sampled_from(Choice),
    )
    def plan(self, pick: int, way: str, which: int, choice: Choice) -> None:
        """P1: exactly what is open and meant, each as it is."""
        events = self.failing_events()
        event = events[pick % len(events)]
        ref, selection, meant = self.selected(event, way, which)
        held = dict(Now.systems.held)
        engine = self.deck.engine
        try:
            made = engine.plan(ref, selection, definition=choice, actor=ANA)
        except Refused:
            assert not meant
            return
        items = engine.plan_items(made.hash, limit=1000).items
        found = {self.oracle.item_of(each): each.item_class.value for each in items}
        strict = self.strict_of(choice, event)
        expected = self.classes(meant, strict=strict, held=held)
        assert found == expected
        self.plans.append(made.hash)

    @precondition(lambda self: self.plans and not self.interrupted)
    @rule(pick=PICK, faults=FAULTS)
    def run_plan(self, pick: int, faults: Faults) -> None:
        """P2: a plan runs exactly its items, and once."""
        self._run_plan(self.plans[pick % len(self.plans)], faults)

    @precondition(lambda self: not self.interrupted and self.records())
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
        self.do(
            lambda engine, stop: engine.retry(ref, Selection(), options, stop=stop), faults
        )
        assert not used or len(self.oracle.events) == before

    # People

    @precondition(lambda self: not self.interrupted and self.records())
    @rule(pick=PICK, dies=DIES)
    def edit(self, pick: int, dies: int | None = None) -> None:
        item = self.records()[pick % len(self.records())]
        change = Edit(changes={"email": "mended@x"})
        snapshot = self.snapshot(item)
        before = self.deck.engine.record(snapshot).version
        if self.decide(
            lambda engine: engine.edit(
                snapshot, change, reason="a typo", actor=ANA, version=before
            ),
            dies,
        ):
            version = self.deck.engine.record(snapshot).version
            self.oracle.edit(item, "mended@x", version=version)

    @precondition(lambda self: not self.interrupted and self.failing_events())
    @rule(
        pick=PICK,
        way=st.sampled_from(("all", "key", "batch", "snapshot", "where")),
        which=PICK,
        dies=DIES,
    )
    def discard(self, pick: int, way: str, which: int, dies: int | None = None) -> None:
        events = self.failing_events()
        event = events[pick % len(events)]
        ref, selection, meant = self.selected(event, way, which)
        try:
            done = self.decide(
                lambda engine: engine.discard(
                    [ref], selection, reason="worthless", actor=ANA
                ),
                dies,
            )
        except Refused:
            assert not meant
            return
        if not done:
            return
        self.oracle.discard(meant)
        if way == "all":
            self.oracle.discard_system(event.id)
        self.oracle.take_over()

    @precondition(lambda self: not self.interrupted and self.doubts())
    @rule(pick=PICK, dies=DIES)
    def resolve(self, pick: int, dies: int | None = None) -> None:
        item = self.doubts()[pick % len(self.doubts())]
        assert item.row is not None
        # Whoever looks into it waits until nothing of it can be on its way any more.
        Now.systems.late.pop(item.row.id, None)
        written = Now.systems.held.get(item.row.id) == item.row.sent
        snapshot = self.snapshot(item)
        if self.decide(
            lambda engine: engine.resolve(
                snapshot, written=written, reason="looked", actor=ANA
            ),
            dies,
        ):
            self.oracle.resolve(item, written=written)
            self.oracle.take_over()

    # How it is done

    def _write(self, number: int, email: str, *, late: bool = False) -> None:
        skip = email == "skip"
        Now.systems.write(number, "a@x" if skip else email, skip=skip, late=late)

    def _refused_rightly(
        self, meant: list[Item], choice: Choice, event: Event, more: frozenset[ItemClass]
    ) -> None:
        """A retry is refused only where nothing of it may go."""
        held = dict(Now.systems.held)
        strict = self.strict_of(choice, event)
        classes = self.classes(meant, strict=strict, held=held).values()
        stays = {"in_doubt", *({"changed"} - {each.value for each in more})}
        assert not set(classes) - stays
