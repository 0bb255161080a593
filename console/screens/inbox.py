"""The Inbox: every open failure that waits for a person, the most severe first."""

from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import age, count, counted
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved, Wanted
from console.pages.page import Cell, Span
from console.paging import Paging
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_discard
from console.screens.place import Place
from console.sought_inbox import inbox_filter, inbox_search, narrows
from console.states import RECORD, words
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.roll import Roll
from engine.domain.inbox import InboxCounts, InboxFilter, InboxItem
from engine.domain.inbox_place import name_of
from engine.domain.requests import Found, Search, Stretch
from engine.domain.snapshot import RecordState
from engine.domain.together import Taken
from engine.domain.values import dataclass

COLUMNS = (
    Field("AGE", 6, right=True),
    Field("LINK", 9, grow=1, rank=3),
    Field("EVENT", 6, rank=2),
    Field("KEY", 16, grow=1, tail=True),
    Field("STATE", 10, rank=5),
    Field("ROUTE", 10, rank=4),
    Field("FIELD", 10, grow=1, rank=6),
    Field("ERROR", 28, grow=5),
    Field("TRIES", 5, right=True, rank=7),
    Field("OWNER", 12, grow=1, rank=8),
)

MOST_FOUND = 1_000_000
"""Matches of a search that are remembered, by place."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, how much of it matches, and where the line under the cursor now stands."""

    wanted: InboxFilter
    search: Search
    counts: InboxCounts
    matching: int
    place: int | None
    before: int


