"""The model: told what the world saw, it remembers by itself what became of every record."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engine.domain.retry_plan import BatchItem, ItemClass, RecordItem, goes
from tests.properties.chain.fates import Event, Held, Item, Job, covers
from tests.properties.chain.memory import Memory
from tests.properties.chain.world import Row, Sent, Systems

Begin = Callable[[int], None]

Page = tuple[tuple[int, ...], tuple[int, ...]]
"""The records of one page, and of those that only it can name."""


class Oracle(Memory):
    """Hears what happened, and holds it against the rules as it does."""

    def __init__(self, systems: Systems) -> None:
        super().__init__(systems)
        self._event = 0
        self._plan: Sequence[Any] = ()
        self._job = Job((), (), None)
        self._jobs: dict[tuple[int, int], Job] = {}
        self._effects: Counter[tuple[int, Sent]] = Counter()
        self._seen: set[tuple[int, int]] = set()
        self._known_written: set[tuple[int, Sent]] = set()

    # What a Sync Event did

    def begin(self, event: Event) -> None:
        """A Sync Event was opened."""
        self.events[event.id] = event

    def start_plan(
        self,
        event: Event,
        items: Sequence[BatchItem | RecordItem],
        *,
        include: frozenset[ItemClass],
    ) -> None:
        """A plan starts: what need not be sent closes, the rest is to go (P1)."""
        for said in items:
            item = self.item_of(said)
            if item is None or not item.open or self._edited_since(item, said):
                continue
            if said.item_class.value in ("equal", "superseded"):
                item.state, item.by = said.item_class.value, event.id
            elif goes(said.item_class, include):
                event.going.append(item)
        event.left = list(event.going)
        if event.kind == "replay" and event.replay == "ephemeral":
            assert not any(item.why == "blocked" for item in event.going), "C8"

    def _edited_since(self, item: Item, said: BatchItem | RecordItem) -> bool:
        """Whether somebody edited the record since the plan was made: it is dropped then (P2)."""
        return isinstance(said, RecordItem) and said.version != item.version

    def item_of(self, said: BatchItem | RecordItem) -> Item | None:
        """The failure that an item of a plan stands for."""
        if isinstance(said, RecordItem):
            return self.by_snapshot.get(said.snapshot)
        return next(
            (
                item
                for item in self.items
                if item.row is None and (item.event, item.batch) == (said.event, said.batch)
            ),
            None,
        )

    def hear(self, log: Sequence[tuple[Any, ...]], begin: Begin, end: Begin) -> None:
        """What the world saw, in order; only what was kept counts, and the last try of it.

        `begin` is called for a Sync Event that is new, `end` for one that is over.
        """
        for word, *said in log:
            if word == "event":
                self._event = said[0]
                begin(said[0])
            elif word == "landed":
                self._landed(*said)
            elif word in ("plan kept", "followed", "kept", "ended"):
                self._in_the_books(word, said, end)
            else:
                self._happened(word, said)

    def _in_the_books(self, word: str, said: Sequence[Any], end: Begin) -> None:
        event = self.events[said[0]]
        if word == "plan kept":
            self._planned(event, *self._plan)
        elif word == "followed":
            event.left += [
                Item(event.id, number, ids, rest=rest)
                for number, (ids, rest) in enumerate(said[2], said[1])
            ]
        elif word == "kept":
            waiting = self._waiting(event)
            for number in said[1]:
                self._kept(event, number, self._jobs.pop((event.id, number)))
            self._stands_for(waiting)
        else:
            event.ended = True
            end(event.id)

    def _happened(self, word: str, said: Sequence[Any]) -> None:
        if word == "planned":
            self._plan = said
        elif word == "job":
            self._job = self._jobs[self._event, said[0]] = Job(*said[1:])
        elif word == "fetched":
            self._job.rows = said[0]
        elif word == "effect":
            self._effect(self.events[self._event], *said)
        elif word == "answered":
            self._jobs[self._event, said[0]].answers = said[1]
        elif word == "asked":
            for job in self._jobs.values():
                job.held |= said[0]

    def _effect(self, event: Event, row: Sent, before: Held) -> None:
        """A write took hold: never an older version over a newer, never twice where it harms."""
        self._effects[event.root, row] += 1
        if not self.idempotent:
            assert self._effects[event.root, row] == 1, f"#{event.id} wrote {row} twice"
        if event.parent is not None and before is not None and not event.forced:
            assert before[1] <= row[1], f"#{event.id} put {row} over {before}"

    def _landed(self, event: int, row: Sent) -> None:
        """A write whose answer had been waited for in vain took hold after all."""
        self._effects[self.events[event].root, row] += 1

    def _waiting(self, event: Event) -> list[Event]:
        """Runs that a later one may close by the records it meets, and then stands for."""
        if event.parent is not None or not event.moves:
            return []
        roots = [
            each for each in self.events.values() if each.parent is None and each.ended
        ]
        return [each for each in roots if self.unsettled(each.id)]

    def _stands_for(self, waiting: Sequence[Event]) -> None:
        """As after a taking-over: what holds the mark is now the later run's own failures."""
        for earlier in waiting:
            earlier.replaced = earlier.replaced or not self.unsettled(earlier.id)

    def _planned(
        self,
        event: Event,
        since: int,
        until: int,
        parts: Sequence[Page],
        rows: Sequence[Row],
    ) -> None:
        event.planned = True
        event.since, event.until = since, until
        event.rows = rows
        event.left = [
            Item(event.id, number, ids, rest=rest)
            for number, (ids, rest) in enumerate(parts, 1)
        ]
        for earlier in self.events.values():
            if (
                earlier.id < event.id
                and earlier.system
                and not earlier.planned
                and earlier.parent is None
            ):
                earlier.system = False
                earlier.replaced = True

    def _kept(self, event: Event, number: int, job: Job) -> None:
        """A Batch is in the books: what became of its records."""
        event.asked.update(job.ids)
        assert event.parent is None or self._goes(event, job), f"#{event.id} ran {job}"
        if job.sent is not None:
            self._slice_kept(event, number, job)
            return
        new = (
            None if job.rows is not None else Item(event.id, number, job.ids, rest=job.rest)
        )
        self._scope_tried(event, job.ids, new)
        event.counts["fetched"] += len(job.rows or ())
        for row in job.rows or ():
            self._seen.add((row.id, row.version))
            failed = self._fate(event, number, row, job)
            older = self._older(event, row.id)
            if failed is not None:
                self._moved(event, failed, older)
            elif not row.skip:
                for item in older:
                    item.state, item.by = "superseded", event.id

    def _scope_tried(self, event: Event, ids: tuple[int, ...], new: Item | None) -> None:
        """A scope was fetched, or could not be and is kept anew: then it goes on there (C3)."""
        event.left = [
            item for item in event.left if item.row is not None or item.ids != ids
        ]
        for item in event.going:
            if item.row is None and item.ids == ids and item.open:
                item.state, item.by = "carried" if new else "recovered", event.id
                item.next = new
        if new is not None:
            self.items.append(new)

    def _slice_kept(self, event: Event, number: int, job: Job) -> None:
        for snapshot in job.sent or ():
            item = self.by_snapshot[snapshot]
            event.left = [each for each in event.left if each is not item]
            event.counts["from_snapshots"] += 1
            row = item.row
            assert row is not None
            new = self._fate(event, number, row, job)
            item.by = event.id
            if new is not None:
                item.state, item.next = "carried", new
                new.version = item.version
                self.items.append(new)
                continue
            item.state = "recovered"
            for older in self.items[: self.items.index(item)]:
                if older.open and older.row is not None and older.row.id == row.id:
                    older.state, older.by = "superseded", event.id

    def _fate(self, event: Event, number: int, row: Row, job: Job) -> Item | None:
        """What became of one record: counted, or a new failure."""
        if row.skip:
            event.counts["ignored"] += 1
            return None
        held = job.held
        new = Item(event.id, number, (row.id,), row)
        new.asked, new.held = row.id in held, held.get(row.id)
        if event.strict and not row.email:
            new.why = "blocked"
            return new
        answer = job.answers[row.id]
        if answer == "written":
            event.counts["written"] += 1
            written = (event.root, row.sent)
            assert event.parent is None or written not in self._known_written, written
            self._known_written.add(written)
            return None
        new.why = answer
        unsure = answer == "broken" or (answer == "down" and job.uncertain)
        doubtful = answer == "doubt" or (unsure and not self.idempotent)
        new.state = "doubt" if doubtful else "open"
        return new

    def _goes(self, event: Event, job: Job) -> bool:
        """Whether this is part of the plan (P2)."""
        if job.sent is None:
            return any(item.row is None and item.ids == job.ids for item in event.left)
        return all(self.by_snapshot[each] in event.left for each in job.sent)

    def _older(self, event: Event, key: int) -> list[Item]:
        """Open failures of a key in other Sync Events, newest first."""
        return [
            item
            for item in reversed(self.items)
            if item.open
            and item.row is not None
            and item.row.id == key
            and item.event != event.id
        ]

    def _moved(self, event: Event, new: Item, older: Sequence[Item]) -> None:
        self.items.append(new)
        for place, item in enumerate(older):
            item.by = event.id
            if place == 0:
                item.state, item.next = "moved", new
            else:
                item.state = "superseded"

    def close_books(self, event: Event, ending: str) -> None:
        """A Sync Event is over: what it did not attempt stays open, where it belongs (T1, C3)."""
        event.stopped, event.cancelled = ending == "stopped", ending == "cancelled"
        if ending == "done" and not event.canary:
            left = [item.ids for item in event.left if item.open]
            assert not left, f"#{event.id} says it is done and left {left}"
        if event.parent is None:
            self.items += event.left if event.planned else []
            nothing = not any(item.event == event.id and item.open for item in self.items)
            event.system = not event.planned or (event.stopped and nothing)
            if event.moves and event.planned:
                self._check_cover(event)
        else:
            event.left = [item for item in event.left if item.open]
            self.items += [item for item in event.left if item.event == event.id]
            event.system = bool(event.left) or event.stopped

    def _check_cover(self, event: Event) -> None:
        """Nothing up to its bound was never asked for: it was received, or its scope waits (M3)."""
        scopes = [item for item in self.items if item.row is None]
        waiting = {each for item in scopes for each in (*item.ids, *item.rest)}
        for row in event.rows:
            met = (row.id, row.version) in self._seen or row.id in waiting
            assert met or row.id in event.asked, f"{row} was never asked for by #{event.id}"

    # Last Successful Sync

    def take_over(self) -> None:
        """Later runs take over from earlier ones whose window they cover (M2)."""
        runs = [each for each in self.events.values() if each.parent is None and each.ended]
        for place, earlier in enumerate(runs):
            if earlier.replaced or not self.unsettled(earlier.id):
                continue
            if any(covers(later, earlier) for later in runs[place + 1 :]):
                earlier.replaced = True
                self._leave_unmet(earlier)

    def _leave_unmet(self, earlier: Event) -> None:
        earlier.system = False
        for item in self.open_below(earlier.id):
            if item.row is None:
                item.state = "superseded"
            elif item.state == "open":
                item.state = "unmet"

    # What people do

    def edit(self, item: Item, email: str, *, version: str) -> None:
        """Somebody mends a record."""
        assert item.row is not None
        item.row = replace(item.row, email=email)
        item.version = version

    def discard(self, items: Iterable[Item]) -> None:
        """Somebody lets failures go."""
        for item in items:
            item.state = "discarded"

    def discard_system(self, event: int) -> None:
        """Somebody lets System errors go with all else."""
        for each in self.subtree(event):
            each.system = False

    def resolve(self, item: Item, *, written: bool) -> None:
        """Somebody has looked whether a record in doubt was written."""
        item.state = "resolved" if written else "open"
