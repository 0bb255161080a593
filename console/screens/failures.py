"""What failed in a Sync Event: causes, and the failing records of the cause that is chosen."""

from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from console import keys
from console.format import count, counted
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved, Wanted
from console.pages.page import Cell, Span, spans
from console.paging import Paging
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_discard
from console.screens.place import Place
from console.states import RECORD, words
from console.theme import Skin
from console.wanted import Sought, sought
from console.widgets.roll import Roll
from console.widgets.table import Entryline, Table
from engine.domain.errors import Tier
from engine.domain.requests import Failures, Found, Selection, Stretch
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import ErrorGroup, SnapshotSeen, SyncEvent

GROUPS = (
    Field("COUNT", 7, right=True),
    Field("TIER", 6, rank=3),
    Field("CODE", 10, rank=1),
    Field("FIELD", 8, rank=2, tail=True),
    Field("CAUSE", 34, grow=1),
)
RECORDS = (
    Field("KEY", 12, grow=1, tail=True),
    Field("STATE", 12, rank=1),
    Field("FIELD", 8, grow=1, rank=3, tail=True),
    Field("ERROR", 16, grow=7),
    Field("TRIES", 5, right=True, rank=4),
    Field("BATCH", 6, right=True, rank=2),
)
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
            self._paging.total = matching
            self.records.grown(matching)
        self._choose()

    def _lines(self, groups: tuple[ErrorGroup, ...]) -> list[Entryline]:
        whole = sum(group.count for group in groups)
        lines = [Entryline(ALL, (Span(count(whole), "bad"), "", "", "", "everything"))]
        for group in groups:
            target = (group.fingerprint, group.tier.value)
            lines.append(Entryline(target, _group_cells(group)))
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
        """Lines, or what a search found."""
        if subject == "discarded" and answer.error is None:
            self.say(f"discarded {counted(answer.value.records, 'record')}", style="good")
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
            return Span(self.problem or "reading", "quiet"), ""
        whole = sum(
            group.count for group in self.answer.event.errors if group.tier is Tier.RECORD
        )
        total = self.records.total
        place = f"{count(self.records.at + 1)} / " if total else ""
        dots = skin.glyph("…", "...") if self._searching else ""
        marks = len(self.records.marks)
        marked = Span(f"   {count(marks)} marked", "key") if marks else Span("")
        left: Cell = f"Failures of #{self.to.event}, {counted(whole, 'failing record')}"
        if (cause := self._cause()) is not None:
            left = (Span(f"{count(cause.count)}  ", "bad"), Span(cause.message, "strong"))
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
        self.deck.go(self._taken("retry"))

    def action_discard(self) -> None:
        """Discard what is chosen."""
        to, ref, actor = self._taken("discard"), str(self.to.event), self.deck.actor
        refs = [f"s{each}" for each in to.snapshots] or [ref]
        selection = Selection(
            fingerprints=(to.fingerprint,) if to.fingerprint else (), tier=to.tier
        )
        number = len(to.snapshots) or self.records.total

        def discard(reason: str) -> None:
            self.ask(
                lambda engine: engine.discard(refs, selection, reason=reason, actor=actor),
                "discarded",
            )

        ask_discard(self.deck, number, f" of #{ref}", discard)

    def _taken(self, place: str) -> To:
        fingerprint, tier = self._chosen()
        marks = tuple(sorted(self.records.marks))
        return To(
            place,
            event=self.to.event,
            link=self.answer.event.link,
            fingerprint=None if marks else fingerprint or None,
            tier=None if marks else tier or None,
            snapshots=marks,
        )


def record_cells(seen: SnapshotSeen, skin: Skin) -> tuple[Cell, ...]:
    """A failing record in a list."""
    look = RECORD[RecordState(seen.state)]
    error = seen.errors[0] if seen.errors else {}
    more = f" (and {len(seen.errors) - 1} more)" if len(seen.errors) > 1 else ""
    return (
        Span(seen.label, "strong"),
        Span(f"{look.mark(unicode=skin.unicode)} {words(seen.state)}", look.style),
        str(error.get("field") or ""),
        f"{error.get('message') or ', '.join(seen.warnings)}{more}",
        count(seen.attempts),
        str(seen.batch),
    )


def _group_cells(group: ErrorGroup) -> tuple[Cell, ...]:
    return (
        Span(count(group.count), "bad"),
        group.tier.value,
        group.code,
        group.field or "",
        group.message,
    )
