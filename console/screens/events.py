"""Sync Events, newest first: of one Link, or of all."""

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, counted, duration
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages.lists import short_state
from console.pages.overview import kind, since
from console.pages.page import Cell, Span
from console.places import To
from console.refresh import Question
from console.screens.acts import ask_reason, cancel_question, may_wait
from console.screens.place import Place
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.requests import Page
from engine.domain.sync_event import SyncEvent

PAGE = 100
"""Sync Events read at a time; more as the cursor comes near the end."""

COLUMNS = (
    Field("EVENT", 7),
    Field("STATUS", 15, grow=2),
    Field("LINK", 12, grow=3, rank=3),
    Field("KIND", 12, grow=1, rank=2),
    Field("STARTED", 10),
    Field("TOOK", 11, rank=4),
    Field("WRITTEN", 7, right=True),
    Field("FAILED", 6, right=True, rank=1),
    Field("BATCHES", 9, rank=4),
    Field("OPEN", 6, right=True),
    Field("BY", 16, grow=1, rank=5),
    Field("SINCE THEN", 17, grow=2, rank=6),
)


class Events(Place):
    """The list of Sync Events."""

    offers = (
        keys.OPEN,
        keys.FAILURES,
        keys.RETRY,
        keys.RESUME,
        keys.RUN,
        keys.CANCEL,
        keys.CHAIN,
        keys.EXPLAIN,
        keys.SETTINGS,
    )
    BINDINGS = keys.bindings(*offers[1:])

    def on_mount(self) -> None:
        """It begins with one page."""
        self.limit = PAGE

    def crumb(self) -> str:
        """What the header calls it."""
        return self.to.link or "Sync Events"

    def body(self) -> ComposeResult:
        """The list, or what to do where there is none."""
        yield Table(id="events")
        yield Empty(id="empty")

    def question(self) -> Question:
        """The newest Sync Events."""
        link, limit = self.to.link, self.limit
        return lambda engine: engine.events(link=link, limit=limit)

    def answered(self, answer: Page[SyncEvent]) -> None:
        """A row a Sync Event."""
        link = self.to.link
        empty = self.query_one(Empty)
        empty.display = not answer.items
        self.query_one(Table).display = bool(answer.items)
        if not answer.items:
            run = f"r runs {link}." if link else "Go to a Link (1) and run it (r)."
            empty.tell(["No Sync Event yet.", "", run])
        self._fill()

    def unchanged(self) -> None:
        """Ages move on by themselves."""
        self._fill()

    def narrowed(self) -> None:
        """Others match."""
        self._fill()

    def _fill(self) -> None:
        if self.answer is None:
            return
        columns = COLUMNS if self.to.link is None else COLUMNS[:2] + COLUMNS[3:]
        rows = []
        for event in self._matching():
            cells = _cells(event, self.deck.skin)
            shown = cells if self.to.link is None else cells[:2] + cells[3:]
            rows.append(Entryline(event.id, shown))
        self.query_one(Table).fill(columns, rows)

    def _matching(self) -> list[SyncEvent]:
        wanted = self.filter
        return [
            event
            for event in self.answer.items
            if wanted.admits(_text(event), _fields(event))
        ]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many of how many."""
        del skin
        if self.answer is None:
            return self.unread()
        known = len(self.answer.items)
        more = " newest, more below" if self.answer.next else ""
        return (
            f"{counted(known, 'Sync Event')}{more}",
            f"{count(len(self._matching()))} of {count(known)}",
        )

    @on(Moved)
    def _moved(self) -> None:
        table = self.query_one(Table)
        near = table.at >= table.count() - PAGE // 4
        if near and self.answer is not None and self.answer.next:
            self.limit = len(self.answer.items) + PAGE
            self.ask_again()
        self.look()

    # What can be done

    def may(self, action: Action) -> bool:
        """It depends on the Sync Event under the cursor."""
        if action in (keys.RUN, keys.EXPLAIN, keys.SETTINGS) and self.to.link:
            return True
        event = self.here()
        if event is None:
            return False
        failing = bool(event.errors)
        chained = bool(event.parent or event.children)
        over = event.status.over
        return {
            keys.FAILURES: failing,
            keys.RETRY: over and may_wait(event),
            keys.RESUME: event.abandoned,
            keys.CANCEL: not over,
            keys.CHAIN: chained,
        }.get(action, True)

    def here(self) -> SyncEvent | None:
        """The Sync Event under the cursor."""
        if self.answer is None:
            return None
        table = self.query_one(Table)
        number = table.target(table.at) if table.count() else None
        return next((each for each in self.answer.items if each.id == number), None)

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("summary", event=message.target))

    def action_failures(self) -> None:
        """What failed in it."""
        self._go("failures")

    def action_chain(self) -> None:
        """What descends from it."""
        self._go("chain")

    def action_retry(self) -> None:
        """Plan a retry."""
        self._go("retry")

    def _go(self, place: str) -> None:
        event = self.here()
        if event is not None:
            self.deck.go(To(place, event=event.id, link=event.link))

    def action_explain(self) -> None:
        """Why the mark is where it is."""
        if (link := self._link()) is not None:
            self.deck.go(To("explain", link=link))

    def action_settings(self) -> None:
        """What may be set for the Link."""
        if (link := self._link()) is not None:
            self.deck.go(To("settings", link=link))

    def _link(self) -> str | None:
        event = self.here()
        return self.to.link or (event.link if event else None)

    def action_run(self) -> None:
        """Run the Link, in a process of its own."""
        if (link := self._link()) is not None:
            self.deck.start_run(link)

    def action_resume(self) -> None:
        """Finish an interrupted one."""
        if (event := self.here()) is not None:
            self.resume(event.id)

    def action_cancel(self) -> None:
        """End a run."""
        event = self.here()
        if event is None or event.status.over:
            return
        ref, actor = str(event.id), self.deck.actor
        ask_reason(
            self.deck,
            cancel_question(event),
            lambda reason: self.ask(
                lambda engine: engine.cancel(ref, reason=reason, actor=actor), None
            ),
        )


def _cells(event: SyncEvent, skin: Skin) -> tuple[Cell, ...]:
    waits = event.open.batches + event.open.records
    failed, broken = event.records.failed, event.batches.failed
    return (
        Span(f"#{event.id}", "strong"),
        short_state(event, unicode=skin.unicode),
        event.link,
        Span(_kind(event), "quiet"),
        since(event.started_at or event.queued_at),
        _took(event),
        count(event.records.written + event.records.would_write),
        Span(count(failed), "bad" if failed else "quiet"),
        Span(f"{count(broken)} failed", "bad") if broken else "",
        Span(count(waits), "bad" if waits else "quiet"),
        event.actor,
        Span(_since_then(event), "quiet"),
    )


def _since_then(event: SyncEvent) -> str:
    """What became of what it left open."""
    if event.recovered_by is not None:
        return f"recovered by #{event.recovered_by}"
    if event.superseded_by is not None:
        return f"taken over by #{event.superseded_by}"
    if event.closed_by == "discard":
        return "discarded"
    return f"retried by #{event.children[-1]}" if event.children else ""


def _kind(event: SyncEvent) -> str:
    return f"{event.kind.value} of #{event.parent}" if event.parent else event.kind.value


def _took(event: SyncEvent) -> str:
    if event.started_at is None or event.finished_at is None:
        return "-"
    return duration((event.finished_at - event.started_at).total_seconds())


def _text(event: SyncEvent) -> str:
    return f"#{event.id} {event.link} {event.actor} {event.reason or ''} {kind(event)}"


def _fields(event: SyncEvent) -> dict[str, str]:
    return {
        "link": event.link,
        "status": event.status.value,
        "state": event.status.value,
        "kind": event.kind.value,
        "actor": event.actor,
        "owner": event.owner or "",
        "severity": event.severity,
    }
