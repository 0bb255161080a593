"""What failed in a Sync Event: causes, and the failing records of the cause that is chosen."""

from array import array
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from console import keys
from console.format import count
from console.keys import Action
from console.messages import Chosen, Moved, Wanted
from console.pages.page import Cell, Span, spans
from console.pages.summary import remark
from console.paging import Paging
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_discard
from console.screens.failing_rows import (
    GROUPS,
    RECORDS,
    failed_of,
    group_cells,
    record_cells,
)
from console.screens.place import Place
from console.screens.remark import NOTED, ask_note, say_noted
from console.screens.taking import Gathered, discarded, gathered
from console.theme import Skin
from console.wanted import Sought, sought
from console.widgets.empty import Empty
from console.widgets.roll import Roll
from console.widgets.table import Entryline, Table
from engine.domain.errors import Tier
from engine.domain.requests import Failures, Found, Stretch
from engine.domain.sync_event import ErrorGroup, SnapshotSeen, SyncEvent
from engine.domain.values import dataclass

BREAKS = [(0, "-narrow"), (120, "-wide")]

ALL = ("", "")
"""The line above the groups: all of them."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What failed, and what was asked for."""

    wish: Sought
    failures: Failures

    @property
    def event(self) -> SyncEvent:
        """The Sync Event."""
        return self.failures.event


MOST_FOUND = 1_000_000
"""Matches of a search that are remembered, by number: eight bytes each."""