class Inbox(Place):
    """The list of what waits."""

    offers = (keys.OPEN, keys.MARK, keys.MARK_ALL, keys.RETRY, keys.EDIT, keys.DISCARD)
    BINDINGS = keys.bindings(*offers[1:])

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self._paging = Paging(0)
        self._wish: tuple[InboxFilter, Search] | None = None
        self._matches: list[int] | None = None
        self._next: list[int] = []
        self._searching = False
        self._asking = False
        self._turn = 0
        self._anchor: int | None = None

    def crumb(self) -> str:
        """What the header calls it."""
        return "Inbox"

    def body(self) -> ComposeResult:
        """The list, or that all is clear."""
        yield Roll(COLUMNS, self._cells, lambda item: item.place, id="inbox")
        clear = Empty(["All clear: nothing waits for a person."], id="empty")
        # Whether anything waits is known once the store was asked.
        clear.display = False
        yield clear

    @property
    def items(self) -> Roll:
        """The list."""
        return self.query_one(Roll)

    # What is asked, and what comes

    def question(self) -> Question:
        """How much waits, by what the filter line means now."""
        filter_ = self.filter

        def waiting(engine: Any) -> Waiting:
            place = self._anchor
            causes = engine.causes() if narrows(filter_) else ()
            wanted, search = inbox_filter(filter_, causes), inbox_search(filter_)
            matching, before = engine.inbox_matching(wanted, place=place)
            counts = engine.inbox_counts()
            return Waiting(wanted, search, counts, matching, place, before)

        return waiting

    def answered(self, answer: Waiting) -> None:
        """Another list, or the same as it is by now."""
        some = bool(answer.counts.total)
        self.query_one(Empty).display = not some
        self.items.display = some
        wish = (answer.wanted, answer.search)
        if wish != self._wish:
            self._begin(answer)
        elif answer.search:
            self._search_again()
        else:
            here = self.here()
            same = here is not None and here.place == answer.place
            self._renew(answer.matching, answer.before if same else self.items.at)

    def unchanged(self) -> None:
        """Ages move on by themselves."""
        self.items.refresh()

    def narrowed(self) -> None:
        """Others match."""
        self.ask_again()

    def _begin(self, answer: Waiting) -> None:
        self._turn += 1
        self._wish, self._asking = (answer.wanted, answer.search), False
        self._unmark()
        self._matches = [] if answer.search else None
        self._paging, self._anchor = Paging(0 if answer.search else answer.matching), None
        self.items.reset(self._paging.total)
        if answer.search:
            self._search_again()

    def _renew(self, total: int, at: int) -> None:
        """What has closed is gone, what came is there; the cursor stays on its line."""
        here = self.here()
        self._turn += 1
        self._asking = False
        self._paging = Paging(total)
        if here is not None and at < total:
            self._paging.learn(at, [here.place])
        self.items.renewed(total, at=min(at, max(total - 1, 0)))

    def _search_again(self) -> None:
        """From the top; what was found stays until all of it is there."""
        self._searching, self._next = True, []
        self._search_on(0)

    def _search_on(self, beyond: int) -> None:
        if self._wish is not None:
            wanted, search = self._wish
            wish = self._wish
            self.ask(
                lambda engine: engine.inbox_search(wanted, search, beyond), ("found", wish)
            )

    def _take(self, found: Found) -> None:
        self._next.extend(found.snapshots)
        over = found.reached is None or len(self._next) >= MOST_FOUND
        if over or (self._matches is not None and len(self._matches) < len(self._next)):
            self._swap()
        if over:
            self._searching = False
        elif found.reached is not None:
            self._search_on(found.reached)

    def _swap(self) -> None:
        """Show what was found by now."""
        here = self.here()
        self._matches = list(self._next)
        at = self.items.at
        if here is not None and here.place in self._next:
            at = self._next.index(here.place)
        self._renew(len(self._matches), at)

    @on(Moved)
    def _moved(self) -> None:
        self._stand()
        self.look()

    def _stand(self) -> None:
        """Which line the question is to follow; it is asked in a thread."""
        here = self.here()
        self._anchor = here.place if here is not None else None

    @on(Wanted)
    def _wanted(self, message: Wanted) -> None:
        first, last = message.first, min(message.last, self.items.total)
        if self._asking or self._wish is None or first >= last:
            return
        self._asking = True
        wanted = self._wish[0]
        if self._matches is None:
            part = self._paging.plan(first, last)
        else:
            part = Stretch(ids=tuple(self._matches[first:last]))
        self.ask(
            lambda engine: engine.inbox_stretch(wanted, part), ("lines", self._turn, first)
        )

    def heard(self, subject: Any, answer: Answer) -> None:
        """Lines, what a search found, or what a discard closed."""
        if subject == "discarded":
            if answer.error is None:
                done = answer.value
                number = done.records + done.batches or len(done.events)
                self.say(f"discarded {counted(number, 'open failure')}", style="good")
                self._unmark()
        elif subject[0] == "lines" and subject[1] == self._turn:
            self._asking = False
            if answer.error is None:
                self._put(subject[2], answer.value)
        elif subject[0] == "found" and subject[1] == self._wish:
            if answer.error is None:
                self._take(answer.value)
            else:
                self._searching = False
        self.look()

    def _put(self, first: int, items: tuple[InboxItem, ...]) -> None:
        if not items:
            return
        if self._matches is None:
            self._paging.learn(first, [item.place for item in items])
        self.items.put(first, items)
        self._stand()

    # How it looks

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How much waits, by route, and how many of it are shown."""
        if self.answer is None:
            return self.unread()
        counts: InboxCounts = self.answer.counts
        routes = [
            f"  {words(name)} {count(times)}" for name, times in counts.routes.items()
        ]
        dots = skin.glyph("…", "...") if self._searching else ""
        left: Cell = (Span(counted(counts.total, "open failure"), "strong"), *routes)
        total = self.items.total
        place = f"{count(self.items.at + 1)} / " if total else ""
        marks = f"{count(self._marked())} marked  " if self._marked() else ""
        right = f"{place}{count(total)}{dots} of {count(max(counts.total, total))}"
        return left, (Span(marks, "key"), right) if marks else Span(right)

    def seeking(self) -> bool:
        """Whether a search goes on."""
        return self._searching

    def _cells(self, item: InboxItem) -> tuple[Cell, ...]:
        return _cells(item, self.deck.skin)

    # What can be done

    def here(self) -> InboxItem | None:
        """The item under the cursor."""
        items = self.items
        found = items.item(items.at) if items.total else None
        return found if isinstance(found, InboxItem) else None

    def may(self, action: Action) -> bool:
        """It needs something under the cursor."""
        item = self.here()
        return item is not None and (action is not keys.EDIT or item.snapshot is not None)

    def _marked(self) -> int:
        return self.items.total if self.items.everything else len(self.items.marks)

    def _unmark(self) -> None:
        self.items.marks.clear()
        self.items.everything = False
        self.items.refresh()

    def _taken(self) -> Taken | None:
        """What is marked, else what is under the cursor."""
        here = self.here()
        if self.items.everything and self._wish is not None and self._matches is None:
            return Taken(inbox=self._wish[0])
        everything = self._matches if self.items.everything else None
        places = everything or sorted(self.items.marks) or ([here.place] if here else [])
        return Taken(tuple(name_of(place) for place in places)) if places else None

    @on(Chosen)
    def _open(self) -> None:
        item = self.here()
        if item is not None and item.snapshot is not None:
            self.deck.go(To("record", event=item.event, snapshot=item.snapshot))
        elif item is not None and item.batch:
            self.deck.go(To("batch", event=item.event, batch=item.batch))
        elif item is not None:
            self.deck.go(To("summary", event=item.event))

    def action_mark(self) -> None:
        """Mark it and go on to the next."""
        item = self.here()
        if self.items.everything:
            self.say("everything that matches is marked; * takes the marks off")
        elif item is not None:
            self.items.marks.symmetric_difference_update({item.place})
            self.items.redraw_line(self.items.at)
            self.items.action_down()
            self.look()

    def action_mark_all(self) -> None:
        """Everything that matches, on all pages; or nothing, where anything is marked."""
        marked = bool(self._marked())
        self._unmark()
        self.items.everything = not marked
        self.look()

    def action_edit(self) -> None:
        """Edit the record under the cursor."""
        item = self.here()
        if item is not None and item.snapshot is not None:
            self.deck.go(To("edit", event=item.event, snapshot=item.snapshot))

    def action_retry(self) -> None:
        """Plan a retry of what is marked: a plan for each Chain."""
        taken, here = self._taken(), self.here()
        if taken is not None:
            alone = len(taken.refs) == 1 and here is not None
            self.deck.go(
                To(
                    "retry",
                    event=here.event if alone and here else None,
                    link=here.link if alone and here else None,
                    taken=taken,
                )
            )

    def action_discard(self) -> None:
        """Discard what is marked."""
        taken, actor = self._taken(), self.deck.actor
        if taken is None:
            return

        def discard(reason: str) -> None:
            self.ask(
                lambda engine: engine.discard_all(taken, reason=reason, actor=actor),
                "discarded",
            )

        number = self._marked() or 1
        ask_discard(self.deck, number, "", discard)


def _cells(item: InboxItem, skin: Skin) -> tuple[Cell, ...]:
    look = RECORD[RecordState(item.state)]
    grave = {"critical": "bad", "high": "warn"}.get(item.severity, "")
    message = str(item.error.get("message", ""))
    return (
        Span(age(item.at), grave),
        item.link,
        f"#{item.event}",
        Span(item.label, "strong"),
        Span(f"{look.mark(unicode=skin.unicode)} {words(item.state)}", look.style),
        words(str(item.error.get("route", ""))),
        str(item.error.get("field") or ""),
        (Span("edited: ", "key"), message) if item.edited else message,
        count(item.attempts),
        item.owner or "",
    )
