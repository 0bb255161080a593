"""The Batches of a Sync Event, in order; of a long list only what is near the window is held."""

from array import array
from bisect import bisect_left
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, duration
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved, Wanted
from console.pages.failing import batch_state, scope_of, why_of
from console.pages.page import Cell, Span
from console.paging import Paging
from console.places import To
from console.refresh import Answer, Question
from console.screens.place import Place
from console.states import BATCH, words
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.roll import Roll
from engine.domain.batch import BatchState
from engine.domain.requests import Found, Stretch
from engine.domain.sync_event import BatchSeen, SyncEvent
from engine.domain.values import dataclass

COLUMNS = (
    Field("BATCH", 6, right=True),
    Field("STATE", 15),
    Field("FETCHED", 7, right=True),
    Field("WRITTEN", 7, right=True),
    Field("IGNORED", 7, right=True, rank=2),
    Field("FAILED", 6, right=True),
    Field("TRIES", 5, right=True, rank=4),
    Field("TOOK", 10, rank=5),
    Field("SCOPE", 14, grow=2, rank=3, tail=True),
    Field("ERROR", 16, grow=4, rank=1),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The Sync Event, and how many of its Batches are kept."""

    event: SyncEvent
    kept: int


class Batches(Place):
    """The list of Batches."""

    offers = (keys.OPEN, keys.FAILURES)
    BINDINGS = keys.bindings(keys.FAILURES)

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self._paging = Paging(0)
        self._sought = ""
        self._matches: array[int] | None = None
        self._next: array[int] = array("q")
        self._searching = self._outdated = False
        self._asking = False
        self._turn = 0

    def crumb(self) -> str:
        """What the header calls it."""
        return "Batches"

    def body(self) -> ComposeResult:
        """The list, or why there is none."""
        yield Roll(COLUMNS, self._cells, lambda batch: batch.index, id="batches")
        none = Empty(id="empty")
        none.display = False
        yield none

    @property
    def batches(self) -> Roll:
        """The list."""
        return self.query_one(Roll)

    # What is asked, and what comes

    def question(self) -> Question:
        """How the Sync Event stands, and how many there are."""
        ref = str(self.to.event)
        return lambda engine: Listed(engine.event(ref), engine.batch_count(ref))

    def answered(self, answer: Listed) -> None:
        """Batches come to the end of the list and stay where they are; what is shown may differ."""
        if self._matches is not None:
            self._search_again()
        elif answer.kept < self.batches.total:
            self._begin()
        else:
            self._paging.grow(answer.kept)
            self.batches.grown(answer.kept)
        self._show()

    def narrowed(self) -> None:
        """Others match."""
        if self.answer is not None and self.filter_text != self._sought:
            self._begin()
            self._show()

    def _begin(self) -> None:
        """Another list, from its top."""
        self._turn += 1
        self._asking = self._searching = False
        self._sought = self.filter_text
        self._matches = array("q") if self.filter else None
        self._paging = Paging(0 if self.filter else self.answer.kept)
        self.batches.reset(self._paging.total)
        if self.filter:
            self._search_again()

    def _search_again(self) -> None:
        """From the first; what was found stays until all of it is there."""
        if self._searching:
            self._outdated = True
            return
        self._searching, self._outdated, self._next = True, False, array("q")
        self._search_on(None)

    def _search_on(self, beyond: int | None) -> None:
        ref, wanted = str(self.to.event), self.filter
        self.ask(
            lambda engine: engine.batch_search(
                ref, lambda batch: wanted.admits(*_said(batch)), beyond
            ),
            ("found", self._sought),
        )

    def _take(self, found: Found) -> None:
        self._next.extend(found.snapshots)
        if found.reached is not None:
            if self._matches is not None and len(self._matches) < len(self._next):
                self._swap()
            self._search_on(found.reached)
            return
        self._searching = False
        self._swap()
        if self._outdated:
            self._search_again()

    def _swap(self) -> None:
        """Show what was found by now; the cursor stays on its Batch, or on the next one."""
        here = self.batches.target(self.batches.at)
        self._turn += 1
        self._asking = False
        self._matches = self._next[:]
        at = bisect_left(self._matches, here) if here >= 0 else self.batches.at
        last = max(len(self._matches) - 1, 0)
        self.batches.renewed(len(self._matches), at=min(at, last))
        self._show()

    @on(Wanted)
    def _wanted(self, message: Wanted) -> None:
        first, last = message.first, min(message.last, self.batches.total)
        if self._asking or first >= last:
            return
        self._asking = True
        ref = str(self.to.event)
        if self._matches is None:
            part = self._paging.plan(first, last)
        else:
            part = Stretch(ids=tuple(self._matches[first:last]))
        self.ask(
            lambda engine: engine.batch_stretch(ref, part), ("lines", self._turn, first)
        )

    def heard(self, subject: Any, answer: Answer) -> None:
        """Lines, or what a search found."""
        if subject[0] == "lines" and subject[1] == self._turn:
            self._asking = False
            if answer.error is None:
                self._put(subject[2], answer.value)
        elif subject == ("found", self._sought) and self._searching:
            if answer.error is None:
                self._take(answer.value)
            else:
                self._searching = False
        self.look()

    def _put(self, first: int, items: tuple[BatchSeen, ...]) -> None:
        if items:
            if self._matches is None:
                self._paging.learn(first, [item.index for item in items])
            self.batches.put(first, items)

    # How it looks

    def _show(self) -> None:
        """The list, or a sentence where there is nothing in it."""
        said = self._nothing()
        empty = self.query_one(Empty)
        empty.display, self.batches.display = bool(said), not said
        if said:
            empty.tell([said])
        self.look()

    def _nothing(self) -> str:
        if self._matches is not None or self.answer.kept:
            return ""
        if self.answer.event.batches.planned:
            return (
                "Retention took its Batches away; what they counted stands in the Summary."
            )
        if self.answer.event.status.over:
            return "Nothing was planned: the run ended before."
        return "Nothing is planned yet."

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many stand how, and how many of how many are shown."""
        if self.answer is None:
            return self.unread()
        parts: list[str | Span] = [Span(f"#{self.to.event}", "strong")]
        for state, number in _standing(self.answer.event).items():
            look = BATCH[state]
            mark = look.mark(unicode=skin.unicode)
            said = f"{mark} {count(number)} {words(state.value)}"
            parts += ["  ", Span(said, look.style)] if number else []
        total = self.batches.total
        place = f"{count(self.batches.at + 1)} / " if total else ""
        dots = skin.glyph("…", "...") if self._searching else ""
        return tuple(parts), f"{place}{count(total)}{dots} of {count(self.answer.kept)}"

    def seeking(self) -> bool:
        """Whether a search goes on."""
        return self._searching

    @on(Moved)
    def _moved(self) -> None:
        self.look()

    def _cells(self, batch: BatchSeen) -> tuple[Cell, ...]:
        return _cells(batch, self.deck.skin)

    # What can be done

    def may(self, action: Action) -> bool:
        """A Batch that is there can be opened, and failures where anything failed."""
        if self.answer is None:
            return False
        if action is keys.FAILURES:
            return bool(self.answer.event.errors)
        return self.batches.total > 0

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        if message.target >= 0:
            self.deck.go(To("batch", event=self.to.event, batch=message.target))

    def action_failures(self) -> None:
        """The failing records of the Sync Event."""
        self.deck.go(To("failures", event=self.to.event))


def _standing(event: SyncEvent) -> dict[BatchState, int]:
    batches = event.batches
    return {
        BatchState.COMPLETED: batches.completed,
        BatchState.FAILED: batches.failed,
        BatchState.NOT_ATTEMPTED: batches.not_attempted,
        BatchState.IN_FLIGHT: batches.in_flight,
        BatchState.WAITING: batches.waiting,
    }


def _cells(batch: BatchSeen, skin: Skin) -> tuple[Cell, ...]:
    took = "-"
    if batch.started_at and batch.finished_at:
        took = duration((batch.finished_at - batch.started_at).total_seconds())
    unknown = batch.fetched is None
    return (
        Span(str(batch.index), "strong"),
        batch_state(batch, unicode=skin.unicode),
        Span("unknown", "quiet") if unknown else count(batch.fetched or 0),
        count(batch.written),
        count(batch.ignored),
        Span(count(batch.failed), "bad" if batch.failed else "quiet"),
        count(batch.attempts),
        took,
        scope_of(batch),
        Span(why_of(batch), "bad") if batch.error else "",
    )


def _said(batch: BatchSeen) -> tuple[str, dict[str, str]]:
    error = batch.error or {}
    text = f"{batch.index} {scope_of(batch)} {error.get('message', '')}"
    fields = {name: str(error.get(name) or "") for name in ("code", "class", "stage")}
    return text, {**fields, "state": batch.state}