class Failing(Place):
    """Groups and records."""

    CSS_PATH: ClassVar[Any] = [Place.CSS_PATH, Path(__file__).with_suffix(".tcss")]
    HORIZONTAL_BREAKPOINTS = BREAKS
    AUTO_FOCUS = "#groups"
    offers = (
        keys.PANE,
        keys.OPEN,
        keys.MARK,
        keys.MARK_ALL,
        keys.RETRY,
        keys.DISCARD,
        keys.NOTE,
        keys.BATCHES,
    )
    BINDINGS = keys.bindings(*offers[2:], keys.PANE)

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self._paging = Paging(0)
        self._sought: Sought | None = None
        self._matches: array[int] | None = None
        self._searching = False
        self._asking: tuple[int, int] | None = None
        self._turn = 0
        self._first = True

    def crumb(self) -> str:
        """What the header calls it."""
        return "Failures"

    def body(self) -> ComposeResult:
        """Two panes."""
        with Container(id="panes"):
            yield Table(id="groups")
            yield Roll(RECORDS, self._cells, lambda seen: seen.id, id="records")
        none = Empty([f"Nothing failed in #{self.to.event}."], id="empty")
        none.display = False
        yield none

    @property
    def groups(self) -> Table:
        """The pane of causes."""
        return self.query_one("#groups", Table)

    @property
    def records(self) -> Roll:
        """The pane of failing records."""
        return self.query_one("#records", Roll)

    # What is asked, and what comes

    def question(self) -> Question:
        """The groups, and how many records match what is chosen."""
        ref = str(self.to.event)
        wish = self._wish()
        return lambda engine: Listing(wish, engine.failures(ref, wish.selection, limit=1))

    def _wish(self) -> Sought:
        groups = self.answer.event.errors if self.answer else None
        fingerprint, tier = self._chosen()
        return sought(
            self.filter, groups, fingerprint=fingerprint or None, tier=tier or None
        )

    def _chosen(self) -> tuple[str, str]:
        if self._first:
            return self.to.fingerprint or "", self.to.tier or ""
        target = self.groups.target(self.groups.at)
        return target if target is not None else ALL

    def answered(self, answer: "Listing") -> None:
        """Groups first; the records follow what is chosen there."""
        some = bool(answer.event.errors)
        self.query_one("#panes").display, self.query_one(Empty).display = some, not some
        self.groups.fill(GROUPS, self._lines(answer.event.errors))
        if self._first:
            self._first = False
            first = (self.to.fingerprint or "", self.to.tier or "")
            targets = [self.groups.target(at) for at in range(self.groups.count())]
            self.groups.at = targets.index(first) if first in targets else 0
            self.groups.refresh()
        wish, matching = answer.wish, answer.failures.matching
        if wish != self._sought:
            self._begin(wish, matching)
        elif not wish.search:
            self._paging.grow(matching)
            self.records.grown(matching)
        self._choose()

    def _lines(self, groups: tuple[ErrorGroup, ...]) -> list[Entryline]:
        whole = sum(group.count for group in groups)
        lines = [Entryline(ALL, (Span(count(whole), "bad"), "", "", "", "everything"))]
        for group in groups:
            target = (group.fingerprint, group.tier.value)
            lines.append(Entryline(target, group_cells(group)))
        return lines

    def _begin(self, wish: Sought, matching: int) -> None:
        """Another list of records."""
        self._turn += 1
        self._sought, self._asking = wish, None
        self._matches = array("q") if wish.search else None
        self._searching = bool(wish.search)
        self._paging = Paging(0 if wish.search else matching)
        self.records.marks.clear()
        self.records.reset(self._paging.total)
        if wish.search:
            self._search_on(0)

    def _search_on(self, beyond: int) -> None:
        ref, wish, turn = str(self.to.event), self._sought, self._turn
        if wish is not None:
            self.ask(
                lambda engine: engine.search(ref, wish.selection, wish.search, beyond),
                ("found", turn),
            )

    def narrowed(self) -> None:
        """Other records match."""
        self._choose()

    @on(Moved)
    def _moved(self, message: Moved) -> None:
        if message.list_id == "groups":
            self._choose()
        self.look()

    def _choose(self) -> None:
        if self.answer is not None and self._wish() != self._sought:
            self.ask_again()

    @on(Wanted)
    def _wanted(self, message: Wanted) -> None:
        if self._asking is None and self._sought is not None:
            self._fetch(message.first, min(message.last, self.records.total))

    def _fetch(self, first: int, last: int) -> None:
        if first >= last or self._sought is None:
            return
        self._asking = (first, last)
        found, wish, ref = self._matches, self._sought, str(self.to.event)
        if found is None:
            part = self._paging.plan(first, last)
        else:
            part = Stretch(ids=tuple(found[first:last]))
        self.ask(
            lambda engine: engine.stretch(ref, wish.selection, part, wish.search),
            ("lines", self._turn, first),
        )

    def heard(self, subject: Any, answer: Answer) -> None:
        """Lines, what a search found, or what was done."""
        if subject == NOTED:
            say_noted(self.deck, answer)
        if subject in ("to retry", "to discard") and answer.error is None:
            self._gathered(subject, answer.value)
        if subject == "discarded" and answer.error is None:
            self.say(f"discarded {discarded(answer.value)}", style="good")
            self.records.marks.clear()
        if not isinstance(subject, tuple) or subject[1] != self._turn:
            return
        if answer.error is not None:
            self._asking, self._searching = None, False
        elif subject[0] == "lines":
            self._put(subject[2], answer.value)
        else:
            self._take(answer.value)
        self.look()

    def _put(self, first: int, items: tuple[SnapshotSeen, ...]) -> None:
        self._asking = None
        if items:
            if self._matches is None:
                self._paging.learn(first, [item.id for item in items])
            self.records.put(first, items)

    def _take(self, found: Found) -> None:
        if self._matches is None:
            return
        self._matches.extend(found.snapshots)
        if len(self._matches) != self.records.total:
            grown = len(self._matches)
            self.records.total = grown
            self.records.refresh()
            self.records.window_moved()
        if found.reached is None or len(self._matches) >= MOST_FOUND:
            self._searching = False
        else:
            self._search_on(found.reached)

    # How it looks

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many of how many."""
        if self.answer is None:
            return self.unread()
        whole = sum(
            group.count for group in self.answer.event.errors if group.tier is Tier.RECORD
        )
        total = self.records.total
        place = f"{count(self.records.at + 1)} / " if total else ""
        dots = skin.glyph("…", "...") if self._searching else ""
        marks = len(self.records.marks)
        marked = Span(f"   {count(marks)} marked", "key") if marks else Span("")
        left: Cell = f"Failures of #{self.to.event}, {failed_of(self.answer.event)}"
        if (cause := self._cause()) is not None:
            known = remark(cause)
            left = (
                Span(f"{count(cause.count)}  ", "bad"),
                Span(cause.message, "strong"),
                Span(f"  {known}" if known else "", "warn"),
            )
        return (
            *spans(left),
            marked,
        ), f"{place}{count(total)}{dots} of {count(max(whole, total))}"

    def _cause(self) -> ErrorGroup | None:
        """The cause under the cursor: its sentence is longer than its column."""
        target = self.groups.target(self.groups.at) if self.groups.has_focus else None
        groups = self.answer.event.errors
        named = ((each.fingerprint, each.tier.value) == target for each in groups)
        return next(
            (each for each, is_it in zip(groups, named, strict=True) if is_it), None
        )

    def seeking(self) -> bool:
        """Whether a search goes on."""
        return self._searching

    def _cells(self, seen: SnapshotSeen) -> tuple[Cell, ...]:
        return record_cells(seen, self.deck.skin)

    # What can be done

    def may(self, action: Action) -> bool:
        """It depends on what is there."""
        if self.answer is None:
            return False
        event = self.answer.event
        waits = bool(event.open.batches or event.open.records)
        return {
            keys.MARK: self.records.total > 0,
            keys.MARK_ALL: self.records.total > 0,
            keys.RETRY: bool(event.status.over and waits),
            keys.DISCARD: bool(event.status.over and waits),
            keys.PANE: bool(event.errors),
            keys.NOTE: self._cause() is not None,
            keys.BATCHES: bool(event.batches.planned),
        }.get(action, True)

    def action_pane(self) -> None:
        """To the other pane."""
        (self.records if self.groups.has_focus else self.groups).focus()

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        if message.list_id == "records":
            if message.target > 0:
                self.deck.go(To("record", event=self.to.event, snapshot=message.target))
            return
        if message.target[1] == Tier.BATCH and not self.records.total:
            self.deck.go(To("batches", event=self.to.event))
        else:
            self.records.focus()

    def action_note(self) -> None:
        """Say what is known of the cause under the cursor."""
        if self.answer is not None and (cause := self._cause()) is not None:
            ask_note(self, cause)

    def action_batches(self) -> None:
        """Its Batches."""
        self.deck.go(To("batches", event=self.to.event))

    def action_mark(self) -> None:
        """Mark the record under the cursor and go on to the next."""
        records = self.records
        target = records.target(records.at)
        if records.total and target > 0:
            records.marks.symmetric_difference_update({target})
            records.focus()
            records.move(records.at + 1)
            records.refresh()

    def action_mark_all(self) -> None:
        """Nothing, where anything is marked; else what matches, which a retry takes as such."""
        if self.records.marks:
            self.records.marks.clear()
            self.records.refresh()
        else:
            self.say("without marks, R and D mean everything that matches")

    def action_retry(self) -> None:
        """Plan a retry of what is chosen."""
        self._gather("retry")

    def action_discard(self) -> None:
        """Discard what is chosen."""
        self._gather("discard")

    def _gather(self, verb: str) -> None:
        """How much of it is open, which may take a search; then it is planned, or asked for."""
        wish, marks = self._sought, tuple(self.records.marks)
        if wish is not None:
            ref = str(self.to.event)
            self.ask(lambda engine: gathered(engine, ref, wish, marks), f"to {verb}")

    def _gathered(self, verb: str, found: Gathered) -> None:
        event = self.answer.event
        if not found.number:
            self.say("nothing of it is open", style="warn")
        elif verb == "to retry":
            to = To("retry", event=event.id, link=event.link, taken=found.taken)
            self.deck.go(to)
        else:
            self._discard(found)

    def _discard(self, found: Gathered) -> None:
        actor, taken = self.deck.actor, found.taken

        def discard(reason: str) -> None:
            self.ask(
                lambda engine: engine.discard(
                    taken.refs, taken.selection, reason=reason, actor=actor
                ),
                "discarded",
            )

        of = f" of #{self.to.event}"
        ask_discard(self.deck, found.number, of, discard, made_of=found.made_of)
