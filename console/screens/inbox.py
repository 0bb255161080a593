"""The Inbox: every open failure that waits for a person, the most severe first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.filtering import Filter
from console.format import age, count, counted
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages.page import Cell, Span
from console.places import To
from console.refresh import Question
from console.screens.acts import ask_discard
from console.screens.place import Place
from console.states import RECORD, words
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.errors import Route
from engine.domain.inbox import InboxCounts, InboxFilter, InboxItem
from engine.domain.requests import Page, Selection
from engine.domain.snapshot import RecordState

PAGE, MOST = 200, 2000
"""Items read at a time, and at most: beyond that a filter finds them, or their Sync Event."""

COLUMNS = (
    Field("AGE", 8, right=True),
    Field("LINK", 9, grow=1, rank=2),
    Field("EVENT", 6, rank=3),
    Field("KEY", 10, grow=1),
    Field("STATE", 10, rank=4),
    Field("ROUTE", 10, rank=1),
    Field("FIELD", 8, grow=1, rank=5),
    Field("ERROR", 16, grow=5),
    Field("TRIES", 5, right=True, rank=6),
    Field("OWNER", 12, grow=1, rank=7),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, as far as it was read, and how much of it there is."""

    page: Page[InboxItem]
    counts: InboxCounts


class Inbox(Place):
    """The list of what waits."""

    offers = (keys.OPEN, keys.MARK, keys.MARK_ALL, keys.RETRY, keys.EDIT, keys.DISCARD)
    BINDINGS = keys.bindings(*offers[1:])

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self.limit = PAGE
        self.marks: set[str] = set()

    def crumb(self) -> str:
        """What the header calls it."""
        return "Inbox"

    def body(self) -> ComposeResult:
        """The list, or that all is clear."""
        yield Table(id="inbox")
        yield Empty(["All clear: nothing waits for a person."], id="empty")

    def question(self) -> Question:
        """What waits, by what the store can be asked for."""
        limit, wanted = self.limit, _asked(self.filter)
        return lambda engine: Waiting(
            engine.inbox(wanted, limit=limit), engine.inbox_counts()
        )

    def answered(self, answer: Waiting) -> None:
        """A row an open failure."""
        some = bool(answer.counts.total)
        self.query_one(Empty).display = not some
        self.query_one(Table).display = some
        self._fill()

    def narrowed(self) -> None:
        """Others match; Link and route are asked of the store."""
        self.ask_again()
        self._fill()

    def _fill(self) -> None:
        if self.answer is None:
            return
        skin = self.deck.skin
        rows = [
            Entryline(_name(item), _cells(item, skin), marked=_name(item) in self.marks)
            for item in self._matching()
        ]
        self.query_one(Table).fill(COLUMNS, rows)

    def _matching(self) -> list[InboxItem]:
        wanted = self.filter
        return [item for item in self.answer.page.items if wanted.admits(*_said(item))]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How much waits, by route, and how many of it are shown."""
        del skin
        if self.answer is None:
            return Span(self.problem or "reading", "quiet"), ""
        counts: InboxCounts = self.answer.counts
        routes = [
            f"  {words(name)} {count(times)}" for name, times in counts.routes.items()
        ]
        marks = Span(f"  {count(len(self.marks))} marked", "key") if self.marks else ""
        shown = len(self._matching())
        left = (Span(counted(counts.total, "open failure"), "strong"), *routes, marks)
        return left, f"{count(shown)} of {count(counts.total)}"

    @on(Moved)
    def _moved(self) -> None:
        table = self.query_one(Table)
        near = table.at >= table.count() - PAGE // 4
        if near and self.answer and self.answer.page.next and self.limit < MOST:
            self.limit = min(len(self.answer.page.items) + PAGE, MOST)
            self.ask_again()
        self.look()

    # What can be done

    def here(self) -> InboxItem | None:
        """The item under the cursor."""
        if self.answer is None:
            return None
        table = self.query_one(Table)
        name = table.target(table.at) if table.count() else None
        return next((each for each in self.answer.page.items if _name(each) == name), None)

    def may(self, action: Action) -> bool:
        """It needs something under the cursor."""
        item = self.here()
        return item is not None and (action is not keys.EDIT or item.snapshot is not None)

    def _taken(self) -> list[InboxItem]:
        """What is marked, else what is under the cursor."""
        marked = [each for each in self.answer.page.items if _name(each) in self.marks]
        here = self.here()
        return marked or ([here] if here else [])

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
        if item is not None:
            self.marks.symmetric_difference_update({_name(item)})
            self._fill()
            self.query_one(Table).action_down()
            self.look()

    def action_mark_all(self) -> None:
        """Everything that matches, or nothing."""
        names = {_name(item) for item in self._matching()}
        self.marks = set() if self.marks else names
        self._fill()
        self.look()

    def action_edit(self) -> None:
        """Edit the record under the cursor."""
        item = self.here()
        if item is not None and item.snapshot is not None:
            self.deck.go(To("edit", event=item.event, snapshot=item.snapshot))

    def action_retry(self) -> None:
        """Plan a retry of what is marked: a Sync Event at a time."""
        taken = self._taken()
        if not taken:
            return
        event = taken[0].event
        mine = [item for item in taken if item.event == event]
        if len(mine) < len(taken):
            self.say(f"a plan is of one Sync Event: this one of #{event}", style="warn")
        scopes = any(item.snapshot is None for item in mine)
        records = tuple(item.snapshot for item in mine if item.snapshot is not None)
        self.deck.go(
            To(
                "retry",
                event=event,
                link=taken[0].link,
                tier="batch" if scopes and not records else None,
                snapshots=() if scopes else records,
                keys=() if scopes else tuple(item.label for item in mine),
            )
        )

    def action_discard(self) -> None:
        """Discard what is marked."""
        taken, actor = self._taken(), self.deck.actor
        if not taken:
            return

        def discard(reason: str) -> None:
            self.marks.clear()
            self.ask(
                lambda engine: _discarded(engine, taken, reason=reason, actor=actor),
                "discarded",
            )

        ask_discard(self.deck, len(taken), "", discard, noun="open failure")

    def heard(self, subject: Any, answer: Any) -> None:
        """What a discard closed."""
        if subject == "discarded" and answer.error is None:
            self.say(f"discarded {counted(answer.value, 'open failure')}", style="good")


def _discarded(engine: Any, taken: Sequence[InboxItem], *, reason: str, actor: str) -> int:
    """Close records by their names, kept scopes Batch by Batch; how many."""
    records = [f"s{item.snapshot}" for item in taken if item.snapshot is not None]
    if records:
        engine.discard(records, Selection(), reason=reason, actor=actor)
    for item in taken:
        if item.snapshot is None:
            part = Selection(tier="batch", batch=item.batch) if item.batch else Selection()
            engine.discard([str(item.event)], part, reason=reason, actor=actor)
    return len(taken)


def _asked(filter_: Filter) -> InboxFilter:
    """What of the filter the store can be asked for: whole words alone."""
    link, route = filter_.of("link"), filter_.of("route")
    token = route[0].replace(" ", "_") if route else None
    return InboxFilter(
        link=link[0] if link else None, route=token if token in set(Route) else None
    )


def _name(item: InboxItem) -> str:
    if item.snapshot is not None:
        return f"s{item.snapshot}"
    return f"#{item.event}/{item.batch}"


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


def _said(item: InboxItem) -> tuple[str, dict[str, str]]:
    names = ("tier", "class", "code", "field", "stage", "route")
    fields = {name: str(item.error.get(name) or "") for name in names}
    fields |= {"link": item.link, "state": item.state, "key": item.label}
    fields |= {"owner": item.owner or "", "severity": item.severity}
    return f"{item.label} {item.error.get('message', '')} {item.link}", fields
